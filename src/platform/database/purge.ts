import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isConnectionLost } from './faults.js';
import type { Statement } from './sql.js';

/** Milliseconds between two purges, between two batches, and for which the end waits for a batch. */
const times = { interval: 60_000, pause: 100, end: 1_000 };

interface Log {
  error(facts: object, message: string): void;
}

/**
 * Deletes what has expired, apart from requests, for as long as the server runs. Each server does, in batches that are
 * short enough not to be noticed; servers skip each other's rows.
 */
export class Purge {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly log: Log,
    /** Each deletes a batch, and tells as `more` whether there may be more. */
    private readonly statements: readonly Statement[],
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.race([this.running, pause(times.end, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const rest = (await this.deleteBatch()) ? times.pause : times.interval;
      await pause(rest, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Whether there may be more to delete. */
  private async deleteBatch(): Promise<boolean> {
    try {
      let isMore = false;
      for (const statement of this.statements) {
        const { rows } = await this.pool.query<{ more: boolean }>(statement);
        isMore ||= rows[0]!.more;
      }
      return isMore;
    } catch (err) {
      // The pulse tells about a database that is away.
      if (!isConnectionLost(err) && !this.stopping.signal.aborted)
        this.log.error({ err }, 'expired rows were not deleted');
      return false;
    }
  }
}
