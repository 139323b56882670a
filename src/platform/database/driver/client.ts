import { channel } from 'node:diagnostics_channel';
import { LRUCache } from 'lru-cache';
import pg, { type PoolClient } from 'pg';
import { OutcomeUnknown } from '../../errors.js';
import { isRefusal, isUnsent } from '../faults.js';

/** Publishes every statement that is sent, as `{ text, values }`; only tests and tools subscribe. */
const statements = channel('crm.sql');

/** Prepared statements per connection; each takes about 50 KB of PostgreSQL's memory. */
const mostPrepared = 500;

/** Recently sent statements with values, by their text. */
const recentStatements = new LRUCache<string, KnownStatement>({ max: 2 * mostPrepared });
let nameCount = 0;

interface KnownStatement {
  /** The same string for all connections: pg keeps the text of each prepared statement by connection. */
  text: string;
  /** Set when the statement is sent for the second time. */
  name?: string;
  /** Set when PostgreSQL has described the statement's rows. */
  description?: RowDescription;
}

/** The statements that a transaction has sent. */
export interface Transcript {
  /** Distinct texts. */
  texts: Set<string>;
  /** Number of statements. Commands, which are sent as plain text, do not count. */
  statements: number;
}

interface Query {
  text: string;
  values?: unknown[];
}

/** Fields of pg's result that describe how to read rows; pg's types lack them. */
interface RowDescription {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

type Callback = (error: unknown, result: unknown) => void;

// Members of pg's class that its types lack.
declare module 'pg' {
  interface Client {
    /** Id of the backend process. */
    processID: number;
  }
  // biome-ignore lint/suspicious/noExplicitAny: the type parameters of pg's class
  interface Query<R extends pg.QueryResultRow = any, I extends any[] = any> {
    _result: RowDescription;
    prepare(connection: object): void;
    handleRowDescription(message: unknown): void;
    hasBeenParsed(connection: object): boolean;
  }
}

/**
 * A prepared statement whose rows PostgreSQL describes only once: all connections share the description by its name.
 */
class PreparedQuery extends pg.Query {
  constructor(
    query: Query,
    private readonly known: KnownStatement,
    callback: Callback,
  ) {
    super({ ...query, text: known.text, name: known.name }, undefined, callback);
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.known.description = { fields, _parsers, _prebuiltEmptyResultObject };
  }

  override prepare(connection: object): void {
    const { description } = this.known;
    if (!description || !this.hasBeenParsed(connection)) {
      super.prepare(connection);
      return;
    }
    super.handleRowDescription({ fields: [] });
    Object.assign(this._result, description);
    super.prepare(withoutDescribing(connection));
  }
}

const withoutDescribe = new WeakMap<object, object>();

/** The connection with a `describe` that sends nothing. */
function withoutDescribing(connection: object): object {
  const known = withoutDescribe.get(connection) ?? Object.create(connection, { describe: { value: () => undefined } });
  withoutDescribe.set(connection, known);
  return known;
}

/**
 * A connection that prepares repeated statements, so that PostgreSQL parses and plans each once per connection, and
 * that publishes what it sends.
 */
export class Client extends pg.Client {
  private readonly prepared = new Set<string>();

  /**
   * Set when the work on the connection was stopped. It must not be used for other work, since the cancellation could
   * meet a statement of that.
   */
  isAbandoned = false;

  /** The statements sent since the ORM began a transaction; null outside of it. */
  transcript: Transcript | null = null;

  /** Whether a pooler may give each transaction another connection to PostgreSQL. */
  private readonly isShared: boolean;

  constructor(config?: string | (pg.ClientConfig & { isShared?: boolean })) {
    super(config);
    this.isShared = typeof config === 'object' && config.isShared === true;
    // The query of a broken connection rejects and reports it. Without a listener the event would end the process.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg
  override query(first: any, ...more: any[]): any {
    const [values, ...rest] = Array.isArray(more[0]) ? more : [undefined, ...more];
    const query: Query = typeof first === 'string' ? { text: first, ...(values && { values }) } : first;
    if (this.transcript) {
      this.transcript.texts.add(query.text);
      if (typeof first !== 'string') this.transcript.statements += 1;
    }
    if (statements.hasSubscribers) statements.publish({ text: query.text, values: query.values ?? [] });
    return this.sent(query, rest);
  }

  /** Sends a command without awaiting it: if it fails, the next statement of the transaction fails. */
  sendUnawaited(text: string): void {
    this.query(text).catch(() => undefined);
  }

  /**
   * Rejects if PostgreSQL rolled back: it answers COMMIT of a failed transaction with the tag ROLLBACK and no error.
   * Throws OUTCOME_UNKNOWN if its answer is lost.
   */
  async commit(): Promise<void> {
    const { command }: pg.QueryResult = await this.query('commit').catch((error: unknown) => {
      throw isUnsent(error) || isRefusal(error) ? error : new OutcomeUnknown(error);
    });
    if (command === 'ROLLBACK') throw new Error('PostgreSQL rolled the transaction back instead of committing it');
  }

  /**
   * Cancels the running statement and closes the connection, so that PostgreSQL rolls back and all queries reject.
   * Closing alone is not enough: PostgreSQL would notice it only when the statement ends.
   */
  async abandon(cancellers: pg.Pool): Promise<void> {
    this.isAbandoned = true;
    // Whether this fails does not matter: the connection is closed, and the statement has a timeout. The id that a
    // pooler gives may be that of another one's process.
    if (!this.isShared) await cancellers.query('select pg_cancel_backend($1)', [this.processID]).catch(() => undefined);
    this.connection.stream.destroy();
  }

  private sent(query: Query, rest: unknown[]): unknown {
    const send = super.query as (...args: unknown[]) => unknown;
    const known = this.preparedAs(query);
    if (!known) return send.call(this, query, ...rest);
    // pool.query() passes a callback.
    const callback = rest.find((argument): argument is Callback => typeof argument === 'function');
    if (callback) return send.call(this, new PreparedQuery(query, known, callback));
    return new Promise((resolve, reject) => {
      send.call(this, new PreparedQuery(query, known, (error, result) => (error ? reject(error) : resolve(result))));
    });
  }

  /** Null if the statement has no values, is sent for the first time, would exceed `mostPrepared`, or none is kept. */
  private preparedAs({ text, values }: Query): KnownStatement | null {
    if (!values?.length || this.isShared) return null;
    const known = recentStatements.get(text);
    if (!known) {
      recentStatements.set(text, { text });
      return null;
    }
    known.name ??= `s${++nameCount}`;
    if (!this.prepared.has(known.name)) {
      if (this.prepared.size >= mostPrepared) return null;
      this.prepared.add(known.name);
    }
    return known;
  }
}

/** A client of a pool. */
export type PooledClient = PoolClient & Client;
