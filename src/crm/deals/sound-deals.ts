import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { Deal } from './deal.js';

interface Asked {
  dealIds: readonly string[];
  /** Stages of which all deals are asked for. */
  stageIds: readonly string[];
  /** Deals whose history is asked for. */
  movedIds: readonly string[];
}

/**
 * Ids of deals, and of stages with deals, that break a rule which no constraint of the database holds: a deal is on a
 * stage of its pipeline and of its outcome, as the last entry of its history says: the last one by its id, since an
 * imported deal may have been closed at the end of today.
 */
export async function unsoundDeals(
  context: ActionContext,
  { dealIds, stageIds, movedIds }: Asked,
): Promise<Set<string>> {
  const own = (alias: string) => sql`${sql.ref(alias)}.organization_id = ${organizationOf(context).id}::uuid`;
  const found = await context.query<{ deal: string; stage: string | null }>(sql`
    select d.id as deal, d.stage_id as stage
    from deals d
    join pipeline_stages s on ${own('s')} and s.id = d.stage_id
    where ${own('d')}
      and (d.id = any(${dealIds}::uuid[]) or d.stage_id = any(${stageIds}::uuid[]))
      and (
        s.pipeline_id is distinct from d.pipeline_id
        or s.is_closed_won and d.status <> 'WON'
        or s.is_closed_lost and d.status <> 'LOST'
      )
    union all
    select d.id, null
    from deals d
    cross join lateral (
      select h.to_stage_id, h.to_status
      from deal_stage_changes h
      where ${own('h')} and h.deal_id = d.id
      order by h.id desc
      limit 1
    ) as last
    where ${own('d')}
      and d.id = any(${movedIds}::uuid[])
      and (last.to_stage_id is distinct from d.stage_id or last.to_status <> d.status)`);
  return new Set(found.flatMap(({ deal, stage }) => (stage ? [deal, stage] : [deal])));
}

/** A deal has a customer or, until it is won, a lead; only the deletion of that record leaves it without one. */
export const hasBuyer = ({ status, customerId, leadId }: Pick<Deal, 'status' | 'customerId' | 'leadId'>): boolean =>
  customerId !== null || (status !== 'WON' && leadId !== null);
