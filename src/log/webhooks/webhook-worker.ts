import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isConnectionLost } from '../../platform/database/faults.js';
import type { Cursors } from '../../platform/reading/cursor.js';
import { DeliveryRun, type RunTools } from './delivery-run.js';
import { type LeasedRow, LeasedWebhook } from './leased-webhook.js';
import { WebhookMetrics } from './metrics.js';

/** Milliseconds between two looks at the webhooks. */
const interval = 1_000;

/** Milliseconds for which the end waits for requests that are under way. */
const endWithin = 2_000;

/** Webhooks to which a server sends at a time. */
const mostRuns = 32;

interface Log {
  error(facts: object, message: string): void;
}

interface Pools {
  /** For what webhooks read and write. */
  pool: Pool;
  /** For the look at what is due. */
  sidePool: Pool;
}

/**
 * Sends changes to webhooks for as long as the server runs. Each server does; while one holds the lease of a webhook,
 * no other gets it. A server that ends in the middle leaves the webhook to the end of its lease: a receiver may get a
 * message twice, under the same id, but misses none.
 */
export class WebhookWorker {
  readonly metrics = new WebhookMetrics();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly cursors: Cursors,
    private readonly log: Log,
    private readonly tools: Omit<RunTools, 'metrics' | 'stopping'>,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const soon = () => pause(endWithin, undefined, { ref: false });
    await Promise.race([this.running, soon()]);
    await Promise.race([this.pools.pool.end(), soon()]);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const runs = new Set<Promise<void>>();
    while (!signal.aborted) {
      const leased = await this.lease();
      if (leased) {
        const run: Promise<void> = this.serve(leased).finally(() => runs.delete(run));
        runs.add(run);
        if (runs.size === mostRuns) await Promise.race(runs);
        continue;
      }
      // A webhook that has ended its run may have more to send.
      await Promise.race([pause(interval, undefined, { signal, ref: false }).catch(() => undefined), ...runs]);
    }
    await Promise.all(runs);
  }

  private async lease(): Promise<LeasedWebhook | null> {
    const lease = randomUUID();
    try {
      const { rows } = await this.pools.sidePool.query<LeasedRow>('select * from lease_webhook($1)', [lease]);
      return rows[0] ? new LeasedWebhook(lease, rows[0], this.pools.pool, this.cursors) : null;
    } catch (err) {
      this.note({ err }, 'the webhooks that are due were not found');
      return null;
    }
  }

  private async serve(webhook: LeasedWebhook): Promise<void> {
    const { metrics } = this;
    try {
      await new DeliveryRun(webhook, { ...this.tools, metrics, stopping: this.stopping.signal }).run();
    } catch (err) {
      // The lease ends by itself.
      this.note({ err, webhook: webhook.id }, 'a webhook failed');
    }
  }

  /** The pulse tells about a database that is away. */
  private note(facts: { err: unknown; webhook?: string }, message: string): void {
    if (!isConnectionLost(facts.err) && !this.stopping.signal.aborted) this.log.error(facts, message);
  }
}
