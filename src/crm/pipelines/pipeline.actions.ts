import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, type InputFault } from '../../platform/records/inputs.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import type { CreatePipelineInput, StageTemplateInput, UpdatePipelineInput } from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { addStages, standardStages } from './standard-pipeline.js';

onDuplicate(uniqueKey(Pipeline, 'externalId'), () => externalIdTaken());

export async function createPipeline(
  context: ActionContext,
  { stages, ...input }: CreatePipelineInput,
): Promise<Pipeline> {
  const { record: pipeline } = await check(context, {
    find: { record: () => newRecord(context, Pipeline), externalId: ownExternalId(context, Pipeline, input) },
    state: async () => [stages && (await namesRefused(context, stages))],
  });
  assign(pipeline, input);
  pipeline.code = await context.nextCode(Pipeline);
  if (pipeline.isDefault) await dropDefault(context, await lockPipelines(context));
  context.persist(pipeline);
  addStages(context, pipeline, stages ?? standardStages);
  await context.flush();
  return pipeline;
}

export async function updatePipeline(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdatePipelineInput>,
): Promise<Pipeline> {
  const { record: pipeline } = await check(context, {
    find: { record: () => lock(context, Pipeline, id), externalId: ownExternalId(context, Pipeline, input) },
    expectedVersion,
    state: ({ record }) => [input.isActive === false && record.deactivationRefused()],
  });
  assign(pipeline, input);
  await context.flush();
  return pipeline;
}

/** Closed deals stay without pipeline and stage; the database clears the references. */
export async function deletePipeline(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<DeletePayload> {
  const { record: pipeline } = await check(context, {
    find: { record: () => lock(context, Pipeline, id) },
    expectedVersion,
    state: async ({ record }) => [record.deletionRefused(), await openDealsRefused(context, record)],
  });
  context.remove(pipeline);
  await context.flush();
  return { id };
}

async function openDealsRefused(context: ActionContext, { organizationId, id }: Pipeline): Promise<Refusal> {
  const [deals] = await context.query<{ open: number }>(
    sql`select count(*)::integer as open
      from deals
      where organization_id = ${organizationId}::uuid
        and pipeline_id = ${id}::uuid
        and status = 'OPEN'`,
  );
  const { open } = deals!;
  return (
    open > 0 &&
    new Conflict('PIPELINE_HAS_OPEN_DEALS', `${open} open deals are in this pipeline; close or move them first`)
  );
}

/** Names of stages must differ by more than case. */
async function namesRefused(context: ActionContext, stages: StageTemplateInput[]): Promise<Refusal> {
  const repeated = await context.query<{ place: number }>(
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

/** Other transactions always see exactly one default pipeline. */
export async function setDefaultPipeline(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<Pipeline> {
  const all = await lockPipelines(context);
  const { record: pipeline } = await check(context, {
    find: { record: () => all.find((pipeline) => pipeline.id === id) ?? lock(context, Pipeline, id) },
    expectedVersion,
    state: ({ record }) => [record.defaultRefused()],
  });
  if (pipeline.isDefault) return pipeline;
  await dropDefault(context, all);
  pipeline.isDefault = true;
  await context.flush();
  return pipeline;
}

/** Locks all pipelines of the organization, always in the same order. */
async function lockPipelines(context: ActionContext): Promise<Pipeline[]> {
  await context.find(Pipeline, {}, 'update');
  // Read again, since the transaction that held the locks may have added a pipeline.
  return context.find(Pipeline, {}, 'update');
}

/** Flushes before another pipeline becomes the default, since the unique index allows one default at a time. */
async function dropDefault(context: ActionContext, pipelines: Pipeline[]): Promise<void> {
  for (const pipeline of pipelines) pipeline.isDefault = false;
  await context.flush();
}
