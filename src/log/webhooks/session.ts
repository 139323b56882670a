import type { Seal } from '../../platform/auth/seal.js';
import { sql } from '../../platform/database/sql.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { Change } from '../change.js';
import { visibleChanges } from '../seen.js';
import { Deliveries, type DueDelivery } from './deliveries.js';
import type { WebhookFigures } from './figures.js';
import { type LeasedWebhook, LeaseLost } from './leased-webhook.js';
import { bodyOf, messageColumns } from './message.js';
import { nextPage } from './pages.js';
import { messageIdOf, signedHeaders } from './secrets.js';
import { type Attempt, Sender, type SendingRules } from './send.js';
import type { WebhookDisabledReason } from './webhook.js';

/** Requests to a receiver at a time. */
const atOnce = 5;

/** Deliveries that wait; with more, a webhook reads on only when some have ended. */
const mostWaiting = 1000;

/** Milliseconds after which no request begins; the lease covers this and the longest request. */
const span = 3000;

/** Seconds for which a webhook rests whose responsible member is suspended, or that has too much that waits. */
const rest = 60;

export interface SessionTools {
  seal: Seal;
  rules: SendingRules;
  retentionDays: number;
  figures: WebhookFigures;
  /** Whether messages to people can be sent. */
  sendsMail: boolean;
  stopping: AbortSignal;
}

/** Ends the session: the webhook is to be disabled. */
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
export class Session {
  private readonly until = performance.now() + span;
  private readonly deliveries: Deliveries;
  private readonly sender: Sender;
  private secrets: string[] = [];
  private position;
  private isBehind = false;
  private restFor: number | null = null;
  private hasSucceeded = false;
  private last: 'succeeded' | 'failed' | null = null;
  private isGone = false;
  /** Requests that are under way, by the record of their change. */
  private readonly sending = new Map<string, Promise<void>>();
  private fault: unknown = null;

  constructor(
    private readonly webhook: LeasedWebhook,
    private readonly tools: SessionTools,
  ) {
    this.deliveries = new Deliveries(webhook);
    this.sender = new Sender(new URL(webhook.row.url), tools.rules);
    this.position = webhook.row.position;
  }

  async run(): Promise<void> {
    try {
      if (this.webhook.row.is_suspended) this.restFor = rest;
      else await this.work();
      await this.release();
    } catch (error) {
      if (error instanceof Disabling) await this.disable(error.reason);
      else if (!(error instanceof LeaseLost)) throw error;
    } finally {
      this.sender.close();
    }
  }

  private async work(): Promise<void> {
    const opened = this.webhook.row.secrets.map((sealed) => this.tools.seal.open(sealed, this.webhook.id));
    this.secrets = opened.filter((secret) => secret !== null);
    if (!opened[0]) throw new Disabling('SECRET_LOST');
    await this.sendWaiting();
    const { records, count } = await this.deliveries.waiting();
    if (count < mostWaiting) await this.readOn(records);
    else [this.isBehind, this.restFor] = [true, rest];
    await this.deliveries.prune();
  }

  private get isOver(): boolean {
    return performance.now() > this.until || this.tools.stopping.aborted || this.isGone || this.fault !== null;
  }

  private async sendWaiting(): Promise<void> {
    while (!this.isOver) {
      const due = await this.deliveries.due(4 * atOnce);
      if (!due.length) return;
      for (const delivery of due) {
        await this.room();
        if (this.isOver) break;
        this.begin(delivery.record_id, () => this.retry(delivery));
      }
      await this.settle();
    }
  }

  /** Sends the changes after the position, those of one record one after the other. */
  private async readOn(waiting: Set<string>): Promise<void> {
    for (let hasMore = true; hasMore && !this.isOver; ) {
      const page = await nextPage(this.webhook, this.position, this.tools.retentionDays);
      if (!page) throw new Disabling('CURSOR_EXPIRED');
      let reached = this.position;
      let isDone = true;
      for (const { change, position } of page.changes) {
        const isKnown = page.known.has(change.id!);
        const record = change.recordId!;
        await this.room(record);
        if (this.isOver) {
          isDone = false;
          break;
        }
        if (!isKnown && waiting.has(record)) await this.deliveries.queue(change);
        else if (!isKnown) this.begin(record, () => this.first(change, waiting));
        reached = position;
      }
      await this.settle();
      this.position = isDone ? page.end : reached;
      await this.store();
      hasMore = page.hasMore || !isDone;
      this.isBehind = hasMore;
    }
  }

  private async first(change: RecordRow<Change>, waiting: Set<string>): Promise<void> {
    const tried = await this.send(change);
    if (tried.fault === null) {
      this.tools.figures.delivered(Date.now() - Date.parse(change.at!));
      if (this.webhook.row.replayed_at) await this.deliveries.replayed(change, tried);
      return;
    }
    waiting.add(change.recordId!);
    await this.deliveries.failedFirst(change, tried);
    this.tools.figures.count('retried');
  }

  private async retry(delivery: DueDelivery): Promise<void> {
    const change = await this.webhook.reading((read) =>
      read.byId(Change, delivery.change_id, messageColumns, visibleChanges(this.webhook.viewer)),
    );
    if (!change) {
      await this.deliveries.giveUp(delivery);
      this.tools.figures.count('failed');
      return;
    }
    // The read may have waited for a connection.
    if (this.isOver) return;
    this.tools.figures.count(await this.deliveries.tried(delivery, await this.send(change)));
  }

  private async send(change: RecordRow<Change>): Promise<Attempt> {
    const body = bodyOf(change);
    const id = messageIdOf(this.webhook.id, change.id);
    const tried = await this.sender.send(body, signedHeaders({ id, body, secrets: this.secrets }, new Date()));
    if (tried.httpStatus === 410) this.isGone = true;
    this.last = tried.fault === null ? 'succeeded' : 'failed';
    this.hasSucceeded ||= tried.fault === null;
    return tried;
  }

  private begin(record: string, work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => {
        this.fault ??= error;
      })
      .finally(() => this.sending.delete(record));
    this.sending.set(record, done);
  }

  /** Waits until another request may begin, for this record if named. */
  private async room(record = ''): Promise<void> {
    await this.sending.get(record);
    while (this.sending.size >= atOnce) await Promise.race(this.sending.values());
  }

  /** Waits for all requests; throws what has kept one of them from being noted. */
  private async settle(): Promise<void> {
    await Promise.all(this.sending.values());
    if (this.fault) throw this.fault;
  }

  /** Stores how far the webhook has come; throws if it has failed for too long, or the lease is lost. */
  private async store(): Promise<void> {
    const failing =
      this.last === null
        ? sql`failing_since`
        : this.last === 'succeeded'
          ? sql`null`
          : this.hasSucceeded
            ? sql`now()`
            : sql`coalesce(failing_since, now())`;
    const [stored] = await this.webhook.writeHeld<{ isFailing: boolean }>(sql`
      update webhook_readers as r
      set "position" = ${JSON.stringify(this.position)}::jsonb, failing_since = ${failing}
      where ${this.webhook.of('r')}
        and r.lease = ${this.webhook.lease}::uuid
      returning coalesce(failing_since < now() - interval '3 days', false) as "isFailing"`);
    if (this.isGone) throw new Disabling('GONE');
    if (stored!.isFailing && this.last === 'failed') throw new Disabling('FAILING');
  }

  private async release(): Promise<void> {
    await this.store();
    await this.webhook.write(sql`
      update webhook_readers as r
      set lease = null, lease_ends_at = null, is_behind = ${this.isBehind},
        retry_at = ${this.deliveries.nextDue},
        not_before = clock_timestamp() + ${this.restFor}::integer * interval '1 s'
      where ${this.webhook.of('r')}
        and r.lease = ${this.webhook.lease}::uuid`);
  }

  private async disable(reason: WebhookDisabledReason): Promise<void> {
    const { lease } = this.webhook;
    await this.webhook.write(sql`select disable_webhook(${lease}::uuid, ${reason}, ${this.tools.sendsMail})`);
    const [released] = await this.webhook.write(sql`
      update webhook_readers as r
      set lease = null, lease_ends_at = null, retry_at = ${this.deliveries.nextDue}
      where ${this.webhook.of('r')}
        and r.lease = ${lease}::uuid
      returning r.webhook_id`);
    if (released) this.tools.figures.disabled(reason);
  }
}
