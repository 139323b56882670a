import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Kysely,
  PostgresDialect,
  type QueryResult,
} from 'kysely';
import type { Pool } from 'pg';
import type { PooledClient } from './client.js';

/** A transaction of the ORM, or a savepoint in one. */
export type Transaction = Kysely<unknown>;

/** Kysely's dialect for PostgreSQL, with transactions on a pool of our clients. */
export class Dialect extends PostgresDialect {
  constructor(private readonly pool: Pool) {
    super({ pool });
  }

  override createDriver(): Driver {
    return new PoolDriver(this.pool);
  }
}

/** Sends `begin`, `savepoint` and `release` in the same round trip as the statement after them. */
class PoolDriver implements Driver {
  constructor(private readonly pool: Pool) {}

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    return new Connection((await this.pool.connect()) as PooledClient);
  }

  async releaseConnection({ client, isBroken }: Connection): Promise<void> {
    client.transcript = null;
    client.release(isBroken || client.isAbandoned);
  }

  async beginTransaction({ client }: Connection): Promise<void> {
    client.transcript = { texts: new Set(), statements: 0 };
    client.sendUnawaited('begin');
  }

  commitTransaction({ client }: Connection): Promise<void> {
    return client.commit();
  }

  /** Never rejects: a connection that cannot roll back is closed on release, which makes PostgreSQL roll back. */
  async rollbackTransaction(connection: Connection): Promise<void> {
    await connection.client.query('rollback').catch(() => {
      connection.isBroken = true;
    });
  }

  async savepoint({ client }: Connection, name: string): Promise<void> {
    client.sendUnawaited(`savepoint ${name}`);
  }

  async rollbackToSavepoint({ client }: Connection, name: string): Promise<void> {
    await client.query(`rollback to ${name}`);
  }

  async releaseSavepoint({ client }: Connection, name: string): Promise<void> {
    client.sendUnawaited(`release ${name}`);
  }

  async destroy(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }
}

const clients = new WeakMap<Transaction, PooledClient>();

/** The client of a transaction, to pipeline statements: Kysely sends each only after the answer to the previous one. */
export async function clientOf(transaction: Transaction): Promise<PooledClient> {
  const known = clients.get(transaction);
  if (known) return known;
  const { client } = await transaction.getExecutor().provideConnection(async (connection) => connection as Connection);
  clients.set(transaction, client);
  return client;
}

class Connection implements DatabaseConnection {
  isBroken = false;

  constructor(readonly client: PooledClient) {}

  async executeQuery<Row>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount } = await this.client.query<Row & object>({ text, values: [...parameters] });
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streaming rows is not supported');
  }
}
