import { v7 } from 'uuid';
import { sql } from '../../platform/database/sql.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import type { PipelineStage } from '../pipelines/pipeline-stage.js';
import type { Standing } from './closing.js';
import type { DealStatus } from './deal.enums.js';
import type { Deal } from './deal.js';
import { DealStageChange } from './deal-stage-change.js';
import { firstOpen, type Places } from './stages.js';

/** Adds an entry to the deal's history if stage or status differ from before. */
export function recordStageChange(context: ActionContext, deal: Deal, before: Standing | null, known: Places): void {
  if (before && before.stageId === deal.stageId && before.status === deal.status) return;
  write(context, deal, { before, after: deal.standing, changedAt: new Date() }, known);
}

/** The history of an imported deal: created on the first open stage, and closed at the end of a day. */
export function recordImport(context: ActionContext, deal: Deal, known: Places, closedAt: Date): void {
  const { createdAt, standing } = deal;
  const first: Standing =
    standing.status === 'OPEN' ? standing : { stageId: firstOpen(known.of(deal.pipelineId)).id, status: 'OPEN' };
  write(context, deal, { before: null, after: first, changedAt: createdAt }, known);
  if (standing.status !== 'OPEN') write(context, deal, { before: first, after: standing, changedAt: closedAt }, known);
}

interface StageMove {
  from: PipelineStage;
  to: PipelineStage;
  changedAt: Date;
}

/**
 * Adds an entry for each of many deals that move from a stage that is about to be deleted to another and keep their
 * status, in one statement.
 */
export async function recordMoves(
  context: ActionContext,
  deals: { id: string; status: DealStatus }[],
  { from, to, changedAt }: StageMove,
): Promise<void> {
  await context.query(sql`
    insert into deal_stage_changes (
      id, organization_id, deal_id, from_stage_name, from_status, to_stage_id, to_stage_name, to_status,
      changed_by_id, changed_at
    )
    select entry, ${from.organizationId}::uuid, deal, ${from.name}, status, ${to.id}::uuid,
      ${to.name}, status, ${context.viewer.userId}::uuid, ${changedAt}
    from unnest(
      ${deals.map(() => v7())}::uuid[],
      ${deals.map(({ id }) => id)}::uuid[],
      ${deals.map(({ status }) => status)}::text[]
    ) as moved(entry, deal, status)`);
}

interface Move {
  before: Standing | null;
  after: Standing;
  changedAt: Date;
}

function write(context: ActionContext, deal: Deal, { before, after, changedAt }: Move, known: Places): void {
  const change = new DealStageChange();
  const { organizationId, id: dealId } = deal;
  const { stageId: toStageId, status: toStatus } = after;
  Object.assign(change, { organizationId, dealId, toStageId, toStatus, changedById: context.viewer.userId, changedAt });
  change.toStageName = known.nameOf(toStageId) ?? '';
  if (before) {
    change.fromStageId = before.stageId;
    change.fromStageName = known.nameOf(before.stageId);
    change.fromStatus = before.status;
  }
  context.persist(change);
}
