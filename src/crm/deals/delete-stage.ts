import { BadInput } from '../../platform/errors.js';
import { type Acting, checkVersion, glimpse, lockedInOrder } from '../../platform/tenancy/acting.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { lockStage, number, refuseDeals, refuseWithoutOpenStage } from '../pipelines/stage.actions.js';
import type { DeleteStageArgs } from './deal.inputs.js';
import { Deal } from './deal.js';
import { checkEntry, Places, record } from './stages.js';

/** Deals on it go to another open stage first; later stages move down. */
export async function deletePipelineStage(acting: Acting, args: DeleteStageArgs): Promise<void> {
  const { em } = acting;
  const { pipeline, stage, stages } = await lockStage(acting, args.id);
  const target = args.moveDealsToStageId ? await targetOf(acting, stage, args.moveDealsToStageId) : null;
  checkVersion(stage, args.expectedVersion);
  const remaining = stages.filter((other) => other !== stage);
  refuseWithoutOpenStage(remaining);
  if (target) await moveDeals(acting, stage, target, new Places([pipeline], stages));
  else await refuseDeals(acting, stage, 'Deals are on this stage; name another one for them in moveDealsToStageId');
  em.remove(stage);
  number(remaining);
  pipeline.updatedAt = new Date();
  await em.flush();
}

async function targetOf(acting: Acting, stage: PipelineStage, id: string): Promise<PipelineStage> {
  const path = 'moveDealsToStageId';
  const target = await glimpse(acting, PipelineStage, id, path);
  if (id === stage.id)
    throw new BadInput([{ path, code: 'NOT_ALLOWED', message: 'must be another stage' }], 'STAGE_NOT_IN_PIPELINE');
  checkEntry(target, stage.pipelineId, path);
  if (!target.isOpen)
    throw new BadInput([{ path, code: 'NOT_ALLOWED', message: 'is closed; choose an open stage' }], 'STAGE_NOT_OPEN');
  return target;
}

/** Open deals take the probability of their new stage, closed ones keep what they have. */
async function moveDeals(acting: Acting, from: PipelineStage, to: PipelineStage, places: Places): Promise<void> {
  const { organizationId, id: stageId } = from;
  for (const deal of await acting.em.find(Deal, { organizationId, stageId }, lockedInOrder)) {
    const before = deal.standing;
    if (deal.status === 'OPEN') deal.moveTo(to, { on: '' });
    else deal.standOn(to);
    record(acting, deal, before, places);
  }
  await acting.em.flush();
}
