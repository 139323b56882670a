import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, type InputFault } from '../../platform/records/inputs.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import type { NewPipeline, PipelineChanges, StageTemplateInput } from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { addStages, standardStages } from './standard-pipeline.js';

export async function createPipeline(acting: ActionContext, { stages, ...input }: NewPipeline): Promise<Pipeline> {
  const { record: pipeline } = await check(acting, {
    find: { record: () => newRecord(acting, Pipeline) },
    state: async () => [stages && (await namesRefused(acting, stages))],
  });
  assign(pipeline, input);
  pipeline.code = await acting.nextCode(Pipeline);
  if (pipeline.isDefault) await dropDefault(acting, await lockPipelines(acting));
  acting.persist(pipeline);
  addStages(acting, pipeline, stages ?? standardStages);
  await acting.flush();
  return pipeline;
}

export async function updatePipeline(
  acting: ActionContext,
  id: string,
  input: PipelineChanges,
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const { record: pipeline } = await check(acting, {
    find: { record: () => lock(acting, Pipeline, id) },
    expectedVersion,
    state: ({ record }) => [
      record.isDefault &&
        input.isActive === false &&
        new Conflict('DEFAULT_PIPELINE', 'The default pipeline stays active; make another one the default first'),
    ],
  });
  assign(pipeline, input);
  await acting.flush();
  return pipeline;
}

/** Closed deals lose pipeline and stage and keep everything else; the database clears their references. */
export async function deletePipeline(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  const { record: pipeline } = await check(acting, {
    find: { record: () => lock(acting, Pipeline, id) },
    expectedVersion,
    state: async ({ record }) => [
      record.isDefault &&
        new Conflict('DEFAULT_PIPELINE', 'The default pipeline cannot be deleted; make another one the default first'),
      await openDealsRefused(acting, record),
    ],
  });
  acting.remove(pipeline);
  await acting.flush();
}

async function openDealsRefused(acting: ActionContext, { organizationId, id }: Pipeline): Promise<Refusal> {
  const [deals] = await acting.query<{ open: number }>(
    sql`select count(*)::integer as open
      from deals
      where organization_id = ${organizationId}::uuid and pipeline_id = ${id}::uuid and status = 'OPEN'`,
  );
  const { open } = deals!;
  return (
    open > 0 &&
    new Conflict('PIPELINE_HAS_OPEN_DEALS', `${open} open deals are in this pipeline; close or move them first`)
  );
}

/** Two stages may not have names that differ by nothing but case. */
async function namesRefused(acting: ActionContext, stages: StageTemplateInput[]): Promise<Refusal> {
  const repeated = await acting.query<{ place: number }>(
    sql`select s.place::integer - 1 as place
      from (
        select place, row_number() over (partition by folded(name) order by place) as turn
        from unnest(${stages.map(({ name }) => name)}::text[]) with ordinality as t(name, place)
      ) s
      where s.turn > 1
      order by 1`,
  );
  const faults = repeated.map(({ place }): InputFault => {
    return { path: `input.stages.${place}.name`, code: 'NOT_UNIQUE', message: 'is the name of another stage' };
  });
  return faultsRefused(faults);
}

/** Exactly one pipeline of an organization has the flag, at every moment that others can see. */
export async function setDefaultPipeline(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const all = await lockPipelines(acting);
  const { record: pipeline } = await check(acting, {
    find: { record: () => all.find((one) => one.id === id) ?? lock(acting, Pipeline, id) },
    expectedVersion,
    state: ({ record }) => [
      !record.isDefault &&
        !record.isActive &&
        new Conflict('PIPELINE_INACTIVE', 'An inactive pipeline cannot be the default; activate it first'),
    ],
  });
  if (pipeline.isDefault) return pipeline;
  await dropDefault(acting, all);
  pipeline.isDefault = true;
  await acting.flush();
  return pipeline;
}

/** All pipelines of the organization, always locked in the same order. */
async function lockPipelines(acting: ActionContext): Promise<Pipeline[]> {
  await acting.find(Pipeline, {}, 'update');
  // Once more: whoever held them meanwhile may have added one.
  return acting.find(Pipeline, {}, 'update');
}

/** Takes the flag away before it is given anew: the unique index allows one at a time. */
async function dropDefault(acting: ActionContext, pipelines: Pipeline[]): Promise<void> {
  for (const pipeline of pipelines) pipeline.isDefault = false;
  await acting.flush();
}
