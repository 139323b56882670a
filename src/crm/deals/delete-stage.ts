import { BadInput, type Refusal } from '../../platform/errors.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, peek } from '../../platform/tenancy/action-context.js';
import { check, ifGiven } from '../../platform/tenancy/checks.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { dealsRefused, lockStage, renumber, withoutOpenStage } from '../pipelines/stage.actions.js';
import type { DeleteStageArgs } from './deal.inputs.js';
import { Deal } from './deal.js';
import { recordStageChange } from './stage-history.js';
import { Places, stageRefused } from './stages.js';

/** Moves the stage's deals to another open stage and closes the gap in the order. */
export async function deletePipelineStage(context: ActionContext, args: DeleteStageArgs): Promise<DeletePayload> {
  const { moveDealsToStageId, expectedVersion } = args;
  const {
    record: stage,
    locked,
    target,
  } = await check(context, {
    find: {
      ...lockStage(context, args.id),
      target: () => ifGiven(moveDealsToStageId, (id) => peek(context, PipelineStage, id, 'moveDealsToStageId')),
    },
    expectedVersion,
    state: async (found) => [
      found.target && targetRefused(found.record, found.target),
      withoutOpenStage(found.locked.stages.filter((stage) => stage !== found.record)),
      !found.target &&
        (await dealsRefused(
          context,
          found.record,
          'This stage has deals; name another stage for them in moveDealsToStageId',
        )),
    ],
  });
  const { pipeline, stages } = locked;
  if (target) await moveDeals(context, stage, target, new Places([pipeline], stages));
  context.remove(stage);
  renumber(stages.filter((sibling) => sibling !== stage));
  pipeline.touch();
  await context.flush();
  return { id: stage.id };
}

function targetRefused(stage: PipelineStage, target: PipelineStage): Refusal {
  const path = 'moveDealsToStageId';
  const refuse = (reason: string, message: string) => new BadInput([{ path, code: 'NOT_ALLOWED', message }], reason);
  if (target.id === stage.id) return refuse('STAGE_NOT_IN_PIPELINE', 'must be another stage');
  return (
    stageRefused(target, stage.pipelineId, path) ||
    (!target.isOpen && refuse('STAGE_NOT_OPEN', 'is closed; choose an open stage'))
  );
}

/** Open deals take the probability of their new stage; closed deals keep theirs. */
async function moveDeals(
  context: ActionContext,
  from: PipelineStage,
  to: PipelineStage,
  places: Places,
): Promise<void> {
  for (const deal of await context.find(Deal, { stageId: from.id }, 'update')) {
    const before = deal.standing;
    if (deal.status === 'OPEN') deal.enter(to);
    else deal.standOn(to);
    recordStageChange(context, deal, before, places);
  }
  await context.flush();
}
