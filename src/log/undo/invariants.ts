import { unsoundDeals } from '../../crm/deals/sound-deals.js';
import { isSuperiorOf, managersAbove } from '../../crm/employees/managers.js';
import { unsoundPipelines } from '../../crm/pipelines/sound-pipelines.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { LoggedType } from '../record-types.js';
import { isLaterByOthers } from './later-sets.js';
import { dealOf, type Failure, type UndoneRecord } from './undone-record.js';

export const contradiction = () =>
  new Conflict('CONTRADICTION', 'With its former values, the record would contradict itself or others');

/** A record that breaks a rule beside others. */
interface Broken {
  one: UndoneRecord;
  /** The column whose former value does not go with them. */
  column: string;
  /** A statement for the ids of the others. */
  others: Fragment;
  /** The columns of the others that decide. */
  decisive: readonly string[];
}

/** Records that break a rule which no constraint of the database holds, because others have changed in between. */
export async function contradicting(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const changed = Map.groupBy(
    undone.filter((one) => one.isEffective),
    ({ record }) => record.type,
  );
  const of = (type: LoggedType): UndoneRecord[] => changed.get(type) ?? [];
  const broken = [
    ...(await amongPipelines(context, undone, of('PIPELINE'), of('PIPELINE_STAGE'))),
    ...(await amongDeals(context, undone, of('PIPELINE_STAGE'))),
    ...(await amongEmployees(context, of('EMPLOYEE'))),
  ];
  const failures = await unconverted(context, of('LEAD'));
  for (const one of broken) if (!one.one.error) failures.push(await failureOf(context, one));
  return failures;
}

/** The conflict of a record with the latest change of others that decides; none is named if none is known. */
async function failureOf(context: ActionContext, { one, column, others, decisive }: Broken): Promise<Failure> {
  const { last } = one.record;
  const [later] = await context.query<{ recordId: string; column: string }>(sql`
    select other.id as "recordId", later.column
    from (${others}) as other(id)
    cross join lateral (
      select c.id,
        coalesce((select name from unnest(${decisive}::text[]) as name where c.after ? name limit 1), 'id') as column
      from changes c
      where c.organization_id = ${organizationOf(context).id}::uuid
        and c.record_id = other.id
        and ${isLaterByOthers('c', sql`${last.id}::uuid`)}
        and (c.after ?| ${decisive}::text[] or c.action = 'DELETED')
      order by c.id desc
      limit 1
    ) as later
    order by later.id desc
    limit 1`);
  const obstacle = later && { ...later, after: last.id };
  return { one, error: contradiction(), conflicts: obstacle && one.conflictOn(column, { obstacle }) };
}

const idsOf = (ids: readonly unknown[]): Fragment => sql`select unnest(${ids.filter(Boolean)}::uuid[])`;

async function amongPipelines(
  context: ActionContext,
  undone: readonly UndoneRecord[],
  pipelines: UndoneRecord[],
  stages: UndoneRecord[],
): Promise<Broken[]> {
  if (!pipelines.length && !stages.length) return [];
  const { ids, hasDefault } = await unsoundPipelines(context);
  const own = sql`organization_id = ${organizationOf(context).id}::uuid`;
  const isGone = ({ present, record }: UndoneRecord) => !present && record.type === 'PIPELINE_STAGE';
  const gone = idsOf(undone.filter(isGone).map(({ record }) => record.id));
  // A stage that others have deleted leaves a gap.
  const stagesOf = (pipelineId: unknown) => sql`
    select id from pipeline_stages where ${own} and pipeline_id = ${pipelineId}::uuid
    union
    select record_id
    from changes
    where ${own}
      and record_id in (${gone})
      and action = 'DELETED'
      and before ->> 'pipeline_id' = ${pipelineId}::text`;
  return [
    ...pipelines.flatMap((one): Broken[] => {
      if (!hasDefault)
        return [
          {
            one,
            column: 'is_default',
            others: sql`select id from pipelines where ${own}`,
            decisive: ['is_default', 'is_active'],
          },
        ];
      if (!ids.has(one.record.id)) return [];
      return [{ one, column: 'is_active', others: stagesOf(one.record.id), decisive: openness }];
    }),
    ...stages.flatMap((one): Broken[] => {
      const { record, present } = one;
      const pipelineId = (present ?? record.first.before ?? record.first.after)?.pipeline_id;
      if (!ids.has(pipelineId as string)) return [];
      const column = one.putsBack('order') ? 'order' : 'is_active';
      return [{ one, column, others: stagesOf(pipelineId), decisive: [...openness, 'order'] }];
    }),
  ];
}

const outcomes = ['is_closed_won', 'is_closed_lost'];
const openness = ['is_active', ...outcomes];

async function amongDeals(
  context: ActionContext,
  undone: readonly UndoneRecord[],
  stages: UndoneRecord[],
): Promise<Broken[]> {
  const deals = undone.filter(({ record }) => record.type === 'DEAL');
  const changed = deals.filter((one) => one.isEffective);
  const moved = new Set(undone.filter((one) => one.isEffective).flatMap((one) => dealOf(one) ?? []));
  if (!changed.length && !stages.length && !moved.size) return [];
  const ids = await unsoundDeals(context, {
    dealIds: changed.map(({ record }) => record.id),
    stageIds: stages.map(({ record }) => record.id),
    movedIds: [...moved],
  });
  const standing = ['stage_id', 'status'];
  const dealsOn = (stageId: string) => sql`
    select id
    from deals
    where organization_id = ${organizationOf(context).id}::uuid
      and stage_id = ${stageId}::uuid`;
  const ofDeal = (one: UndoneRecord): Broken => ({
    one,
    column: 'stage_id',
    others: idsOf([one.record.id, one.former.stage_id]),
    decisive: [...standing, ...outcomes],
  });
  const ofStage = (one: UndoneRecord): Broken => ({
    one,
    column: outcomes.find((outcome) => one.putsBack(outcome)) ?? 'is_closed_won',
    others: dealsOn(one.record.id),
    decisive: standing,
  });
  const unsound = ({ record }: UndoneRecord) => ids.has(record.id);
  return [...deals.filter(unsound).map(ofDeal), ...stages.filter(unsound).map(ofStage)];
}

/** Leads that would be open again while a customer still says to have been converted from them. */
async function unconverted(context: ActionContext, leads: readonly UndoneRecord[]): Promise<Failure[]> {
  const open = leads.filter((one) => one.putsBack('is_converted') && one.former.is_converted === false);
  if (!open.length) return [];
  const found = await context.query<{ leadId: string; id: string }>(sql`
    select converted_from_lead_id as "leadId", id
    from customers
    where organization_id = ${organizationOf(context).id}::uuid
      and converted_from_lead_id = any(${open.map(({ record }) => record.id)}::uuid[])`);
  const customers = new Map(found.map(({ leadId, id }) => [leadId, id]));
  return open.flatMap((one): Failure[] => {
    const customer = customers.get(one.record.id);
    if (!customer) return [];
    const obstacle = one.record.obstacleOn('converted_from_lead_id', customer);
    return [{ one, error: contradiction(), conflicts: one.conflictOn('is_converted', { obstacle }) }];
  });
}

/** Nobody is their own superior. */
async function amongEmployees(context: ActionContext, employees: UndoneRecord[]): Promise<Broken[]> {
  const moved = employees.filter((one) => one.putsBack('manager_id'));
  if (!moved.length) return [];
  const managers = await managersAbove(
    context,
    moved.map(({ record }) => record.id),
  );
  return moved
    .filter(({ record }) => isSuperiorOf(managers, record.id, record.id))
    .map((one) => ({ one, column: 'manager_id', others: idsOf([...managers.keys()]), decisive: ['manager_id'] }));
}
