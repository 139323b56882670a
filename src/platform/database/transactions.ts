import { CompiledQuery } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Row } from '../reading/projection.js';
import type { Rows } from '../reading/reader.js';
import { type EntityManager, nowhere } from './orm.js';
import type { Statement } from './sql.js';

export interface Actor {
  userId: string;
  organizationId: string | null;
}

const begin = 'begin isolation level repeatable read read only';
/** How long a statement of an analysis may take; others have the time that every connection gives. */
const patience = `, set_config('statement_timeout', '15s', true)`;
const settings = `select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`;

/** One snapshot for a whole query document: begun with its first statement, in the same round trip. */
export class Snapshot implements Rows {
  private client?: Promise<PoolClient>;

  constructor(
    private readonly pool: Pool,
    private readonly actor: () => Actor,
    private readonly isPatient = false,
  ) {}

  async query({ text, values }: Statement): Promise<Row[]> {
    this.client ??= this.open();
    const client = await this.client;
    return (await client.query(text, values)).rows;
  }

  /** A snapshot has nothing to keep; a connection that cannot even end one is thrown away. */
  async end(): Promise<void> {
    if (!this.client) return;
    const client = await this.client.catch(() => null);
    await client?.query('commit').then(
      () => client.release(),
      (error: Error) => client.release(error),
    );
  }

  private async open(): Promise<PoolClient> {
    const client = await this.pool.connect();
    const { userId, organizationId } = this.actor();
    // Not awaited: they travel with the first statement, and what goes wrong in them fails that one too.
    const sent = [
      client.query(begin),
      client.query(this.isPatient ? settings + patience : settings, [userId, organizationId ?? nowhere]),
    ];
    for (const answer of sent) answer.catch(() => undefined);
    return client;
  }
}

/**
 * Reads inside a mutation's transaction, one after the other, each in a savepoint: a read that fails takes only its
 * own field with it.
 */
export class InTransaction implements Rows {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly em: () => EntityManager) {}

  query(statement: Statement): Promise<Row[]> {
    const rows = this.last.then(() => this.inSavepoint(statement));
    this.last = rows.catch(() => undefined);
    return rows;
  }

  private async inSavepoint({ text, values }: Statement): Promise<Row[]> {
    const transaction = this.em().getTransactionContext();
    const send = (sql: string, parameters: unknown[] = []) =>
      transaction.executeQuery(CompiledQuery.raw(sql, parameters));
    await send('savepoint nested_read');
    try {
      const { rows } = await send(text, values);
      await send('release savepoint nested_read');
      return rows as Row[];
    } catch (error) {
      await send('rollback to savepoint nested_read');
      throw error;
    }
  }
}
