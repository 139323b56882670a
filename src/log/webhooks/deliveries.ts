import { v7 } from 'uuid';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';
import type { LeasedWebhook } from './leased-webhook.js';
import type { Attempt } from './send.js';

/** Seconds between the tries of a round. */
const retryDelays = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];

/** A delivery that is due. */
export interface DueDelivery {
  id: string;
  change_id: string;
  record_id: string;
  tries: number;
  next_try_at: string;
  /** Tries since the last redelivery or replay. */
  tries_in_round: number;
}

/** The deliveries of a webhook whose first try has failed, and those that wait behind them. */
export class Deliveries {
  /** Whether a delivery has ended, so that older ones may go. */
  private hasEnded = false;

  constructor(private readonly webhook: LeasedWebhook) {}

  /** Those that are due, for each record the first that waits. */
  due(limit: number): Promise<DueDelivery[]> {
    return this.webhook.reading((read) =>
      read.query<DueDelivery>(sql`
        select id, change_id, record_id, tries, tries_in_round, next_try_at::text
        from (${this.first}) as first
        where first.next_try_at <= clock_timestamp()
        order by first.next_try_at
        limit ${limit}`),
    );
  }

  /** Records of which a change waits, and the number of all changes that wait. */
  async waiting(): Promise<{ records: Set<string>; count: number }> {
    const found = await this.webhook.reading((read) =>
      read.query<{ id: string; count: number }>(sql`
        select d.record_id as id, count(*)::integer as count
        from webhook_deliveries as d
        where ${this.webhook.of('d')}
          and d.status = 'WAITING'
        group by 1`),
    );
    return { records: new Set(found.map(({ id }) => id)), count: found.reduce((sum, { count }) => sum + count, 0) };
  }

  /** Keeps a change whose first try has failed. */
  failedFirst(change: RecordRow<Change>, attempt: Attempt): Promise<void> {
    return this.keep(change, attempt);
  }

  /** Keeps a change until those before it are done. */
  queue(change: RecordRow<Change>): Promise<void> {
    return this.keep(change, null);
  }

  /** Marks the earlier delivery of a replayed change, if there is one, as delivered. */
  async replayed({ id }: RecordRow<Change>, attempt: Attempt): Promise<void> {
    await this.webhook.write(sql`
      update webhook_deliveries as d
      set ${delivered(attempt)}, tries = d.tries + 1
      where ${this.webhook.of('d')}
        and d.change_id = ${id}::uuid
        and ${this.webhook.isHeld}`);
  }

  /**
   * Notes a later try; tells how it ended. A redelivery that was asked for since the delivery was read stays due at
   * once.
   */
  async tried(delivery: DueDelivery, attempt: Attempt): Promise<'delivered' | 'retried' | 'failed'> {
    const { tries, tries_in_round: triesInRound, next_try_at: nextTryAt } = delivery;
    if (attempt.fault === null) {
      // A change that has only waited for others succeeds at its first try.
      if (tries === 0) await this.webhook.writeHeld(sql`delete from webhook_deliveries as d ${this.which(delivery)}`);
      else await this.update(delivery, sql`${delivered(attempt)}, tries = d.tries + 1`);
      this.hasEnded = true;
      return 'delivered';
    }
    const isAsked = sql`d.next_try_at <> ${nextTryAt}::timestamptz`;
    const nextTry = triesInRound < retryDelays.length ? afterTry(triesInRound + 1) : sql`null`;
    const status = await this.update(
      delivery,
      sql`
        ${facts(attempt)}, tries = d.tries + 1,
        (next_try_at, status, ended_at) = (
          select next_try_at, case when next_try_at is null then 'FAILED' else 'WAITING' end,
            case when next_try_at is null then clock_timestamp() end
          from (select case when ${isAsked} then d.next_try_at else ${nextTry} end) as next(next_try_at)
        )`,
    );
    this.hasEnded ||= status === 'FAILED';
    return status === 'FAILED' ? 'failed' : 'retried';
  }

  /** Gives up a delivery whose change can no longer be read. */
  async giveUp(delivery: DueDelivery): Promise<void> {
    await this.update(
      delivery,
      sql`
        status = 'FAILED', ended_at = clock_timestamp(), next_try_at = null,
        fault = 'The log no longer has the change, or the responsible member may not see it'`,
    );
    this.hasEnded = true;
  }

  /** When the first of those that wait is due. */
  get nextDue(): Fragment {
    return sql`(select min(first.next_try_at) from (${this.first}) as first)`;
  }

  /** Deletes those that are delivered but for the last 100, and those that failed whose changes are gone. */
  async prune(): Promise<void> {
    if (!this.hasEnded) return;
    await this.webhook.write(sql`
      delete from webhook_deliveries as d
      where ${this.webhook.of('d')}
        and ${this.webhook.isHeld}
        and (
          d.status = 'DELIVERED' and d.id not in (
            select kept.id
            from webhook_deliveries as kept
            where ${this.webhook.of('kept')}
              and kept.status = 'DELIVERED'
            order by kept.ended_at desc
            limit 100
          )
          or d.status = 'FAILED' and not exists (
            select from changes as c
            where c.organization_id = d.organization_id
              and c.id = d.change_id
          )
        )`);
  }

  private get first(): Fragment {
    return sql`
      select distinct on (d.record_id) d.id, d.change_id, d.record_id, d.tries, d.next_try_at,
        greatest(d.tries - d.earlier_tries, 0) as tries_in_round
      from webhook_deliveries as d
      where ${this.webhook.of('d')}
        and d.status = 'WAITING'
      order by d.record_id, d.change_id`;
  }

  private which({ id }: DueDelivery): Fragment {
    return sql`
      where ${this.webhook.of('d')}
        and d.id = ${id}::uuid
        and d.status = 'WAITING'
        and ${this.webhook.isHeld}
      returning d.status`;
  }

  /** Changes a delivery that waits and returns its status. */
  private async update(delivery: DueDelivery, values: Fragment): Promise<string> {
    const [updated] = await this.webhook.writeHeld<{ status: string }>(
      sql`update webhook_deliveries as d set ${values} ${this.which(delivery)}`,
    );
    return updated!.status;
  }

  /** Keeps a change that waits. A replayed one may have a delivery, whose tries go on counting. */
  private async keep(change: RecordRow<Change>, attempt: Attempt | null): Promise<void> {
    const { id, recordType, recordId, action } = change;
    const { organization_id: organizationId, webhook_id: webhookId } = this.webhook.row;
    await this.webhook.writeHeld(sql`
      insert into webhook_deliveries as d (
        organization_id, id, webhook_id, change_id, record_type, record_id, action, status, tries,
        next_try_at, tried_at, http_status, duration_ms, answer, fault
      )
      select ${organizationId}::uuid, ${v7()}::uuid, ${webhookId}::uuid, ${id}::uuid, ${recordType},
        ${recordId}::uuid, ${action}, 'WAITING', ${attempt ? 1 : 0}::integer,
        ${attempt ? afterTry(1) : sql`clock_timestamp()`}, ${attempt?.triedAt ?? null}::timestamptz,
        ${attempt?.httpStatus ?? null}::integer, ${attempt?.durationMs ?? null}::integer, ${attempt?.answer ?? null},
        ${attempt?.fault ?? null}
      where ${this.webhook.isHeld}
      on conflict (organization_id, webhook_id, change_id) do update
      set ${attempt ? sql`${facts(attempt)},` : sql``} status = 'WAITING', tries = d.tries + excluded.tries,
        earlier_tries = d.tries, next_try_at = excluded.next_try_at, ended_at = null
      returning d.id`);
  }
}

const facts = ({ triedAt, httpStatus, durationMs, answer, fault }: Attempt): Fragment => sql`
  tried_at = ${triedAt}::timestamptz, http_status = ${httpStatus}::integer, duration_ms = ${durationMs}::integer,
  answer = ${answer}, fault = ${fault}`;

const delivered = (attempt: Attempt): Fragment => sql`
  ${facts(attempt)}, status = 'DELIVERED', ended_at = clock_timestamp(), next_try_at = null`;

/** When the next try after this one of a round is due: a fifth earlier or later, so that not all come at once. */
const afterTry = (number: number): Fragment =>
  sql`clock_timestamp() + ${retryDelays[number - 1]! * (0.8 + 0.4 * Math.random())}::float8 * interval '1 s'`;
