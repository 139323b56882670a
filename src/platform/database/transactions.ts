import type { Pool } from 'pg';
import type { PooledClient } from './driver/client.js';
import { type EntityManager, send, settings } from './orm.js';
import { postgresCode, type Row, type Rows, type Statement, sql } from './sql.js';

export interface Actor {
  userId: string;
  organizationId: string | null;
}

/** How long a statement of an analysis may take; others have the time that every connection gives. */
const patience = `; set local statement_timeout = '15s'`;

const begin = ({ userId, organizationId }: Actor, isPatient: boolean): string =>
  `begin isolation level repeatable read read only; ${settings(userId, organizationId)}${isPatient ? patience : ''}`;

/** One snapshot for a whole query document: begun with its first statement, in the same round trip. */
export class Snapshot implements Rows {
  private client?: Promise<PooledClient>;
  /** The first statement that failed, after which nothing is answered any more. */
  private failure?: unknown;

  constructor(
    private readonly pool: Pool,
    private readonly actor: () => Actor,
    private readonly isPatient = false,
  ) {}

  async query(statement: Statement): Promise<Row[]> {
    this.client ??= this.open();
    const client = await this.client;
    try {
      return (await client.query(statement)).rows;
    } catch (error) {
      this.failure ??= error;
      // PostgreSQL refuses all that comes after a failure: what it was is what is to be told.
      throw postgresCode(error) === '25P02' ? this.failure : error;
    }
  }

  /** A snapshot has nothing to keep, so nobody waits for its end. */
  end(): void {
    this.client?.then(
      (client) => {
        client.sendAhead('commit');
        client.release();
      },
      () => undefined,
    );
  }

  private async open(): Promise<PooledClient> {
    const client = (await this.pool.connect()) as PooledClient;
    client.sendAhead(begin(this.actor(), this.isPatient));
    return client;
  }
}

/**
 * Reads inside a mutation's transaction, one after the other, each in a savepoint: a read that fails takes only its
 * own field with it.
 */
export class InTransaction implements Rows {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly em: EntityManager) {}

  query(statement: Statement): Promise<Row[]> {
    const rows = this.last.then(() => this.inSavepoint(statement));
    this.last = rows.catch(() => undefined);
    return rows;
  }

  private async inSavepoint(statement: Statement): Promise<Row[]> {
    const { em } = this;
    try {
      const [, rows] = await Promise.all([
        send(em, sql`savepoint nested_read`),
        send<Row>(em, statement),
        send(em, sql`release savepoint nested_read`),
      ]);
      return rows;
    } catch (error) {
      await send(em, sql`rollback to savepoint nested_read`);
      await send(em, sql`release savepoint nested_read`);
      throw error;
    }
  }
}
