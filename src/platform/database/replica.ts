import type { Log } from '../log.js';
import { isLoginRefused } from './faults.js';
import type { Horizon } from './horizon.js';
import type { GuardedPool } from './orm.js';
import { isPooled, isRefusedByPooler, refusalOfTransactions } from './pooler.js';
import { type Moment, mostLag, type PrimaryHistory, settledAfter } from './primary-history.js';
import { type Asked, Pulse } from './pulse.js';
import type { Pools } from './snapshot.js';

/** Milliseconds between two questions to a server. */
export const interval = 250;

/** Milliseconds for an answer. What a replica leaves unanswered is asked of the primary, so that can be soon. */
const patience = 1_000;

export interface Answer extends Omit<Moment, 'askedAt'> {
  /** The process behind the connection. */
  pid: number;
}

export const question = `
  select pg_backend_pid() as pid,
    pg_is_in_recovery() as "isStandby",
    concat_ws('/', control.system_identifier, current_database.oid, current_user) as origin,
    case
      when pg_is_in_recovery() then greatest(latest.timeline_id, recovery.min_recovery_end_timeline)
      else ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int
    end as timeline,
    pg_wal_lsn_diff(
      case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end, '0/0'
    )::float8 as end
  from pg_control_system() control,
    pg_control_checkpoint() latest,
    pg_control_recovery() recovery,
    pg_database current_database
  where current_database.datname = current_database()`;

/** Why a replica serves or not. */
type Standing =
  | 'serves'
  | 'is away'
  | 'is behind a pooler'
  | 'takes no transactions'
  | 'cannot be tried'
  | 'belongs to another database'
  | 'is no standby'
  | 'is on another timeline'
  | 'lags';

/** A standby that answers queries. */
export class Replica {
  readonly pools: Pools & { pool: GuardedPool; sidePool: GuardedPool };
  /** Host and port. */
  readonly name: string;
  /** Queries that were sent to it. */
  reads = 0;
  private readonly pulse: Pulse<Answer>;
  private moment: Moment | null = null;
  /** When it told of that moment, by `performance.now()`. */
  private heardAt = 0;
  /** The process of the connection on which it answers. */
  private processId: number | null = null;
  private isBehindPooler = false;
  /** Whether it was ever ahead of the primary, and so follows another server, even once the primary overtakes it. */
  private isAstray = false;
  /** Why it takes no transactions, as a clause without its subject; null if it does, undefined until that is known. */
  private refusal: string | null | undefined;
  private learning: Promise<void> | null = null;
  /** Why the last trial transaction told nothing. */
  private trialFailure: unknown = null;
  private told: Standing | null = null;

  constructor(
    url: string,
    open: (url: string, max?: number) => GuardedPool,
    private readonly primary: PrimaryHistory,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly preparesStatements: boolean,
  ) {
    this.name = new URL(url).host;
    // The second one cancels statements of the first.
    this.pools = { pool: open(url), sidePool: open(url, 1) };
    this.pulse = new Pulse<Answer>([this.pools.pool, this.pools.sidePool], log, {
      text: question,
      interval,
      patience,
      of: `the replica ${this.name}`,
      onAnswer: (answer, asked) => this.hear(answer, asked),
    });
  }

  private hear(answer: Answer, { at, processId }: Asked): void {
    // It has begun anew, perhaps as a copy of the present primary.
    if (processId !== this.processId) {
      [this.moment, this.isAstray] = [null, false];
      // With prepared statements, any pooler is refused.
      this.refusal = this.preparesStatements ? null : undefined;
    }
    this.processId = processId;
    // A pooler would mix up the prepared statements of its clients.
    this.isBehindPooler = this.preparesStatements && isPooled(answer.pid, processId);
    this.isAstray ||= this.moment !== null && this.primary.wasBehind(this.moment.end, this.heardAt);
    this.moment = { ...answer, askedAt: at };
    this.heardAt = performance.now();
    if (this.refusal === undefined) this.learning ??= this.learn();
    else this.tell();
  }

  /**
   * Tries a transaction, which a pooler of statements refuses, and then closes the connection. What breaks off is tried
   * again at the next answer.
   */
  private async learn(): Promise<void> {
    const { processId } = this;
    try {
      const client = await this.pools.sidePool.connect();
      const refusal = await refusalOfTransactions(client).finally(() => client.release(true));
      if (processId === this.processId) this.refusal = refusal;
      this.trialFailure = null;
    } catch (err) {
      this.trialFailure = err;
    } finally {
      this.learning = null;
    }
    this.tell();
  }

  async start(): Promise<void> {
    await this.pulse.start();
    await this.learning;
    this.tell();
  }

  async stop(): Promise<void> {
    await this.pulse.stop();
    await Promise.all(Object.values(this.pools).map((pool) => pool.end()));
  }

  get standing(): Standing {
    const { moment, primary } = this;
    if (!this.pulse.isUp || !moment || !primary.latest) return 'is away';
    if (this.isBehindPooler) return 'is behind a pooler';
    if (this.refusal === undefined) return this.trialFailure ? 'cannot be tried' : 'is away';
    if (this.refusal) return 'takes no transactions';
    if (moment.origin !== primary.latest.origin) return 'belongs to another database';
    if (!moment.isStandby) return 'is no standby';
    if (this.isAstray || moment.timeline !== primary.latest.timeline) return 'is on another timeline';
    return this.lag > mostLag ? 'lags' : 'serves';
  }

  /** The reason for which it can never serve, as a relative clause; null if it serves, or may some time. */
  get fault(): string | null {
    const { failure } = this.pulse;
    const { message = '' } = (failure ?? {}) as Error;
    if (this.standing === 'belongs to another database')
      return (
        'which does not replicate the database of DATABASE_URL: name physical standbys of it, with the same database ' +
        'and role'
      );
    if (this.refusal) return `which ${this.refusal}`;
    if (this.standing === 'is behind a pooler' || isRefusedByPooler(message))
      return 'which is a pooler: set PREPARED_STATEMENTS=off, or name the standby itself';
    return isLoginRefused(failure) ? `which refuses the connection: ${message}` : null;
  }

  /** Milliseconds that its state may be old. */
  get lag(): number {
    return this.moment ? performance.now() - this.primary.timeOf(this.moment) : Number.POSITIVE_INFINITY;
  }

  reaches({ end, unknownSince, toldAt }: Horizon): boolean {
    const moment = this.moment!;
    return moment.end >= end && Date.now() > unknownSince + settledAfter && this.primary.timeOf(moment) > toldAt;
  }

  private tell(): void {
    const { standing } = this;
    if (standing === this.told) return;
    this.told = standing;
    if (standing === 'serves') this.log.info(`the replica ${this.name} serves`);
    else
      this.log.warn(
        standing === 'cannot be tried' ? { err: this.trialFailure } : {},
        `the replica ${this.name} is left out: it ${this.refusal ?? standing}`,
      );
  }
}
