import { BadInput } from '../../platform/errors.js';
import { type Acting, hold, organizationOf } from '../../platform/tenancy/acting.js';
import { today } from '../../platform/tenancy/today.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import type { Deal } from './deal.js';
import { DealStageChange } from './deal-stage-change.js';

const refuse = (path: string, reason: string, message: string) =>
  new BadInput([{ path, code: 'NOT_ALLOWED', message }], reason);

/** A stage that a deal shall enter: it must be active and of the pipeline, if there is one. */
export async function stageFor(
  acting: Acting,
  stageId: string,
  pipelineId: string | null,
  path: string,
): Promise<PipelineStage> {
  const stage = await hold(acting, PipelineStage, stageId, path);
  if (pipelineId && stage.pipelineId !== pipelineId)
    throw refuse(path, 'STAGE_NOT_IN_PIPELINE', "is not a stage of the deal's pipeline");
  if (!stage.isActive) throw refuse(path, 'STAGE_INACTIVE', 'is inactive; choose an active stage');
  return stage;
}

/** Where a new deal begins: what was asked for, else the default pipeline's first active open stage. */
export async function placeFor(
  acting: Acting,
  asked: { pipelineId?: string | null; stageId?: string | null },
  under: string,
): Promise<PipelineStage> {
  const given = asked.pipelineId ? await hold(acting, Pipeline, asked.pipelineId, `${under}.pipelineId`) : null;
  const stage = asked.stageId ? await stageFor(acting, asked.stageId, given?.id ?? null, `${under}.stageId`) : null;
  const pipeline =
    given ??
    (stage ? await hold(acting, Pipeline, stage.pipelineId, `${under}.stageId`) : await defaultPipeline(acting));
  if (!pipeline.isActive)
    throw refuse(
      `${under}.${given ? 'pipelineId' : 'stageId'}`,
      'PIPELINE_INACTIVE',
      'takes no new deals; choose an active pipeline',
    );
  return stage ?? firstOpen(await stagesOf(acting, pipeline.id));
}

export async function defaultPipeline({ em, viewer }: Acting): Promise<Pipeline> {
  return em.findOneOrFail(Pipeline, { organizationId: organizationOf({ viewer }).id, isDefault: true });
}

export const stagesOf = ({ em, viewer }: Acting, pipelineId: string): Promise<PipelineStage[]> =>
  em.find(PipelineStage, { organizationId: organizationOf({ viewer }).id, pipelineId }, { orderBy: { order: 'asc' } });

/** Every pipeline has one. */
export const firstOpen = (stages: PipelineStage[]): PipelineStage =>
  stages.find(({ takesOpenDeals }) => takesOpenDeals)!;

/** The stage of a pipeline on which deals are closed with this outcome, if it has one. */
export const closedStage = (stages: PipelineStage[], outcome: 'WON' | 'LOST'): PipelineStage | null =>
  stages.find((stage) => (outcome === 'WON' ? stage.isClosedWon : stage.isClosedLost)) ?? null;

/** The open stage on which the deal last was and still can be; else the first open one. */
export async function lastOpenStage(acting: Acting, deal: Deal, stages: PipelineStage[]): Promise<PipelineStage> {
  const { organizationId, id: dealId } = deal;
  const history = await acting.em.find(
    DealStageChange,
    { organizationId, dealId },
    { orderBy: { changedAt: 'desc', id: 'desc' } },
  );
  const open = stages.filter(({ takesOpenDeals }) => takesOpenDeals);
  const last = history.find(({ toStageId }) => open.some(({ id }) => id === toStageId));
  return open.find(({ id }) => id === last?.toStageId) ?? firstOpen(stages);
}

/** An open deal is expected to close today or later. */
export function checkExpected({ viewer }: Acting, on: string | null | undefined, path: string): void {
  if (on && on < today(viewer))
    throw new BadInput([{ path, code: 'OUT_OF_RANGE', message: 'must not be in the past' }]);
}

/** Where a deal stood before a change, for its history. */
export type Standing = Pick<Deal, 'stageId' | 'status'> & { stageName: string | null };

/** Writes into the history what has changed since; nothing when nothing has. */
export async function record(acting: Acting, deal: Deal, before: Standing | null): Promise<void> {
  if (before && before.stageId === deal.stageId && before.status === deal.status) return;
  const change = new DealStageChange();
  const { organizationId, id: dealId, stageId: toStageId, status: toStatus } = deal;
  Object.assign(change, { organizationId, dealId, toStageId, toStatus, changedById: acting.viewer.userId });
  change.toStageName = (await stageName(acting, deal)) ?? '';
  if (before) {
    change.fromStageId = before.stageId;
    change.fromStageName = before.stageName;
    change.fromStatus = before.status;
  }
  acting.em.persist(change);
}

export async function standingOf(acting: Acting, deal: Deal): Promise<Standing> {
  return { stageId: deal.stageId, status: deal.status, stageName: await stageName(acting, deal) };
}

async function stageName({ em }: Acting, { organizationId, stageId }: Deal): Promise<string | null> {
  if (!stageId) return null;
  return (await em.findOneOrFail(PipelineStage, { organizationId, id: stageId })).name;
}
