import type { Pool } from 'pg';
import { Worker } from '../../platform/jobs/worker.js';
import type { Cursors } from '../../platform/reading/cursor.js';
import { DeliveryRun, type RunTools } from './delivery-run.js';
import { type LeasedRow, LeasedWebhook } from './leased-webhook.js';
import { WebhookMetrics } from './metrics.js';

interface Log {
  error(facts: object, message: string): void;
}

interface Pools {
  /** For what webhooks read and write. */
  pool: Pool;
  /** For the look at what is due. */
  sidePool: Pool;
}

/** Sends changes to webhooks. A receiver may get a message twice, under the same id, but misses none. */
export class WebhookWorker extends Worker<LeasedWebhook> {
  readonly metrics = new WebhookMetrics();

  constructor(
    private readonly pools: Pools,
    private readonly cursors: Cursors,
    log: Log,
    private readonly tools: Omit<RunTools, 'metrics' | 'stopping'>,
  ) {
    super({ interval: 1_000, end: 2_000, most: 32 }, log);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.soon(this.pools.pool.end());
  }

  protected async take(lease: string): Promise<LeasedWebhook | undefined> {
    const { rows } = await this.pools.sidePool.query<LeasedRow>('select * from lease_webhook($1)', [lease]);
    return rows[0] && new LeasedWebhook(lease, rows[0], this.pools.pool, this.cursors);
  }

  protected async work(webhook: LeasedWebhook): Promise<void> {
    const { metrics, stopping } = this;
    await new DeliveryRun(webhook, { ...this.tools, metrics, stopping }).run();
  }

  protected fault(webhook?: LeasedWebhook): [facts: object, message: string] {
    return webhook
      ? [{ webhook: webhook.id }, 'a webhook failed']
      : [{}, 'the webhooks that have something to send were not found'];
  }
}
