import pg, { type Pool } from 'pg';
import { NIL } from 'uuid';
import type { PooledClient } from './driver/client.js';
import { postgresCode, type Row, type Rows, type Statement } from './sql.js';

export interface Actor {
  userId: string;
  organizationId: string | null;
}

/**
 * Commands, which cost PostgreSQL less than calls of `set_config`: it neither plans them nor answers rows. The nil UUID
 * is the organization of those who act in none: no row belongs to it.
 */
export function settings(userId: string, organizationId: string | null): string {
  const [user, organization] = [userId, organizationId ?? NIL].map(pg.escapeLiteral);
  return `set local app.user_id = ${user}; set local app.organization_id = ${organization}`;
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
