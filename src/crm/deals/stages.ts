import { sql } from '../../platform/database/sql.js';
import { BadInput, Collision, NotFound, type Refusal } from '../../platform/errors.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { byOrder, PipelineStage } from '../pipelines/pipeline-stage.js';
import type { Deal } from './deal.js';

const entryRefused = (path: string, reason: string, message: string) =>
  new BadInput([{ path, code: 'NOT_ALLOWED', message }], reason);

/** Pipelines that deals leave or enter, with their stages. They are locked until the transaction ends. */
export class Places {
  constructor(
    readonly pipelines: Pipeline[],
    readonly stages: PipelineStage[],
  ) {}

  get default(): Pipeline {
    const found = this.pipelines.find(({ isDefault }) => isDefault);
    if (!found) throw new Collision('Another pipeline has become the default');
    return found;
  }

  /** Stages of a pipeline in order. */
  of(pipelineId: string | null): PipelineStage[] {
    return this.stages.filter((stage) => stage.pipelineId === pipelineId);
  }

  hasPipeline(id: string): boolean {
    return this.pipelines.some((pipeline) => pipeline.id === id);
  }

  hasStage(id: string): boolean {
    return this.stages.some((stage) => stage.id === id);
  }

  /** Pipeline and stage exist: `missing` of `places` has refused other ids. */
  pipeline(id: string): Pipeline {
    return this.pipelines.find((pipeline) => pipeline.id === id)!;
  }

  stage(id: string): PipelineStage {
    return this.stages.find((stage) => stage.id === id)!;
  }

  nameOf(stageId: string | null): string | null {
    return this.stages.find(({ id }) => id === stageId)?.name ?? null;
  }
}

/** A stage that a deal enters must be active and, if the deal has a pipeline, belong to it. */
export function stageRefused(stage: PipelineStage, pipelineId: string | null, path: string): Refusal {
  if (pipelineId && stage.pipelineId !== pipelineId)
    return entryRefused(path, 'STAGE_NOT_IN_PIPELINE', "is not a stage of the deal's pipeline");
  return !stage.isActive && entryRefused(path, 'STAGE_INACTIVE', 'is inactive; choose an active stage');
}

/** A pipeline that deals enter must be active. */
export const pipelineRefused = (pipeline: Pipeline, path: string): Refusal =>
  !pipeline.isActive && entryRefused(path, 'PIPELINE_INACTIVE', 'takes no new deals; choose an active pipeline');

/**
 * Locks the pipelines that a deal leaves or enters and those of the named stages; the default pipeline if none is
 * named. Changes of a pipeline or its stages lock the pipeline, so every action locks pipelines before deals, in the
 * same order.
 */
export function places(context: ActionContext, ids: PlaceIds, under: string, leaves?: string | null) {
  const { pipelineId, stageId } = ids;
  return {
    find: () => context.batch(placesOf, { pipelineIds: [leaves, pipelineId], stageIds: [stageId] }),
    missing: (found: Places): Refusal => {
      const paths = [
        pipelineId && !found.hasPipeline(pipelineId) && `${under}pipelineId`,
        stageId && !found.hasStage(stageId) && `${under}stageId`,
      ].filter((path) => typeof path === 'string');
      return paths.length > 0 && new NotFound(paths);
    },
  };
}

/** Pipeline and stage as an input names them. */
export interface PlaceIds {
  pipelineId?: string | null;
  stageId?: string | null;
}

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

/** Reads all pipelines that were requested together, so every request gets the same object. */
async function placesOf(context: ActionContext, asked: readonly Asked[]): Promise<Places[]> {
  const own = sql`organization_id = ${organizationOf(context).id}::uuid`;
  const [pipelineIds, stageIds] = [
    idsIn(asked.flatMap(({ pipelineIds: ids }) => ids)),
    idsIn(asked.flatMap(({ stageIds: ids }) => ids)),
  ];
  const needsDefault = asked.some((deal) => idsIn([...deal.pipelineIds, ...deal.stageIds]).length === 0);
  const ofStages = sql`
    select pipeline_id
    from pipeline_stages
    where ${own}
      and id = any(${stageIds}::uuid[])`;
  const named = sql`id = any(${pipelineIds}::uuid[]) or id in (${ofStages})`;
  const wanted = sql`${own} and (${needsDefault ? sql`${named} or is_default` : named})`;
  const ofWanted = sql`${own} and pipeline_id in (select id from pipelines where ${wanted})`;
  const [pipelines, stages] = await context.inOrder([
    () => context.findReadOnly(Pipeline, ofPipeline, wanted, 'share'),
    () => context.findReadOnly(PipelineStage, ofStage, ofWanted, 'none'),
  ]);
  stages.sort(byOrder);
  const places = new Places(pipelines, stages);
  return asked.map(() => places);
}

/** Ids of pipelines and stages that a deal leaves or enters. */
interface Asked {
  pipelineIds: Ids;
  stageIds: Ids;
}

const idsIn = (ids: Ids): string[] => [...new Set(ids)].filter((id) => id != null);

type Ids = (string | null | undefined)[];

/** The first stage of a new deal: the requested stage, else the first active open stage of the pipeline. */
export function beginning({ pipelineId, stageId }: PlaceIds, found: Places): PipelineStage {
  if (stageId) return found.stage(stageId);
  return firstOpen(found.of(pipelineId ?? found.default.id));
}

/** Reasons why a new deal may not begin there; paths are below `under`. */
export function beginningRefused({ pipelineId, stageId }: PlaceIds, found: Places, under: string): Refusal[] {
  const stage = stageId ? found.stage(stageId) : null;
  const entered = pipelineId ?? stage?.pipelineId;
  return [
    stage && stageRefused(stage, pipelineId ?? null, `${under}stageId`),
    entered && pipelineRefused(found.pipeline(entered), `${under}${pipelineId ? 'pipelineId' : 'stageId'}`),
  ];
}

/** Every pipeline has an active open stage. */
export const firstOpen = (stages: PipelineStage[]): PipelineStage =>
  stages.find(({ takesOpenDeals }) => takesOpenDeals)!;

/** The stage for closed deals with this outcome, if the pipeline has one. */
export const closedStage = (stages: PipelineStage[], outcome: 'WON' | 'LOST'): PipelineStage | null =>
  stages.find((stage) => (outcome === 'WON' ? stage.isClosedWon : stage.isClosedLost)) ?? null;

/** The last active open stage, of which every pipeline has one. */
export const lastOpen = (stages: PipelineStage[]): PipelineStage =>
  stages.filter(({ takesOpenDeals }) => takesOpenDeals).at(-1)!;

/** The stage to which a deal moves when it gets this outcome; null if it stays where it is. */
export function closingStage(
  stages: PipelineStage[],
  outcome: 'WON' | 'LOST',
  { stageId }: PlaceIds,
): PipelineStage | null {
  const own = closedStage(stages, outcome);
  if (own) return own;
  const isOnOther = stages.some(({ id, isOpen }) => id === stageId && !isOpen);
  return isOnOther ? lastOpen(stages) : null;
}

/** The last open stage of the deal that still takes open deals, else the first open stage. */
export async function lastOpenStage(
  context: ActionContext,
  deal: Deal,
  stages: PipelineStage[],
): Promise<PipelineStage> {
  const history = await context.batch(pastStagesOf, deal.id);
  const open = stages.filter(({ takesOpenDeals }) => takesOpenDeals);
  const last = history.find((stageId) => open.some(({ id }) => id === stageId));
  return open.find(({ id }) => id === last) ?? firstOpen(stages);
}

/** Ids of the stages that deals have entered, newest first; null for deleted ones. */
async function pastStagesOf(context: ActionContext, dealIds: readonly string[]): Promise<(string | null)[][]> {
  const named = dealIds.length === 1 ? sql`= ${dealIds[0]}::uuid` : sql`= any(${dealIds}::uuid[])`;
  const rows = await context.query<{ deal_id: string; stage_id: string | null }>(
    sql`select deal_id, to_stage_id as stage_id
      from deal_stage_changes
      where organization_id = ${organizationOf(context).id}::uuid
        and deal_id ${named}
      order by changed_at desc, id desc`,
  );
  const byDeal = Map.groupBy(rows, ({ deal_id }) => deal_id);
  return dealIds.map((id) => (byDeal.get(id) ?? []).map(({ stage_id }) => stage_id));
}
