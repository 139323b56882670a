import { isSuperiorOf, managersAbove } from '../../crm/employees/managers.js';
import { sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { LoggedType } from '../record-types.js';
import { dealOf, type Failure, type UndoneRecord } from './undone-record.js';

export const contradiction = () =>
  new Conflict('CONTRADICTION', 'With its former values, the record would contradict itself or others');

/** Records that break a rule which no constraint of the database holds, because others have changed in between. */
export async function contradicting(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const changed = Map.groupBy(
    undone.filter((one) => one.isEffective),
    ({ record }) => record.type,
  );
  const of = (type: LoggedType): UndoneRecord[] => changed.get(type) ?? [];
  const broken = [
    ...(await amongPlaces(context, of('PIPELINE'), of('PIPELINE_STAGE'))),
    ...(await amongDeals(context, undone, of('PIPELINE_STAGE'))),
    ...(await amongEmployees(context, of('EMPLOYEE'))),
  ];
  return broken.filter(({ error }) => !error).map((one) => ({ one, error: contradiction() }));
}

/** There is an active default pipeline; stages are numbered without gaps, and an active one is open. */
async function amongPlaces(context: ActionContext, pipelines: UndoneRecord[], stages: UndoneRecord[]) {
  if (!pipelines.length && !stages.length) return [];
  const found = await context.query<{ id: string; isDefault: boolean; isSound: boolean }>(sql`
    select p.id, p.is_default and p.is_active as "isDefault",
      max(s."order") = count(*) and bool_or(s.is_active and not s.is_closed_won and not s.is_closed_lost) as "isSound"
    from pipelines p
    left join pipeline_stages s on s.organization_id = p.organization_id and s.pipeline_id = p.id
    where p.organization_id = ${organizationOf(context).id}::uuid
    group by p.organization_id, p.id`);
  const unsound = new Set(found.flatMap(({ id, isSound }) => (isSound ? [] : [id])));
  const lacksDefault = !found.some(({ isDefault }) => isDefault);
  return [
    ...pipelines.filter(({ record }) => lacksDefault || unsound.has(record.id)),
    ...stages.filter(({ record: { first }, present }) =>
      unsound.has((present ?? first.before ?? first.after)?.pipeline_id as string),
    ),
  ];
}

/**
 * A deal is on a stage of its pipeline and of its outcome, as the last entry of its history says: the last one by its
 * id, since an imported deal may have been closed at the end of today.
 */
async function amongDeals(context: ActionContext, undone: readonly UndoneRecord[], stages: UndoneRecord[]) {
  const deals = undone.filter(({ record }) => record.type === 'DEAL');
  const changed = deals.filter((one) => one.isEffective);
  const idsOf = (records: readonly UndoneRecord[]) => records.map(({ record }) => record.id);
  const moved = new Set(undone.filter((one) => one.isEffective).flatMap((one) => dealOf(one) ?? []));
  if (!changed.length && !stages.length && !moved.size) return [];
  const own = (alias: string) => sql`${sql.ref(alias)}.organization_id = ${organizationOf(context).id}::uuid`;
  const broken = await context.query<{ deal: string; stage: string }>(sql`
    select d.id as deal, d.stage_id as stage
    from deals d
    join pipeline_stages s on ${own('s')} and s.id = d.stage_id
    where ${own('d')}
      and (d.id = any(${idsOf(changed)}::uuid[]) or d.stage_id = any(${idsOf(stages)}::uuid[]))
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
      and d.id = any(${[...moved]}::uuid[])
      and (last.to_stage_id is distinct from d.stage_id or last.to_status <> d.status)`);
  const ids = new Set(broken.flatMap(({ deal, stage }) => [deal, stage]));
  return [...deals, ...stages].filter(({ record }) => ids.has(record.id));
}

/** Nobody is their own superior. */
async function amongEmployees(context: ActionContext, employees: UndoneRecord[]) {
  const moved = employees.filter((one) => one.putsBack('manager_id'));
  if (!moved.length) return [];
  const managers = await managersAbove(
    context,
    moved.map(({ record }) => record.id),
  );
  return moved.filter(({ record }) => isSuperiorOf(managers, record.id, record.id));
}
