import { sql } from '../../platform/database/sql.js';
import { BadInput, type Refusal } from '../../platform/errors.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, peek } from '../../platform/tenancy/action-context.js';
import { check, ifGiven } from '../../platform/tenancy/checks.js';
import { mostReached } from '../../platform/tenancy/reach.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { dealsRefused, lockStage, renumber, withoutOpenStage } from '../pipelines/stage.actions.js';
import type { DealStatus } from './deal.enums.js';
import type { DeleteStageArgs } from './deal.inputs.js';
import { expectedRevenueSql } from './expected-revenue.js';
import { recordMoves } from './stage-history.js';
import { stageRefused } from './stages.js';

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
  if (target) await moveDeals(context, stage, target);
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

/**
 * Open deals enter their new stage as `Deal.enter` says; closed deals only stand on it. A stage may have tens of
 * thousands of deals, so they are changed by a few statements instead of one by one.
 */
async function moveDeals(context: ActionContext, from: PipelineStage, to: PipelineStage): Promise<void> {
  const { organizationId } = from;
  const changedAt = new Date();
  const onStage = sql`organization_id = ${organizationId}::uuid and stage_id = ${from.id}::uuid`;
  const deals = await context.query<{ id: string; status: DealStatus }>(
    sql`select id, status from deals where ${onStage} order by id limit ${mostReached + 1} for update`,
  );
  // The deal, and its entry in the history.
  context.reach(2 * deals.length);
  const probability = sql`${to.probability}::numeric`;
  await context.query(sql`
    update deals
    set stage_id = ${to.id}::uuid,
      probability = case when status = 'OPEN' then ${probability} else probability end,
      expected_revenue = case
        when status = 'OPEN' then ${expectedRevenueSql(sql`value`, probability)}
        else expected_revenue
      end,
      version = version + 1,
      updated_at = ${changedAt}
    where ${onStage}`);
  await recordMoves(context, deals, { from, to, changedAt });
}
