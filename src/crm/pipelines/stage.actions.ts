import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, NotFound, type Refusal, Taken } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { type ActionContext, lock, newRecord, organizationOf, peek } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { closedFlagFaults, type StageChanges } from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { PipelineStage } from './pipeline-stage.js';

onDuplicate(uniqueKey(PipelineStage, 'pipelineId', 'nameSort'), () => nameTaken());

const nameTaken = (existingId?: string) =>
  new Taken('DUPLICATE_NAME', 'input.name', 'Another stage of the pipeline has this name', existingId);

/** Later stages move up. */
export async function createPipelineStage(acting: ActionContext, input: StageChanges): Promise<PipelineStage> {
  const {
    record: stage,
    locked: { stages },
  } = await check(acting, {
    find: {
      locked: () => lockStages(acting, input.pipelineId!, 'input.pipelineId'),
      record: () => newRecord(acting, PipelineStage),
    },
    state: ({ record, locked }) => siblingsRefused(acting, record, input, locked.stages),
  });
  const { probability, order, ...rest } = input;
  assign(stage, rest);
  stage.settleProbability(probability);
  const afterOpen = Math.max(...stages.filter(({ isOpen }) => isOpen).map((open) => open.order)) + 1;
  stages.splice(clamp(order ?? afterOpen, stages.length + 1) - 1, 0, stage);
  number(stages);
  acting.persist(stage);
  await acting.flush();
  return stage;
}

export async function updatePipelineStage(
  acting: ActionContext,
  id: string,
  input: StageChanges,
  expectedVersion?: number | null,
): Promise<PipelineStage> {
  const { record: stage } = await check(acting, {
    find: lockStage(acting, id),
    expectedVersion,
    state: ({ record, locked }) => changesRefused(acting, record, input, locked.stages),
  });
  const { probability, ...rest } = input;
  assign(stage, rest);
  stage.settleProbability(probability);
  await acting.flush();
  return stage;
}

/** Puts a stage at a position; the others close up. */
export async function reorderPipelineStage(
  acting: ActionContext,
  id: string,
  order: number,
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const {
    record: stage,
    locked: { pipeline, stages },
  } = await check(acting, { find: lockStage(acting, id), expectedVersion });
  const others = stages.filter((other) => other !== stage);
  others.splice(clamp(order, stages.length) - 1, 0, stage);
  return renumber(acting, pipeline, others);
}

/** Puts all stages of a pipeline into the given order. */
export async function reorderPipelineStages(
  acting: ActionContext,
  pipelineId: string,
  stageIds: string[],
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const locked = once(() => lockStages(acting, pipelineId, 'pipelineId'));
  const { record: pipeline, named } = await check(acting, {
    find: {
      locked,
      record: async () => (await locked()).pipeline,
      named: {
        find: () => acting.findWhere(PipelineStage, namedBy(acting, stageIds), 'none'),
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
  return renumber(
    acting,
    pipeline,
    stageIds.map((id) => byId.get(id)!),
  );
}

const namedBy = (acting: ActionContext, stageIds: string[]) =>
  sql`organization_id = ${organizationOf(acting).id}::uuid and id = any(${stageIds}::uuid[])`;

const noPermutation = () =>
  new BadInput(
    [{ path: 'stageIds', code: 'INVALID', message: "must name each of the pipeline's stages exactly once" }],
    'NOT_A_PERMUTATION',
  );

/** A pipeline, locked, with its stages in order: whatever changes their order does it in turn. */
async function lockStages(
  acting: ActionContext,
  pipelineId: string,
  path: string,
): Promise<{ pipeline: Pipeline; stages: PipelineStage[] }> {
  const pipeline = await lock(acting, Pipeline, pipelineId, path);
  const stages = await acting.find(PipelineStage, { pipelineId }, 'update');
  stages.sort((one, other) => one.order - other.order);
  return { pipeline, stages };
}

/** The same by one of its stages. The pipeline is locked first, always: else two of these could wait for each other. */
export function lockStage(acting: ActionContext, id: string) {
  const locked = once(async () => {
    const { pipelineId } = await peek(acting, PipelineStage, id);
    return lockStages(acting, pipelineId, 'id');
  });
  return {
    locked,
    record: async () => {
      const stage = (await locked()).stages.find((one) => one.id === id);
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

/** Gives stages the positions in which they stand. */
export function number(stages: PipelineStage[]): boolean {
  const moved = stages.filter((stage, n) => stage.order !== n + 1);
  stages.forEach((stage, n) => {
    stage.order = n + 1;
  });
  return moved.length > 0;
}

async function renumber(acting: ActionContext, pipeline: Pipeline, stages: PipelineStage[]): Promise<Pipeline> {
  if (number(stages)) pipeline.updatedAt = new Date();
  await acting.flush();
  return pipeline;
}

/** STAGE_NOT_EMPTY while deals stand on it. */
export async function dealsRefused(
  acting: ActionContext,
  { organizationId, id }: PipelineStage,
  message: string,
): Promise<Refusal> {
  const deals = await acting.query(
    sql`select from deals where organization_id = ${organizationId}::uuid and stage_id = ${id}::uuid limit 1`,
  );
  return deals.length > 0 && new Conflict('STAGE_NOT_EMPTY', message);
}

export const withoutOpenStage = (stages: readonly Pick<PipelineStage, 'takesOpenDeals'>[]): Refusal =>
  !stages.some(({ takesOpenDeals }) => takesOpenDeals) &&
  new Conflict('LAST_OPEN_STAGE', 'A pipeline needs an active open stage; add another one first');

async function changesRefused(
  acting: ActionContext,
  stage: PipelineStage,
  input: StageChanges,
  stages: PipelineStage[],
): Promise<Refusal[]> {
  const changed = changedBy(stage, input);
  const { isActive = stage.isActive, isClosedWon = stage.isClosedWon, isClosedLost = stage.isClosedLost } = input;
  const closes = changed.has('isClosedWon') || changed.has('isClosedLost');
  const probability = changed.has('probability') ? input.probability : undefined;
  const faults = closedFlagFaults({ isClosedWon, isClosedLost, probability });
  const others = stages.filter((other) => other !== stage);
  return [
    faultsRefused(faults, 'input'),
    closes && (await dealsRefused(acting, stage, 'Deals are on this stage; move them before it is closed or reopened')),
    ...(await siblingsRefused(acting, stage, input, stages)),
    withoutOpenStage([...others, { takesOpenDeals: isActive && !isClosedWon && !isClosedLost }]),
  ];
}

/** What a stage may not become beside the others of its pipeline. */
async function siblingsRefused(
  acting: ActionContext,
  stage: PipelineStage,
  input: StageChanges,
  stages: PipelineStage[],
): Promise<Refusal[]> {
  const changed = changedBy(stage, input);
  const others = stages.filter((other) => other !== stage);
  const [same] = changed.has('name') && others.length ? await namedAlike(acting, others, input.name!) : [];
  const flags = (['isClosedWon', 'isClosedLost'] as const).filter(
    (flag) => changed.has(flag) && input[flag] && others.some((other) => other[flag]),
  );
  return [
    same && nameTaken(same.id),
    ...flags.map(
      (flag) =>
        new Conflict('CLOSED_STAGE_EXISTS', `The pipeline has another stage with ${flag}; change that one first`),
    ),
  ];
}

/** The database compares names, by the one case folding. */
const namedAlike = (acting: ActionContext, stages: PipelineStage[], name: string): Promise<{ id: string }[]> =>
  acting.query(
    sql`select id from pipeline_stages
      where organization_id = ${stages[0]!.organizationId}::uuid
        and id = any(${stages.map(({ id }) => id)}::uuid[])
        and name_sort = folded(${name}::text)`,
  );

const clamp = (order: number, most: number) => Math.min(Math.max(order, 1), most);
