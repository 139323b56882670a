import { unsoundDeals } from '../../crm/deals/sound-deals.js';
import { isSuperiorOf, managersAbove } from '../../crm/employees/managers.js';
import { unsoundPipelines } from '../../crm/pipelines/sound-pipelines.js';
import { Conflict } from '../../platform/errors.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
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

async function amongPlaces(context: ActionContext, pipelines: UndoneRecord[], stages: UndoneRecord[]) {
  if (!pipelines.length && !stages.length) return [];
  const { ids, hasDefault } = await unsoundPipelines(context);
  return [
    ...pipelines.filter(({ record }) => !hasDefault || ids.has(record.id)),
    ...stages.filter(({ record: { first }, present }) =>
      ids.has((present ?? first.before ?? first.after)?.pipeline_id as string),
    ),
  ];
}

async function amongDeals(context: ActionContext, undone: readonly UndoneRecord[], stages: UndoneRecord[]) {
  const deals = undone.filter(({ record }) => record.type === 'DEAL');
  const changed = deals.filter((one) => one.isEffective);
  const moved = new Set(undone.filter((one) => one.isEffective).flatMap((one) => dealOf(one) ?? []));
  if (!changed.length && !stages.length && !moved.size) return [];
  const ids = await unsoundDeals(context, {
    dealIds: changed.map(({ record }) => record.id),
    stageIds: stages.map(({ record }) => record.id),
    movedIds: [...moved],
  });
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
