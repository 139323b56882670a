import { v7 } from 'uuid';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';
import { type LeasedWebhook, LeaseLost } from './leased-webhook.js';
import type { Tried } from './send.js';

/** Seconds between the tries. */
const waits = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];

/** A delivery that is due. */
export interface DueDelivery {
  id: string;
  change_id: string;
  record_id: string;
  tries: number;
}

/** The deliveries of a webhook whose first try has failed, and those that wait behind them. */
export class Deliveries {
  /** Whether a delivery has ended, so that older ones may go. */
  private hasEnded = false;

  constructor(private readonly webhook: LeasedWebhook) {}

  /** Those that are due, for each record the first that waits. */
  due(limit: number): Promise<DueDelivery[]> {
    return this.webhook.write<DueDelivery>(sql`
      select id, change_id, record_id, tries
      from (${this.first}) as first
      where first.next_try_at <= clock_timestamp()
      order by first.next_try_at
      limit ${limit}`);
  }

  /** Records of which a change waits, and the number of all changes that wait. */
  async waiting(): Promise<{ records: Set<string>; count: number }> {
    const found = await this.webhook.write<{ id: string; count: number }>(sql`
      select d.record_id as id, count(*)::integer as count
      from webhook_deliveries as d
      where ${this.webhook.of('d')}
        and d.status = 'WAITING'
      group by 1`);
    return { records: new Set(found.map(({ id }) => id)), count: found.reduce((sum, { count }) => sum + count, 0) };
  }

  /** Keeps a change whose first try has failed. */
  failedFirst(change: RecordRow<Change>, tried: Tried): Promise<void> {
    return this.keep(change, { tries: 1, next: after(1), tried });
  }

  /** Keeps a change until those before it are done. */
  queue(change: RecordRow<Change>): Promise<void> {
    return this.keep(change, { tries: 0, next: sql`clock_timestamp()`, tried: null });
  }

  /** An earlier delivery of a change has ended, and a replay has succeeded. */
  async replayed({ id }: RecordRow<Change>, tried: Tried): Promise<void> {
    await this.webhook.write(sql`
      update webhook_deliveries as d
      set ${this.ended('DELIVERED', tried)}, tries = d.tries + 1
      where ${this.webhook.of('d')}
        and d.change_id = ${id}::uuid
        and d.status = 'FAILED'
        and ${this.webhook.isHeld}`);
  }

  /** Notes a later try; tells whether it was the last one. */
  async tried({ id, tries }: DueDelivery, tried: Tried): Promise<'delivered' | 'retried' | 'failed'> {
    const which = sql`
      where ${this.webhook.of('d')}
        and d.id = ${id}::uuid
        and d.status = 'WAITING'
        and ${this.webhook.isHeld}`;
    if (tried.fault === null) {
      this.hasEnded = true;
      await this.webhook.write(
        tries === 0
          ? sql`delete from webhook_deliveries as d ${which}`
          : sql`
              update webhook_deliveries as d
              set ${this.ended('DELIVERED', tried)}, tries = d.tries + 1 ${which}`,
      );
      return 'delivered';
    }
    const isLast = tries >= waits.length;
    if (isLast) this.hasEnded = true;
    await this.webhook.write(sql`
      update webhook_deliveries as d
      set ${isLast ? this.ended('FAILED', tried) : sql`${facts(tried)}, next_try_at = ${after(tries + 1)}`},
        tries = d.tries + 1
      ${which}`);
    return isLast ? 'failed' : 'retried';
  }

  /** Gives a delivery up whose change cannot be read any more. */
  async giveUp({ id }: DueDelivery): Promise<void> {
    this.hasEnded = true;
    await this.webhook.write(sql`
      update webhook_deliveries as d
      set status = 'FAILED', ended_at = clock_timestamp(), next_try_at = null,
        fault = 'The log no longer has the change, or the responsible member may not see it'
      where ${this.webhook.of('d')}
        and d.id = ${id}::uuid
        and ${this.webhook.isHeld}`);
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
      select distinct on (d.record_id) d.id, d.change_id, d.record_id, d.tries, d.next_try_at
      from webhook_deliveries as d
      where ${this.webhook.of('d')}
        and d.status = 'WAITING'
      order by d.record_id, d.change_id`;
  }

  private async keep(
    { id, recordType, recordId, action }: RecordRow<Change>,
    { tries, next, tried }: { tries: number; next: Fragment; tried: Tried | null },
  ): Promise<void> {
    const { organization_id: organizationId, webhook_id: webhookId } = this.webhook.row;
    const kept = await this.webhook.write(sql`
      insert into webhook_deliveries as d (
        organization_id, id, webhook_id, change_id, record_type, record_id, action, status, tries,
        tried_at, next_try_at, http_status, duration_ms, answer, fault
      )
      select ${organizationId}::uuid, ${v7()}::uuid, ${webhookId}::uuid, ${id}::uuid, ${recordType},
        ${recordId}::uuid, ${action}, 'WAITING', ${tries}::integer, ${tried?.triedAt ?? null}::timestamptz, ${next},
        ${tried?.httpStatus ?? null}::integer, ${tried?.durationMs ?? null}::integer, ${tried?.answer ?? null},
        ${tried?.fault ?? null}
      where ${this.webhook.isHeld}
      on conflict (organization_id, webhook_id, change_id) do update
      set status = 'WAITING', tries = excluded.tries, tried_at = excluded.tried_at, ended_at = null,
        next_try_at = excluded.next_try_at, http_status = excluded.http_status, duration_ms = excluded.duration_ms,
        answer = excluded.answer, fault = excluded.fault
      returning d.id`);
    if (!kept.length) throw new LeaseLost();
  }

  private ended(status: 'DELIVERED' | 'FAILED', tried: Tried): Fragment {
    return sql`${facts(tried)}, status = ${status}, ended_at = clock_timestamp(), next_try_at = null`;
  }
}

const facts = ({ triedAt, httpStatus, durationMs, answer, fault }: Tried): Fragment => sql`
  tried_at = ${triedAt}::timestamptz, http_status = ${httpStatus}::integer, duration_ms = ${durationMs}::integer,
  answer = ${answer}, fault = ${fault}`;

/** When the try after this one is due: a fifth earlier or later, so that receivers do not get everything at once. */
const after = (tries: number): Fragment =>
  sql`clock_timestamp() + ${waits[tries - 1]! * (0.8 + 0.4 * Math.random())}::float8 * interval '1 s'`;
