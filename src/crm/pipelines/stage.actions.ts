import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, NotFound, type Refusal, Taken } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import type { ChangeArguments } from '../../platform/schema/arguments.js';
import { type ActionContext, lock, newRecord, organizationOf, peek } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import {
  type CreatePipelineStageInput,
  closedFlagFaults,
  type ReorderStageArgs,
  type ReorderStagesArgs,
  type StageChanges,
  type UpdatePipelineStageInput,
} from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { byOrder, PipelineStage } from './pipeline-stage.js';

onDuplicate(uniqueKey(PipelineStage, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(PipelineStage, 'pipelineId', 'nameSort'), () => nameTaken());

const nameTaken = (existingId?: string) =>
  new Taken('DUPLICATE_NAME', 'input.name', 'Another stage of the pipeline has this name', existingId);

/** Inserts a stage; later stages move up. */
export async function createPipelineStage(
  context: ActionContext,
  input: CreatePipelineStageInput,
): Promise<PipelineStage> {
  const {
    record: stage,
    locked: { stages },
  } = await check(context, {
    find: {
      locked: () => lockStages(context, input.pipelineId!, 'input.pipelineId'),
      record: () => newRecord(context, PipelineStage),
      externalId: ownExternalId(context, PipelineStage, input),
    },
    state: ({ record, locked }) => siblingsRefused(context, record, input, locked.stages),
  });
  const { probability, order, ...rest } = input;
  assign(stage, rest);
  stage.settleProbability(probability);
  const afterOpen = Math.max(...stages.filter(({ isOpen }) => isOpen).map((open) => open.order)) + 1;
  stages.splice(clamp(order ?? afterOpen, stages.length + 1) - 1, 0, stage);
  renumber(stages);
  context.persist(stage);
  await context.flush();
  return stage;
}

export async function updatePipelineStage(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdatePipelineStageInput>,
): Promise<PipelineStage> {
  const { record: stage } = await check(context, {
    find: { ...lockStage(context, id), externalId: ownExternalId(context, PipelineStage, input) },
    expectedVersion,
    state: ({ record, locked }) => changesRefused(context, record, input, locked.stages),
  });
  const { probability, ...rest } = input;
  assign(stage, rest);
  stage.settleProbability(probability);
  await context.flush();
  return stage;
}

/** Moves a stage to a position. */
export async function reorderPipelineStage(
  context: ActionContext,
  { id, order, expectedVersion }: ReorderStageArgs,
): Promise<Pipeline> {
  const {
    record: stage,
    locked: { pipeline, stages },
  } = await check(context, { find: lockStage(context, id), expectedVersion });
  const siblings = siblingsOf(stage, stages);
  siblings.splice(clamp(order, stages.length) - 1, 0, stage);
  return reorder(context, pipeline, siblings);
}

/** Puts all stages of a pipeline into the given order. */
export async function reorderPipelineStages(
  context: ActionContext,
  { pipelineId, stageIds, expectedVersion }: ReorderStagesArgs,
): Promise<Pipeline> {
  const locked = once(() => lockStages(context, pipelineId, 'pipelineId'));
  const { record: pipeline, named } = await check(context, {
    find: {
      locked,
      record: async () => (await locked()).pipeline,
      named: {
        find: () => context.findWhere(PipelineStage, namedBy(context, stageIds), 'none'),
        missing: (found: PipelineStage[]) => {
          const known = new Set(found.map(({ id }) => id));
          const paths = stageIds.flatMap((id, n) => (known.has(id) ? [] : [`stageIds.${n}`]));
          return paths.length > 0 && new NotFound(paths);
        },
      },
    },
    expectedVersion,
    state: ({ locked: { stages } }) => [
      (stageIds.length !== stages.length || stages.some(({ id }) => !stageIds.includes(id))) && noPermutation(),
    ],
  });
  const byId = new Map(named.map((stage) => [stage.id, stage]));
  const stages = stageIds.map((id) => byId.get(id)!);
  return reorder(context, pipeline, stages);
}

const namedBy = (context: ActionContext, stageIds: string[]) =>
  sql`organization_id = ${organizationOf(context).id}::uuid and id = any(${stageIds}::uuid[])`;

const noPermutation = () =>
  new BadInput(
    [{ path: 'stageIds', code: 'INVALID', message: "must name each of the pipeline's stages exactly once" }],
    'NOT_A_PERMUTATION',
  );

/** Locks a pipeline and returns it with its stages in order. The lock makes changes of the order take turns. */
async function lockStages(
  context: ActionContext,
  pipelineId: string,
  path: string,
): Promise<{ pipeline: Pipeline; stages: PipelineStage[] }> {
  const pipeline = await lock(context, Pipeline, pipelineId, path);
  const stages = await context.find(PipelineStage, { pipelineId }, 'update');
  stages.sort(byOrder);
  return { pipeline, stages };
}

/** Locks the pipeline of a stage. The pipeline is always locked first, which prevents deadlocks. */
export function lockStage(context: ActionContext, id: string) {
  const locked = once(async () => {
    const { pipelineId } = await peek(context, PipelineStage, id);
    return lockStages(context, pipelineId, 'id');
  });
  return {
    locked,
    record: async () => {
      const stage = (await locked()).stages.find((candidate) => candidate.id === id);
      if (!stage) throw new NotFound('id');
      return stage;
    },
  };
}

function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let done: Promise<Value> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/** Numbers stages in the given order; returns whether any has moved. */
export function renumber(stages: PipelineStage[]): boolean {
  const moved = stages.filter((stage, n) => stage.order !== n + 1);
  stages.forEach((stage, n) => {
    stage.order = n + 1;
  });
  return moved.length > 0;
}

async function reorder(context: ActionContext, pipeline: Pipeline, stages: PipelineStage[]): Promise<Pipeline> {
  if (renumber(stages)) pipeline.touch();
  await context.flush();
  return pipeline;
}

/** STAGE_NOT_EMPTY while deals are on the stage. */
export async function dealsRefused(
  context: ActionContext,
  { organizationId, id }: PipelineStage,
  message: string,
): Promise<Refusal> {
  const deals = await context.query(sql`
    select from deals
    where organization_id = ${organizationId}::uuid
      and stage_id = ${id}::uuid
    limit 1`);
  return deals.length > 0 && new Conflict('STAGE_NOT_EMPTY', message);
}

export const withoutOpenStage = (stages: readonly Pick<PipelineStage, 'takesOpenDeals'>[]): Refusal =>
  !stages.some(({ takesOpenDeals }) => takesOpenDeals) &&
  new Conflict('LAST_OPEN_STAGE', 'A pipeline needs an active open stage; add another one first');

async function changesRefused(
  context: ActionContext,
  stage: PipelineStage,
  input: StageChanges,
  stages: PipelineStage[],
): Promise<Refusal[]> {
  const changed = changedBy(stage, input);
  const { isActive = stage.isActive, isClosedWon = stage.isClosedWon, isClosedLost = stage.isClosedLost } = input;
  const closes = changed.has('isClosedWon') || changed.has('isClosedLost');
  const probability = changed.has('probability') ? input.probability : undefined;
  const faults = closedFlagFaults({ isClosedWon, isClosedLost, probability });
  const siblings = siblingsOf(stage, stages);
  return [
    faultsRefused(faults, 'input'),
    closes &&
      (await dealsRefused(context, stage, 'This stage has deals; move them before you close or reopen the stage')),
    ...(await siblingsRefused(context, stage, input, stages)),
    withoutOpenStage([...siblings, { takesOpenDeals: isActive && !isClosedWon && !isClosedLost }]),
  ];
}

/** DUPLICATE_NAME or CLOSED_STAGE_EXISTS if another stage of the pipeline has the name or the closed flag. */
async function siblingsRefused(
  context: ActionContext,
  stage: PipelineStage,
  input: StageChanges,
  stages: PipelineStage[],
): Promise<Refusal[]> {
  const changed = changedBy(stage, input);
  const siblings = siblingsOf(stage, stages);
  const [same] = changed.has('name') && siblings.length ? await namedAlike(context, siblings, input.name!) : [];
  const flags = (['isClosedWon', 'isClosedLost'] as const).filter(
    (flag) => changed.has(flag) && input[flag] && siblings.some((sibling) => sibling[flag]),
  );
  return [
    same && nameTaken(same.id),
    ...flags.map(
      (flag) =>
        new Conflict('CLOSED_STAGE_EXISTS', `The pipeline has another stage with ${flag}; change that one first`),
    ),
  ];
}

/** The database compares names, since it has the case folding. */
const namedAlike = (context: ActionContext, stages: PipelineStage[], name: string): Promise<{ id: string }[]> =>
  context.query(
    sql`select id
      from pipeline_stages
      where organization_id = ${stages[0]!.organizationId}::uuid
        and id = any(${stages.map(({ id }) => id)}::uuid[])
        and name_sort = folded(${name}::text)`,
  );

const siblingsOf = (stage: PipelineStage, stages: PipelineStage[]): PipelineStage[] =>
  stages.filter((sibling) => sibling !== stage);

const clamp = (order: number, most: number) => Math.min(Math.max(order, 1), most);
