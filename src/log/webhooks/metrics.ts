import { Counter, Histogram, type Registry } from 'prom-client';

/** Metrics of the webhooks to which this server sends. */
export class WebhookMetrics {
  private readonly tries = new Counter({
    name: 'webhook_tries_total',
    help: 'Requests to webhooks: delivered, retried later, or failed for good',
    labelNames: ['outcome'],
    registers: [],
  });
  private readonly lag = new Histogram({
    name: 'webhook_lag_seconds',
    help: 'Time from the beginning of a transaction until its change was delivered at the first try',
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400],
    registers: [],
  });
  private readonly ends = new Counter({
    name: 'webhooks_disabled_total',
    help: 'Webhooks that this server has disabled, by reason',
    labelNames: ['reason'],
    registers: [],
  });

  addTo(registry: Registry): void {
    for (const metric of [this.tries, this.lag, this.ends]) registry.registerMetric(metric as Counter);
  }

  /** Counts a delivery at the first try, this many milliseconds after its change. */
  delivered(milliseconds: number): void {
    this.count('delivered');
    this.lag.observe(milliseconds / 1000);
  }

  count(outcome: 'delivered' | 'retried' | 'failed'): void {
    this.tries.inc({ outcome });
  }

  disabled(reason: string): void {
    this.ends.inc({ reason });
  }
}
