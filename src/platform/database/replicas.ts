import { ConfigError } from '../config.js';
import type { Log } from '../log.js';
import type { Horizon } from './horizon.js';
import type { GuardedPool } from './orm.js';
import { PrimaryHistory } from './primary-history.js';
import type { Question } from './pulse.js';
import { type Answer, interval, question, Replica } from './replica.js';
import type { Pools } from './snapshot.js';

/** Milliseconds that the primary has for an answer. */
const patience = 3_000;

export interface ReplicaFacts {
  /** Whether it takes queries. */
  serves: boolean;
  /** Milliseconds that its state may be old. */
  lag: number;
  /** Queries that were sent to it. */
  reads: number;
}

/** Physical standbys that take over queries. */
export class Replicas {
  private readonly primary = new PrimaryHistory();
  private readonly all: readonly Replica[];

  /** `open` opens a pool on a replica, of a size that suits requests unless told otherwise. */
  constructor(
    urls: readonly string[],
    open: (url: string, max?: number) => GuardedPool,
    log: Pick<Log, 'info' | 'warn'>,
    preparesStatements: boolean,
  ) {
    this.all = urls.map((url) => new Replica(url, open, this.primary, log, preparesStatements));
  }

  /** The question to the primary, as a sign of life. */
  readonly question: Question<Answer> = {
    text: question,
    interval,
    patience,
    of: 'the database',
    onAnswer: (answer, { at }) => {
      if (!answer.isStandby) this.primary.add({ ...answer, askedAt: at });
    },
  };

  /** Throws a ConfigError for those that can never serve. Those that cannot be reached may come later. */
  async start(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.start()));
    const faults = this.all.flatMap(({ name, fault }) => (fault ? [`${name}, ${fault}`] : []));
    if (!faults.length) return;
    await this.stop();
    throw new ConfigError(`DATABASE_REPLICA_URLS names ${faults.join('; and ')}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.stop()));
  }

  /**
   * Pools of a replica that has everything up to the horizon of the caller; null if there is none. A caller stays with
   * one replica, so that later reads show later states.
   */
  poolsFor(callerId: string, horizon: Horizon): Pools | null {
    const serving = this.all.filter(({ standing }) => standing === 'serves');
    // The ids are UUIDs, whose ends are random.
    const replica = serving[Number.parseInt(callerId.slice(-8), 16) % serving.length];
    if (!replica?.reaches(horizon)) return null;
    replica.reads += 1;
    return replica.pools;
  }

  /** Figures by the names of the replicas. */
  figures(read: (replica: ReplicaFacts) => number): Record<string, number> {
    return Object.fromEntries(
      this.all.map(({ name, standing, lag, reads }) => [name, read({ serves: standing === 'serves', lag, reads })]),
    );
  }
}
