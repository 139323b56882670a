import type { Deal } from '../../src/crm/deals/deal.js';
import { DealStageChange } from '../../src/crm/deals/deal-stage-change.js';
import type { Tenant } from './organizations.js';

/** The day on which a deal entered a stage, in days from today, and the name of the stage. */
export type Step = [day: number, stage: string];

interface Circumstances {
  lostReason?: string | null;
  changedById: string | null;
}

/** Moves a new deal through its stages as its owner, and records each stage change. */
export function addHistory(
  { em, calendar, stages }: Tenant,
  deal: Deal,
  path: Step[],
  { lostReason, changedById }: Circumstances,
): void {
  const { organizationId, id: dealId } = deal;
  let from: Partial<DealStageChange> = {};
  for (const [day, name] of path) {
    const stage = stages.get(name)!;
    const changedAt = calendar.past(day, '16:00');
    if (!deal.stageId) deal.createdAt = changedAt;
    deal.moveTo(stage, { on: calendar.day(day), lostReason });
    deal.updatedAt = changedAt;
    const to = { toStageId: stage.id, toStageName: name, toStatus: deal.status };
    em.persist(Object.assign(new DealStageChange(), { organizationId, dealId, changedById, changedAt }, from, to));
    from = { fromStageId: stage.id, fromStageName: name, fromStatus: deal.status };
  }
}
