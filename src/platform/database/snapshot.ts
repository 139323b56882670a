import pg, { type Pool } from 'pg';
import { NIL } from 'uuid';
import type { PooledClient } from './driver/client.js';
import { postgresCode, type QueryRunner, type Row, type Statement } from './sql.js';

export interface Actor {
  userId: string;
  organizationId: string | null;
}

/**
 * `set local` commands, which cost PostgreSQL less than calls of `set_config`: it neither plans them nor returns rows.
 * Without an organization they set the nil UUID, to which no row belongs.
 */
export function settings(userId: string, organizationId: string | null): string {
  const [user, organization] = [userId, organizationId ?? NIL].map(pg.escapeLiteral);
  return `set local app.user_id = ${user}; set local app.organization_id = ${organization}`;
}

/** The statement timeout of analyses; other statements have the connection's default. */
const patience = `; set local statement_timeout = '15s'`;

const begin = ({ userId, organizationId }: Actor, isPatient: boolean): string =>
  `begin isolation level repeatable read read only; ${settings(userId, organizationId)}${isPatient ? patience : ''}`;

/** One snapshot for a whole query document. Its transaction begins in the same round trip as its first statement. */
export class Snapshot implements QueryRunner {
  private client?: Promise<PooledClient>;
  /** The first error, which aborts the transaction. */
  private failure?: unknown;

  constructor(
    private readonly pool: Pool,
    private readonly actor: () => Actor,
    private readonly isPatient = false,
  ) {}

  async query<Found extends object = Row>(statement: Statement): Promise<Found[]> {
    this.client ??= this.open();
    const client = await this.client;
    try {
      return (await client.query(statement)).rows;
    } catch (error) {
      this.failure ??= error;
      // PostgreSQL refuses all statements after an error with 25P02; the original error says more.
      throw postgresCode(error) === '25P02' ? this.failure : error;
    }
  }

  /** Releases the connection without awaiting the commit, since a snapshot writes nothing. */
  end(): void {
    this.client?.then(
      (client) => {
        client.sendUnawaited('commit');
        client.release();
      },
      () => undefined,
    );
  }

  private async open(): Promise<PooledClient> {
    const client = (await this.pool.connect()) as PooledClient;
    client.sendUnawaited(begin(this.actor(), this.isPatient));
    return client;
  }
}
