import { BadInput, Conflict, NotFound, Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import { type Acting, checkVersion, glimpse, lock, onDuplicate } from '../../platform/tenancy/acting.js';
import type { StageChanges } from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { PipelineStage } from './pipeline-stage.js';

onDuplicate('pipeline_stages_name_key', () => nameTaken());

const nameTaken = (existingId?: string) =>
  new Taken('DUPLICATE_NAME', 'input.name', 'Another stage of the pipeline has this name', existingId);

/** Later stages move up. */
export async function createPipelineStage(acting: Acting, input: StageChanges): Promise<PipelineStage> {
  const { em } = acting;
  const { stages } = await lockStages(acting, input.pipelineId!, 'input.pipelineId');
  const stage = new PipelineStage();
  const { probability, order, ...rest } = input;
  assign(stage, rest);
  stage.organizationId = stages[0]!.organizationId;
  stage.settleProbability(probability ?? undefined, 'input');
  checkSiblings(stage, stages);
  const afterOpen = Math.max(...stages.filter(({ isOpen }) => isOpen).map((open) => open.order)) + 1;
  stages.splice(clamp(order ?? afterOpen, stages.length + 1) - 1, 0, stage);
  number(stages);
  em.persist(stage);
  await em.flush();
  return stage;
}

export async function updatePipelineStage(
  acting: Acting,
  id: string,
  input: StageChanges,
  expectedVersion?: number | null,
): Promise<PipelineStage> {
  const { em } = acting;
  const { stage, stages } = await lockStage(acting, id);
  checkVersion(stage, expectedVersion);
  const closes =
    (input.isClosedWon ?? stage.isClosedWon) !== stage.isClosedWon ||
    (input.isClosedLost ?? stage.isClosedLost) !== stage.isClosedLost;
  if (closes) await refuseDeals(acting, stage, 'Deals are on this stage; move them before it is closed or reopened');
  const { probability, ...rest } = input;
  assign(stage, rest);
  stage.settleProbability(probability ?? undefined, 'input');
  checkSiblings(stage, stages);
  refuseWithoutOpenStage(stages);
  await em.flush();
  return stage;
}

/** Puts a stage at a position; the others close up. */
export async function reorderPipelineStage(
  acting: Acting,
  id: string,
  order: number,
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const { pipeline, stage, stages } = await lockStage(acting, id);
  checkVersion(stage, expectedVersion);
  const others = stages.filter((other) => other !== stage);
  others.splice(clamp(order, stages.length) - 1, 0, stage);
  return renumber(acting, pipeline, others);
}

/** Puts all stages of a pipeline into the given order. */
export async function reorderPipelineStages(
  acting: Acting,
  pipelineId: string,
  stageIds: string[],
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const { pipeline, stages } = await lockStages(acting, pipelineId, 'pipelineId');
  checkVersion(pipeline, expectedVersion);
  const asked = stageIds.map((id) => stages.find((stage) => stage.id === id));
  for (const [n, id] of stageIds.entries()) if (!asked[n]) await glimpse(acting, PipelineStage, id, `stageIds.${n}`);
  if (asked.includes(undefined) || new Set(asked).size !== stages.length || asked.length !== stages.length)
    throw new BadInput(
      [{ path: 'stageIds', code: 'INVALID', message: "must name each of the pipeline's stages exactly once" }],
      'NOT_A_PERMUTATION',
    );
  return renumber(acting, pipeline, asked as PipelineStage[]);
}

/** A pipeline, locked, with its stages in order: whatever changes their order does it in turn. */
async function lockStages(
  acting: Acting,
  pipelineId: string,
  path: string,
): Promise<{ pipeline: Pipeline; stages: PipelineStage[] }> {
  const pipeline = await lock(acting, Pipeline, pipelineId, path);
  const { organizationId } = pipeline;
  const stages = await acting.em.find(
    PipelineStage,
    { organizationId, pipelineId },
    { orderBy: { order: 'asc' }, refresh: true },
  );
  return { pipeline, stages };
}

/** The same by one of its stages. The pipeline is locked first, always: else two of these could wait for each other. */
export async function lockStage(acting: Acting, id: string) {
  const { pipelineId } = await glimpse(acting, PipelineStage, id);
  const { pipeline, stages } = await lockStages(acting, pipelineId, 'id');
  const stage = stages.find((one) => one.id === id);
  if (!stage) throw new NotFound('id');
  return { pipeline, stages, stage };
}

/** Gives stages the positions in which they stand. */
export function number(stages: PipelineStage[]): boolean {
  const moved = stages.filter((stage, n) => stage.order !== n + 1);
  stages.forEach((stage, n) => {
    stage.order = n + 1;
  });
  return moved.length > 0;
}

async function renumber({ em }: Acting, pipeline: Pipeline, stages: PipelineStage[]): Promise<Pipeline> {
  if (number(stages)) pipeline.updatedAt = new Date();
  await em.flush();
  return pipeline;
}

export async function refuseDeals(
  { em }: Acting,
  { organizationId, id }: PipelineStage,
  message: string,
): Promise<void> {
  const deals = await em.count(recordNamed('Deal') as never, { organizationId, stageId: id } as never);
  if (deals > 0) throw new Conflict('STAGE_NOT_EMPTY', message);
}

export function refuseWithoutOpenStage(stages: PipelineStage[]): void {
  if (!stages.some(({ takesOpenDeals }) => takesOpenDeals))
    throw new Conflict('LAST_OPEN_STAGE', 'A pipeline needs an active open stage; add another one first');
}

function checkSiblings(stage: PipelineStage, stages: PipelineStage[]): void {
  const others = stages.filter((other) => other !== stage);
  const same = others.find((other) => other.name.toLowerCase() === stage.name.toLowerCase());
  if (same) throw nameTaken(same.id);
  for (const flag of ['isClosedWon', 'isClosedLost'] as const)
    if (stage[flag] && others.some((other) => other[flag]))
      throw new Conflict('CLOSED_STAGE_EXISTS', `The pipeline has another stage with ${flag}; change that one first`);
}

const clamp = (order: number, most: number) => Math.min(Math.max(order, 1), most);
