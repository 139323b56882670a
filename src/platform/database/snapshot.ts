import pg, { type Pool } from 'pg';
import { NIL } from 'uuid';
import type { Lifetime } from '../lifetime.js';
import type { PooledClient } from './driver/client.js';
import { isConnectionLost } from './faults.js';
import { statementTimeouts } from './session-settings.js';
import { postgresCode, type QueryRunner, type Row, type Statement } from './sql.js';

/** The caller for whom row-level security decides. */
export interface Actor {
  /** Null for an API key. */
  userId: string | null;
  organizationId: string | null;
}

/** Pools of connections for the statements of requests, and for the little work beside them. */
export interface Pools {
  pool: Pool;
  sidePool: Pool;
}

/**
 * `set local` commands, which cost PostgreSQL less than calls of `set_config`: it neither plans them nor returns rows.
 * Without a user or an organization they set the nil UUID, to which no row belongs.
 */
export function settings(userId: string | null, organizationId: string | null): string {
  const [user, organization] = [userId ?? NIL, organizationId ?? NIL].map(pg.escapeLiteral);
  return `set local app.user_id = ${user}; set local app.organization_id = ${organization}`;
}

/** Milliseconds by which a statement may outlast its request. */
const tolerance = 250;

/**
 * PostgreSQL's codes for a statement that was refused because one before it has failed. The second says that a prepared
 * statement is unknown: the one that was to prepare it was refused.
 */
const refused = new Set<unknown>(['25P02', '26000']);

/** PostgreSQL's code for a statement that took too long. */
const canceled = '57014';

/** A statement that is refused more often, because those before it have failed, is not sent again. */
const mostRefusals = 50;

/** Sets the timeout of the following statements in the transaction. */
const timeoutOf = (milliseconds: number): string => `set local statement_timeout = ${Math.ceil(milliseconds)}`;

/** For a read whose answer nobody awaits: nobody would catch a rejection, which would end the process. */
export const neverAnswered = (): Promise<never> => new Promise(() => undefined);

/**
 * One snapshot for a whole query document. Its transaction begins in the same round trip as its first statement.
 *
 * A statement that fails aborts the transaction in PostgreSQL, which then refuses the statements sent after it. Those
 * are sent again from a savepoint at the beginning, and see the same snapshot. A connection that is lost before it has
 * answered anything is replaced once.
 */
export class Snapshot implements QueryRunner {
  private connection: Promise<PooledClient> | null = null;
  /** Number of statements that were asked. */
  statements = 0;
  /** Whether a statement has failed, other than by its timeout. */
  hasFailed = false;
  private hasAnswered = false;
  private isReplaced = false;
  private hasEnded = false;
  private timeout: number = statementTimeouts.plain;
  private stopListening = (): unknown => undefined;

  constructor(
    private readonly pools: Pools,
    private readonly actor: () => Actor,
    private readonly lifetime: Lifetime,
    private readonly kind: keyof typeof statementTimeouts = 'plain',
  ) {}

  async query<Found extends object = Row>(statement: Statement): Promise<Found[]> {
    this.statements += 1;
    for (let refusals = 0; ; refusals += 1) {
      // A field whose sibling failed may still ask, although the answer is complete. By now the connection may belong
      // to a request of another organization.
      if (this.hasEnded) return neverAnswered();
      this.lifetime.demand();
      this.connection ??= this.open();
      const { connection } = this;
      try {
        const client = await connection;
        this.limit(client);
        const { rows } = await client.query<Found>(statement);
        this.hasAnswered = true;
        return rows;
      } catch (error) {
        if (this.hasEnded) return neverAnswered();
        this.lifetime.demand();
        // Without its code, which would mean that PostgreSQL takes no writes at all.
        if (postgresCode(error) === '25006') throw new Error(`A query wrote: ${(error as Error).message}`);
        if (refused.has(postgresCode(error)) && refusals < mostRefusals)
          (await connection).sendUnawaited('rollback to beginning');
        else this.replace(connection, error);
      }
    }
  }

  /** Releases the connection without awaiting the commit, since a snapshot writes nothing. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.release();
  }

  private release(): void {
    this.stopListening();
    this.connection?.then(
      (client) => {
        client.sendUnawaited('commit');
        client.release(client.isAbandoned);
      },
      () => undefined,
    );
  }

  private async open(): Promise<PooledClient> {
    const client = (await this.pools.pool.connect()) as PooledClient;
    const { userId, organizationId } = this.actor();
    const commands = ['begin isolation level repeatable read read only', settings(userId, organizationId)];
    this.timeout = statementTimeouts[this.kind];
    if (this.timeout !== statementTimeouts.plain) commands.push(timeoutOf(this.timeout));
    client.sendUnawaited([...commands, 'savepoint beginning'].join('; '));
    this.stopListening = this.lifetime.onEnd(() => void client.abandon(this.pools.sidePool));
    return client;
  }

  /** Gives the next statement no more time than the request has left. */
  private limit(client: PooledClient): void {
    const { left } = this.lifetime;
    if (left > this.timeout - tolerance) return;
    this.timeout = left;
    client.sendUnawaited(timeoutOf(left));
  }

  /** Makes all statements that the lost connection has not answered use another one; throws any other error. */
  private replace(lost: Promise<PooledClient>, error: unknown): void {
    if (lost !== this.connection) return;
    if (this.hasAnswered || this.isReplaced || !isConnectionLost(error)) {
      this.hasFailed ||= postgresCode(error) !== canceled;
      throw error;
    }
    this.isReplaced = true;
    this.release();
    this.connection = null;
  }
}
