import { looks } from '../../platform/database/entities.js';
import { sql } from '../../platform/database/sql.js';
import { BadInput, Collision, NotFound } from '../../platform/errors.js';
import { type Acting, organizationOf } from '../../platform/tenancy/acting.js';
import { today } from '../../platform/tenancy/today.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import type { Deal, Standing } from './deal.js';
import { DealStageChange } from './deal-stage-change.js';

const refuse = (path: string, reason: string, message: string) =>
  new BadInput([{ path, code: 'NOT_ALLOWED', message }], reason);

/** Pipelines that deals come from or go to, with their stages: both stay as they are until the transaction ends. */
export class Places {
  constructor(
    readonly pipelines: Pipeline[],
    readonly stages: PipelineStage[],
  ) {}

  get default(): Pipeline {
    const found = this.pipelines.find(({ isDefault }) => isDefault);
    if (!found) throw new Collision('Another pipeline has become the default one');
    return found;
  }

  /** Stages of a pipeline in order. */
  of(pipelineId: string | null): PipelineStage[] {
    return this.stages.filter((stage) => stage.pipelineId === pipelineId);
  }

  pipeline(id: string, path: string): Pipeline {
    return this.pipelines.find((pipeline) => pipeline.id === id) ?? missing(path);
  }

  /** A stage that a deal shall enter. */
  stage(id: string, pipelineId: string | null, path: string): PipelineStage {
    const stage = this.stages.find((one) => one.id === id) ?? missing(path);
    checkEntry(stage, pipelineId, path);
    return stage;
  }

  nameOf(stageId: string | null): string | null {
    return this.stages.find(({ id }) => id === stageId)?.name ?? null;
  }
}

/** A stage that deals enter must be active and of their pipeline, if they have one. */
export function checkEntry(stage: PipelineStage, pipelineId: string | null, path: string): void {
  if (pipelineId && stage.pipelineId !== pipelineId)
    throw refuse(path, 'STAGE_NOT_IN_PIPELINE', "is not a stage of the deal's pipeline");
  if (!stage.isActive) throw refuse(path, 'STAGE_INACTIVE', 'is inactive; choose an active stage');
}

/**
 * Holds the named pipelines and those of the named stages; the default one when none is named. Whoever changes a
 * pipeline or its stages locks the pipeline, so deals hold it before they are locked themselves, always in one order.
 */
export const holdPlaces = (acting: Acting, asked: Asked): Promise<Places> => acting.together(placesOf, asked);

const ofPipeline = ['id', 'isDefault', 'isActive'] as const;
const ofStage = [
  'id',
  'pipelineId',
  'name',
  'order',
  'probability',
  'isActive',
  'isClosedWon',
  'isClosedLost',
] as const;

/** All that are asked for at once; who asks for one finds it among them. */
async function placesOf(acting: Acting, asked: readonly Asked[]): Promise<Places[]> {
  const own = sql`organization_id = ${organizationOf(acting).id}::uuid`;
  const [pipelineIds, stageIds] = [
    idsIn(asked.flatMap((one) => one.pipelineIds)),
    idsIn(asked.flatMap((one) => one.stageIds)),
  ];
  const needsDefault = asked.some((one) => idsIn([...one.pipelineIds, ...one.stageIds]).length === 0);
  const ofStages = sql`select pipeline_id from pipeline_stages where ${own} and id = any(${stageIds}::uuid[])`;
  const named = sql`id = any(${pipelineIds}::uuid[]) or id in (${ofStages})`;
  const wanted = sql`${own} and (${needsDefault ? sql`${named} or is_default` : named})`;
  const ofWanted = sql`${own} and pipeline_id in (select id from pipelines where ${wanted})`;
  const [pipelines, stages] = await acting.inOrder([
    () => looks(acting.em, Pipeline, ofPipeline, wanted, 'share'),
    () => looks(acting.em, PipelineStage, ofStage, ofWanted, 'none'),
  ]);
  stages.sort((one, other) => one.order - other.order);
  const places = new Places(pipelines, stages);
  return asked.map(() => places);
}

/** What a deal leaves or enters, where it is known. */
interface Asked {
  pipelineIds: Ids;
  stageIds: Ids;
}

const idsIn = (ids: Ids): string[] => [...new Set(ids)].filter((id) => id != null);

type Ids = (string | null | undefined)[];

const missing = (path: string): never => {
  throw new NotFound(path);
};

export interface Place {
  stage: PipelineStage;
  places: Places;
}

/** Where a new deal begins: what was asked for, else the default pipeline's first active open stage. */
export async function placeFor(
  acting: Acting,
  { pipelineId, stageId }: { pipelineId?: string | null; stageId?: string | null },
  under: string,
): Promise<Place> {
  const places = await holdPlaces(acting, { pipelineIds: [pipelineId], stageIds: [stageId] });
  const given = pipelineId ? places.pipeline(pipelineId, `${under}.pipelineId`) : null;
  const stage = stageId ? places.stage(stageId, given?.id ?? null, `${under}.stageId`) : null;
  const pipeline = given ?? (stage ? places.pipeline(stage.pipelineId, `${under}.stageId`) : places.default);
  if (!pipeline.isActive)
    throw refuse(
      `${under}.${given ? 'pipelineId' : 'stageId'}`,
      'PIPELINE_INACTIVE',
      'takes no new deals; choose an active pipeline',
    );
  return { stage: stage ?? firstOpen(places.of(pipeline.id)), places };
}

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

/** Writes into the history what has changed since; nothing when nothing has. */
export function record(acting: Acting, deal: Deal, before: Standing | null, places: Places): void {
  if (before && before.stageId === deal.stageId && before.status === deal.status) return;
  const change = new DealStageChange();
  const { organizationId, id: dealId, stageId: toStageId, status: toStatus } = deal;
  Object.assign(change, { organizationId, dealId, toStageId, toStatus, changedById: acting.viewer.userId });
  change.toStageName = places.nameOf(toStageId) ?? '';
  if (before) {
    change.fromStageId = before.stageId;
    change.fromStageName = places.nameOf(before.stageId);
    change.fromStatus = before.status;
  }
  acting.em.persist(change);
}
