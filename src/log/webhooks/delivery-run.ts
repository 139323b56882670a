import type { Seal } from '../../platform/auth/seal.js';
import { sql } from '../../platform/database/sql.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { Change } from '../change.js';
import { visibleChanges } from '../seen.js';
import { Deliveries, type DueDelivery } from './deliveries.js';
import { FailureStreak } from './failure-streak.js';
import { type LeasedWebhook, LeaseLost } from './leased-webhook.js';
import { bodiesOf, messageColumns, messageIdOf, signedHeaders } from './message.js';
import type { WebhookMetrics } from './metrics.js';
import { nextPage } from './pages.js';
import { mostRequests, Requests } from './requests.js';
import { type Attempt, Sender, type SendingRules } from './send.js';
import type { WebhookDisabledReason } from './webhook.js';

/** Deliveries that wait; with more, a webhook reads on only when some have ended. */
const mostWaiting = 1000;

/** Milliseconds after which no request begins; the lease covers this and the longest request. */
const span = 3000;

/** Seconds that a webhook pauses if its responsible member is suspended or too many deliveries wait. */
const pause = 60;

export interface RunTools {
  seal: Seal;
  rules: SendingRules;
  retentionDays: number;
  metrics: WebhookMetrics;
  /** Whether messages to people can be sent. */
  sendsMail: boolean;
  stopping: AbortSignal;
}

/** How a run leaves its webhook. */
interface Left {
  /** Whether there may be more to read at once. */
  isBehind: boolean;
  /** Seconds; null for none. */
  pause: number | null;
}

/** Ends the run: the webhook is to be disabled. */
class Disabling extends Error {
  constructor(readonly reason: WebhookDisabledReason) {
    super(`The webhook is disabled: ${reason}`);
  }
}

/**
 * One lease of a webhook: sends for some seconds what is due, first the deliveries that wait and then the changes after
 * its position. A position is stored only when everything before it is accepted or kept, so that after a crash changes
 * are sent again, but none is skipped.
 */
export class DeliveryRun {
  private readonly until = performance.now() + span;
  private readonly deliveries: Deliveries;
  private readonly sender: Sender;
  private readonly streak = new FailureStreak();
  private readonly requests = new Requests();
  private secrets: string[] = [];
  private position;
  /** Whether the receiver has answered 410. */
  private isGone = false;

  constructor(
    private readonly webhook: LeasedWebhook,
    private readonly tools: RunTools,
  ) {
    this.deliveries = new Deliveries(webhook);
    this.sender = new Sender(new URL(webhook.row.url), tools.rules);
    this.position = webhook.row.position;
  }

  async run(): Promise<void> {
    try {
      await this.release(this.webhook.row.is_suspended ? { isBehind: false, pause } : await this.work());
    } catch (error) {
      if (error instanceof Disabling) await this.disable(error.reason);
      else if (!(error instanceof LeaseLost)) throw error;
    } finally {
      this.sender.close();
    }
  }

  private async work(): Promise<Left> {
    const opened = this.webhook.row.secrets.map((sealed) => this.tools.seal.open(sealed, this.webhook.id));
    this.secrets = opened.filter((secret) => secret !== null);
    if (!opened[0]) throw new Disabling('SECRET_LOST');
    await this.sendWaiting();
    const { records, count } = await this.deliveries.waiting();
    const left = count < mostWaiting ? await this.readOn(records) : { isBehind: true, pause };
    await this.deliveries.prune();
    return left;
  }

  private get isOver(): boolean {
    const isLate = performance.now() > this.until;
    return isLate || this.tools.stopping.aborted || this.isGone || this.requests.hasFailed;
  }

  private async sendWaiting(): Promise<void> {
    while (!this.isOver) {
      const due = await this.deliveries.due(4 * mostRequests);
      if (!due.length) return;
      for (const delivery of due) {
        await this.requests.room();
        if (this.isOver) break;
        this.requests.begin(delivery.record_id, () => this.retry(delivery));
      }
      await this.requests.settle();
    }
  }

  /** Sends the changes after the position, those of one record one after the other. */
  private async readOn(waiting: Set<string>): Promise<Left> {
    let isBehind = true;
    while (isBehind && !this.isOver) {
      const page = await nextPage(this.webhook, this.position, this.tools.retentionDays);
      if (!page) throw new Disabling('CURSOR_EXPIRED');
      let reached = this.position;
      let isDone = true;
      for (const [place, { change, position }] of page.changes.entries()) {
        const isKnown = page.known.has(change.id!);
        const record = change.recordId!;
        await this.requests.room(record);
        if (this.isOver) {
          isDone = false;
          break;
        }
        if (!isKnown && waiting.has(record)) await this.deliveries.queue(change);
        else if (!isKnown) this.requests.begin(record, () => this.first(change, page.bodies[place]!, waiting));
        reached = position;
      }
      await this.requests.settle();
      this.position = isDone ? page.end : reached;
      await this.store();
      isBehind = page.hasMore || !isDone;
    }
    return { isBehind, pause: null };
  }

  private async first(change: RecordRow<Change>, body: string, waiting: Set<string>): Promise<void> {
    const attempt = await this.send(change, body);
    if (attempt.fault === null) {
      this.tools.metrics.delivered(Date.now() - Date.parse(change.at!));
      if (this.webhook.row.replayed_at) await this.deliveries.replayed(change, attempt);
      return;
    }
    waiting.add(change.recordId!);
    await this.deliveries.failedFirst(change, attempt);
    this.tools.metrics.count('retried');
  }

  private async retry(delivery: DueDelivery): Promise<void> {
    const message = await this.webhook.reading(async (read) => {
      const change = await read.byId(Change, delivery.change_id, messageColumns, visibleChanges(this.webhook.viewer));
      return change && { change, body: (await bodiesOf(read, [change]))[0]! };
    });
    if (!message) {
      await this.deliveries.giveUp(delivery);
      this.tools.metrics.count('failed');
      return;
    }
    // The read may have waited for a connection.
    if (this.isOver) return;
    const attempt = await this.send(message.change, message.body);
    this.tools.metrics.count(await this.deliveries.tried(delivery, attempt));
  }

  private async send(change: RecordRow<Change>, body: string): Promise<Attempt> {
    const id = messageIdOf(this.webhook.id, change.id);
    const attempt = await this.sender.send(body, signedHeaders({ id, body, secrets: this.secrets }, new Date()));
    if (attempt.httpStatus === 410) this.isGone = true;
    this.streak.note(attempt);
    return attempt;
  }

  /** Stores how far the webhook has come; throws if it has failed for too long, or the lease is lost. */
  private async store(): Promise<void> {
    const [stored] = await this.webhook.writeHeld<{ isFailing: boolean }>(sql`
      update webhook_readers as r
      set "position" = ${JSON.stringify(this.position)}::jsonb, failing_since = ${this.streak.since}
      where ${this.webhook.of('r')}
        and r.lease = ${this.webhook.lease}::uuid
      returning coalesce(failing_since < now() - interval '3 days', false) as "isFailing"`);
    if (this.isGone) throw new Disabling('GONE');
    if (stored!.isFailing && this.streak.isContinued) throw new Disabling('FAILING');
  }

  private async release({ isBehind, pause }: Left): Promise<void> {
    await this.store();
    await this.webhook.release(sql`
      is_behind = ${isBehind}, retry_at = ${this.deliveries.nextDue},
      not_before = clock_timestamp() + ${pause}::integer * interval '1 s'`);
  }

  private async disable(reason: WebhookDisabledReason): Promise<void> {
    const { lease } = this.webhook;
    await this.webhook.write(sql`select disable_webhook(${lease}::uuid, ${reason}, ${this.tools.sendsMail})`);
    const isReleased = await this.webhook.release(sql`retry_at = ${this.deliveries.nextDue}`);
    if (isReleased) this.tools.metrics.disabled(reason);
  }
}
