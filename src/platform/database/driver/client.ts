import { channel } from 'node:diagnostics_channel';
import { LRUCache } from 'lru-cache';
import pg, { type PoolClient } from 'pg';

/** Every statement sent on a connection of ours, as `{ text }`; nothing listens unless a test or a tool asks. */
const statements = channel('crm.sql');

/** How many prepared statements a connection keeps; PostgreSQL holds some 50 KB for each. */
const mostPrepared = 500;

/** Statements with values that were sent lately. */
const lately = new LRUCache<string, Known>({ max: 2 * mostPrepared });
let named = 0;

interface Known {
  /** Given when it comes again. */
  name?: string;
  /** Given when PostgreSQL has described its rows. */
  reading?: Reading;
}

interface Query {
  text: string;
  values?: unknown[];
}

/** How pg reads rows, of which it has no types. */
interface Reading {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

type Callback = (error: unknown, result: unknown) => void;

interface PgQuery {
  _result: Reading;
  prepare(connection: object): void;
  handleRowDescription(message: unknown): void;
  hasBeenParsed(connection: object): boolean;
}

/** A prepared statement whose rows PostgreSQL describes once for all connections: its name stands for its text. */
class PreparedQuery extends (pg.Query as unknown as new (...args: unknown[]) => PgQuery) {
  constructor(
    query: Query,
    private readonly known: Known,
    callback: Callback,
  ) {
    super({ ...query, name: known.name }, undefined, callback);
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.known.reading = { fields, _parsers, _prebuiltEmptyResultObject };
  }

  override prepare(connection: object): void {
    const { reading } = this.known;
    if (!reading || !this.hasBeenParsed(connection)) {
      super.prepare(connection);
      return;
    }
    super.handleRowDescription({ fields: [] });
    Object.assign(this._result, reading);
    super.prepare(withoutDescribing(connection));
  }
}

const quiet = new WeakMap<object, object>();

/** The connection, but one that asks for no description. */
function withoutDescribing(connection: object): object {
  const known = quiet.get(connection) ?? Object.create(connection, { describe: { value: () => undefined } });
  quiet.set(connection, known);
  return known;
}

/**
 * A connection that prepares repeated statements, so that PostgreSQL parses and plans each once per connection, and
 * that publishes what it sends.
 */
export class Client extends pg.Client {
  private readonly prepared = new Set<string>();

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A connection that breaks fails its query, which reports it; the event alone would end the process.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg
  override query(first: any, ...more: any[]): any {
    const [values, ...rest] = Array.isArray(more[0]) ? more : [undefined, ...more];
    const query: Query = typeof first === 'string' ? { text: first, ...(values && { values }) } : first;
    if (statements.hasSubscribers) statements.publish({ text: query.text });
    return this.sent(query, rest);
  }

  /** Sends a command and does not wait: where it fails, so does whatever follows in its transaction. */
  sendAhead(text: string): void {
    this.query(text).catch(() => undefined);
  }

  /**
   * Rejects if PostgreSQL rolled back: it answers COMMIT of a failed transaction with the tag ROLLBACK and no error.
   */
  async commit(): Promise<void> {
    const { command }: pg.QueryResult = await this.query('commit');
    if (command === 'ROLLBACK') throw new Error('PostgreSQL rolled the transaction back instead of committing it');
  }

  private sent(query: Query, rest: unknown[]): unknown {
    const send = super.query as (...args: unknown[]) => unknown;
    const known = this.preparedAs(query);
    if (!known) return send.call(this, query, ...rest);
    // A pool asks with a callback.
    const callback = rest.find((one): one is Callback => typeof one === 'function');
    if (callback) return send.call(this, new PreparedQuery(query, known, callback));
    return new Promise((resolve, reject) => {
      send.call(this, new PreparedQuery(query, known, (error, result) => (error ? reject(error) : resolve(result))));
    });
  }

  /** Null for what has no values, comes for the first time, or would be one too many. */
  private preparedAs({ text, values }: Query): Known | null {
    if (!values?.length) return null;
    const known = lately.get(text);
    if (!known) {
      lately.set(text, {});
      return null;
    }
    known.name ??= `s${++named}`;
    if (!this.prepared.has(known.name)) {
      if (this.prepared.size >= mostPrepared) return null;
      this.prepared.add(known.name);
    }
    return known;
  }
}

/** A connection of a pool that is made of our clients. */
export type PooledClient = PoolClient & Client;
