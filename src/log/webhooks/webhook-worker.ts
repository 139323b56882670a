import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isConnectionLost } from '../../platform/database/faults.js';
import type { Cursors } from '../../platform/reading/cursor.js';
import { WebhookFigures } from './figures.js';
import { type LeasedRow, LeasedWebhook } from './leased-webhook.js';
import { Session, type SessionTools } from './session.js';

/** Milliseconds between two looks at the webhooks, and for which the end waits for requests that are under way. */
const times = { interval: 1_000, end: 2_000 };

/** Webhooks to which a server sends at a time. */
const mostSessions = 32;

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
  readonly figures = new WebhookFigures();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly cursors: Cursors,
    private readonly log: Log,
    private readonly tools: Omit<SessionTools, 'figures' | 'stopping'>,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const soon = () => pause(times.end, undefined, { ref: false });
    await Promise.race([this.running, soon()]);
    await Promise.race([this.pools.pool.end(), soon()]);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const sessions = new Set<Promise<void>>();
    while (!signal.aborted) {
      const leased = await this.lease();
      if (leased) {
        const session: Promise<void> = this.serve(leased).finally(() => sessions.delete(session));
        sessions.add(session);
        if (sessions.size === mostSessions) await Promise.race(sessions);
        continue;
      }
      // A webhook that has ended its session may have more to send.
      await Promise.race([
        pause(times.interval, undefined, { signal, ref: false }).catch(() => undefined),
        ...sessions,
      ]);
    }
    await Promise.all(sessions);
  }

  private async lease(): Promise<LeasedWebhook | null> {
    const lease = randomUUID();
    try {
      const { rows } = await this.pools.sidePool.query<LeasedRow>('select * from lease_webhook($1)', [lease]);
      return rows[0] ? new LeasedWebhook(lease, rows[0], this.pools.pool, this.cursors) : null;
    } catch (err) {
      this.note(err);
      return null;
    }
  }

  private async serve(webhook: LeasedWebhook): Promise<void> {
    const { figures } = this;
    try {
      await new Session(webhook, { ...this.tools, figures, stopping: this.stopping.signal }).run();
    } catch (err) {
      // The lease ends by itself.
      this.note(err, webhook.id);
    }
  }

  /** The pulse tells about a database that is away. */
  private note(err: unknown, webhook?: string): void {
    if (!isConnectionLost(err) && !this.stopping.signal.aborted) this.log.error({ err, webhook }, 'a webhook failed');
  }
}
