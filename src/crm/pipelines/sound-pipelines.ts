import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';

/**
 * Pipelines that break a rule which no constraint of the database holds: stages are numbered without gaps, and an
 * active one is open. Also tells whether an active pipeline is the default.
 */
export async function unsoundPipelines(context: ActionContext): Promise<{ ids: Set<string>; hasDefault: boolean }> {
  const found = await context.query<{ id: string; isDefault: boolean; isSound: boolean }>(sql`
    select p.id, p.is_default and p.is_active as "isDefault",
      max(s."order") = count(*) and bool_or(s.is_active and not s.is_closed_won and not s.is_closed_lost) as "isSound"
    from pipelines p
    left join pipeline_stages s on s.organization_id = p.organization_id and s.pipeline_id = p.id
    where p.organization_id = ${organizationOf(context).id}::uuid
    group by p.organization_id, p.id`);
  return {
    ids: new Set(found.flatMap(({ id, isSound }) => (isSound ? [] : [id]))),
    hasDefault: found.some(({ isDefault }) => isDefault),
  };
}
