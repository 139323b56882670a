import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isConnectionLost } from '../database/faults.js';

interface Log {
  error(facts: object, message: string): void;
}

interface Pace {
  /** Milliseconds between two looks at what is due. */
  interval: number;
  /** Milliseconds for which the end waits for jobs that are under way. */
  end: number;
  /** Jobs at a time. */
  most: number;
}

/**
 * Does jobs that wait in the database, some at a time, for as long as the server runs. Each server does; while one
 * holds the lease of a job, no other gets it. A server that ends in the middle leaves the job to the end of its lease:
 * it may be done twice, but is never missed.
 */
export abstract class Worker<Job> {
  private readonly ending = new AbortController();
  /** Ends the pause before the next look. */
  private hurry = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly pace: Pace,
    private readonly jobLog: Log,
  ) {}

  /** Leases a job that is due, if there is one. */
  protected abstract take(lease: string): Promise<Job | undefined>;

  /** Does a job and notes its outcome. If this rejects, the lease ends by itself. */
  protected abstract work(job: Job, lease: string): Promise<void>;

  /** The facts and the message by which the log tells that a job failed, or without one that none could be leased. */
  protected abstract fault(job?: Job): [facts: object, message: string];

  start(): void {
    this.running ??= this.run();
  }

  /** Looks at once, since a job has just been queued. */
  wake(): void {
    this.hurry.abort();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.soon(this.running);
  }

  protected get stopping(): AbortSignal {
    return this.ending.signal;
  }

  /** Waits no longer than the end may take. */
  protected async soon(done: Promise<void> | undefined): Promise<void> {
    await Promise.race([done, pause(this.pace.end, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    const jobs = new Set<Promise<unknown>>();
    while (!this.stopping.aborted) {
      // Made before the look, so that a job that is queued meanwhile ends the pause.
      this.hurry = new AbortController();
      const lease = randomUUID();
      const job = await this.noting(() => this.take(lease));
      if (job) {
        const done: Promise<unknown> = this.noting(() => this.work(job, lease), job).finally(() => jobs.delete(done));
        jobs.add(done);
        if (jobs.size === this.pace.most) await Promise.race(jobs);
        continue;
      }
      // When a job has ended, another of its kind may have become due.
      await Promise.race([this.rest(), ...jobs]);
    }
    await Promise.all(jobs);
  }

  private async rest(): Promise<void> {
    const signal = AbortSignal.any([this.stopping, this.hurry.signal]);
    await pause(this.pace.interval, undefined, { signal, ref: false }).catch(() => undefined);
  }

  /** The pulse tells about a database that is away. */
  private async noting<Value>(work: () => Promise<Value>, job?: Job): Promise<Value | undefined> {
    try {
      return await work();
    } catch (err) {
      const [facts, message] = this.fault(job);
      if (!isConnectionLost(err) && !this.stopping.aborted) this.jobLog.error({ err, ...facts }, message);
      return undefined;
    }
  }
}
