import { instant, sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { begun } from '../feed.js';
import { lasting, type Moment, type Position } from '../position.js';

/**
 * The position of a reader that begins in the transaction of an action. Snapshots do not list the transaction in which
 * they are taken, whose further changes the reader has not seen.
 */
export async function presentPosition(context: ActionContext): Promise<Position> {
  const [found] = await context.query<Moment & { own: string | null; newest: string | null }>(sql`
    select incarnation, snapshot, ${instant(sql`at`)} as at, own::text,
      (
        select xid
        from changes
        where organization_id = ${organizationOf(context).id}::uuid
          and xid is distinct from own
        order by xid desc
        limit 1
      )::text as newest
    from log_position(), pg_current_xact_id_if_assigned() as own`);
  const { own, newest, snapshot, ...facts } = found!;
  return begun({ ...facts, snapshot: stillRunning(lasting(snapshot, newest), own) });
}

/** The snapshot with one more transaction whose changes it does not show. */
export function stillRunning(snapshot: string, xid: string | null): string {
  const [first, end, running] = snapshot.split(':') as [string, string, string];
  if (xid === null || BigInt(xid) >= BigInt(end)) return snapshot;
  const all = [...running.split(',').filter(Boolean), xid].toSorted((one, other) =>
    Number(BigInt(one) - BigInt(other)),
  );
  return `${BigInt(xid) < BigInt(first) ? xid : first}:${end}:${all.join(',')}`;
}
