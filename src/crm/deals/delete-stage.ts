import { LockMode } from '@mikro-orm/core';
import { BadInput } from '../../platform/errors.js';
import { type Acting, checkVersion, hold } from '../../platform/tenancy/acting.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { lockStage, number, refuseDeals, refuseWithoutOpenStage } from '../pipelines/stage.actions.js';
import type { DeleteStageArgs } from './deal.inputs.js';
import { Deal } from './deal.js';
import { record, stageFor, standingOf } from './stages.js';

/** Deals on it go to another open stage first; later stages move down. */
export async function deletePipelineStage(acting: Acting, args: DeleteStageArgs): Promise<void> {
  const { em } = acting;
  const { pipeline, stage, stages } = await lockStage(acting, args.id);
  const target = args.moveDealsToStageId ? await targetOf(acting, stage, args.moveDealsToStageId) : null;
  checkVersion(stage, args.expectedVersion);
  const remaining = stages.filter((other) => other !== stage);
  refuseWithoutOpenStage(remaining);
  if (target) await moveDeals(acting, stage, target);
  else await refuseDeals(acting, stage, 'Deals are on this stage; name another one for them in moveDealsToStageId');
  em.remove(stage);
  number(remaining);
  pipeline.updatedAt = new Date();
  await em.flush();
}

async function targetOf(acting: Acting, stage: PipelineStage, id: string): Promise<PipelineStage> {
  const path = 'moveDealsToStageId';
  await hold(acting, PipelineStage, id, path);
  if (id === stage.id)
    throw new BadInput([{ path, code: 'NOT_ALLOWED', message: 'must be another stage' }], 'STAGE_NOT_IN_PIPELINE');
  const target = await stageFor(acting, id, stage.pipelineId, path);
  if (!target.isOpen)
    throw new BadInput([{ path, code: 'NOT_ALLOWED', message: 'is closed; choose an open stage' }], 'STAGE_NOT_OPEN');
  return target;
}

/** Open deals take the probability of their new stage, closed ones keep what they have. */
async function moveDeals(acting: Acting, from: PipelineStage, to: PipelineStage): Promise<void> {
  const { organizationId, id: stageId } = from;
  for (const deal of await acting.em.find(
    Deal,
    { organizationId, stageId },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  )) {
    const before = await standingOf(acting, deal);
    if (deal.status === 'OPEN') deal.moveTo(to, { on: '' });
    else deal.standOn(to);
    await record(acting, deal, before);
  }
  await acting.em.flush();
}
