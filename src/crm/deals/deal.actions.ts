import type { Refusal } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import {
  type ActionContext,
  lock,
  lockShared,
  newRecord,
  organizationOf,
} from '../../platform/tenancy/action-context.js';
import { check, given } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { Lead } from '../leads/lead.js';
import { endOfDay } from '../organizations/imports.js';
import { customerOfWonLead, flushConversion } from './convert-lead.js';
import {
  buyerOf,
  changesRefused,
  closedBeforeCreated,
  closingRefused,
  newDealRefused,
  stageAsked,
  winRefused,
} from './deal.checks.js';
import type { DealChanges, MarkLostArgs, MarkWonArgs, MoveDealStageArgs } from './deal.inputs.js';
import { Deal, dealNotClosed, type Standing } from './deal.js';
import { lockDeal } from './lock-deal.js';
import {
  beginning,
  closedStage,
  lastOpenStage,
  type Places,
  places,
  record,
  recordImport,
  stageRefused,
} from './stages.js';

onDuplicate(uniqueKey(Deal, 'externalId'), () => externalIdTaken());

export async function createDeal(acting: ActionContext, input: DealChanges): Promise<Deal> {
  const found = await check(acting, {
    find: {
      // Winning a deal without a customer converts its lead.
      lead: () => given(input.leadId, (id) => (input.customerId ? lockShared : lock)(acting, Lead, id, 'input.leadId')),
      customer: () => given(input.customerId, (id) => lockShared(acting, Customer, id, 'input.customerId')),
      assignedTo: assigned(acting, input),
      places: places(acting, input, 'input.'),
      record: () => newRecord(acting, Deal),
      externalId: ownExternalId(acting, Deal, input),
      closedAt: () =>
        given(input.createdAt, (createdAt) =>
          endOfDay(acting, { createdAt: String(createdAt), closedOn: input.actualCloseDate ?? null }),
        ),
    },
    state: ({ lead, places: known, closedAt }) => [
      ...newDealRefused(acting.viewer, input, known, lead),
      input.createdAt && !closedAt && closedBeforeCreated(),
    ],
  });
  const { record: deal, lead } = found;
  const { probability, actualCloseDate, lostReason, stageId: _stage, pipelineId: _pipeline, ...rest } = input;
  const stage = beginning(input, found.places);
  deal.currency = organizationOf(acting).currency;
  assign(deal, { ...rest, customerId: input.customerId ?? lead?.convertedCustomerId ?? null });
  deal.moveTo(stage, { on: actualCloseDate ?? today(acting.viewer), lostReason });
  if (stage.isOpen) deal.probability = probability ?? stage.probability;
  deal.weigh();
  deal.code = await acting.nextCode(Deal);
  acting.persist(deal);
  if (found.closedAt) recordImport(acting, deal, found.places, found.closedAt);
  else record(acting, deal, null, found.places);
  await finish(acting, deal, null);
  return deal;
}

export async function updateDeal(
  acting: ActionContext,
  id: string,
  input: DealChanges,
  expectedVersion?: number | null,
): Promise<Deal> {
  const found = await check(acting, {
    find: { ...(await lockDeal(acting, id, input, 'input.')), externalId: ownExternalId(acting, Deal, input) },
    expectedVersion,
    state: ({ record: deal, places: known, leads }) => [
      ...changesRefused(deal, input, known, leads),
      tagsRefused(deal, input),
    ],
  });
  const { record: deal, leads } = found;
  const before = deal.standing;
  const {
    stageId: _stage,
    pipelineId: _pipeline,
    probability,
    actualCloseDate,
    lostReason,
    ...rest
  } = tagged(deal, input);
  const stage = stageAsked(deal, input, found.places);
  if (stage && !input.stageId && deal.status !== 'OPEN') deal.standOn(stage);
  else if (stage) deal.moveTo(stage, { on: actualCloseDate ?? today(acting.viewer), lostReason });
  assign(deal, { ...rest, customerId: buyerOf(deal, input, leads) });
  if (deal.status === 'OPEN') deal.probability = probability ?? deal.probability;
  else if (actualCloseDate) deal.actualCloseDate = actualCloseDate;
  if (deal.status === 'LOST' && lostReason !== undefined) deal.lostReason = lostReason;
  deal.weigh();
  record(acting, deal, before, found.places);
  await finish(acting, deal, before);
  return deal;
}

export async function moveDealStage(acting: ActionContext, args: MoveDealStageArgs): Promise<Deal> {
  const { stageId, actualCloseDate, lostReason } = args;
  return change(acting, args, {
    refusals: (deal, known, leads) => {
      const stage = known.stage(stageId);
      return [
        stageId !== deal.stageId && stageRefused(stage, deal.pipelineId, 'stageId'),
        closingRefused(stage, args),
        stage.isClosedWon && winRefused(deal, {}, leads),
      ];
    },
    work: (deal, known) =>
      deal.moveTo(known.stage(stageId), { on: actualCloseDate ?? today(acting.viewer), lostReason }),
  });
}

export async function markWon(acting: ActionContext, args: MarkWonArgs): Promise<Deal> {
  const on = args.actualCloseDate ?? today(acting.viewer);
  return change(acting, args, {
    refusals: (deal, _known, leads) => [winRefused(deal, {}, leads)],
    work: (deal, known) => deal.markWon(closedStage(known.of(deal.pipelineId), 'WON'), { on }),
  });
}

export async function markLost(acting: ActionContext, args: MarkLostArgs): Promise<Deal> {
  const { lostReason, actualCloseDate } = args;
  const on = actualCloseDate ?? today(acting.viewer);
  return change(acting, args, {
    work: (deal, known) => deal.markLost(closedStage(known.of(deal.pipelineId), 'LOST'), { on, lostReason }),
  });
}

/** Back to the last open stage; a deal whose pipeline is gone goes to the default one. */
export async function reopenDeal(
  acting: ActionContext,
  args: { id: string; expectedVersion?: number | null },
): Promise<Deal> {
  return change(acting, args, {
    refusals: (deal) => [deal.status === 'OPEN' && dealNotClosed('An open deal cannot be reopened')],
    work: async (deal, known) =>
      deal.reopen(await lastOpenStage(acting, deal, known.of(deal.pipelineId ?? known.default.id))),
  });
}

export async function deleteDeal(acting: ActionContext, id: string, expectedVersion?: number | null): Promise<void> {
  const { record: deal } = await check(acting, { find: { record: () => lock(acting, Deal, id) }, expectedVersion });
  acting.remove(deal);
  await acting.flush();
}

interface Verb {
  refusals?: (deal: Deal, places: Places, leads: Lead[]) => Refusal[];
  work: (deal: Deal, places: Places) => void | Promise<void>;
}

async function change(
  acting: ActionContext,
  { id, expectedVersion, stageId }: Pick<MoveDealStageArgs, 'id' | 'expectedVersion'> & { stageId?: string },
  { refusals, work }: Verb,
): Promise<Deal> {
  const found = await check(acting, {
    find: await lockDeal(acting, id, { stageId }),
    expectedVersion,
    state: ({ record: deal, places: known, leads }) => refusals?.(deal, known, leads) ?? [],
  });
  const before = found.record.standing;
  await work(found.record, found.places);
  record(acting, found.record, before, found.places);
  await finish(acting, found.record, before);
  return found.record;
}

/** A deal that is won from a lead brings a customer with it. */
async function finish(acting: ActionContext, deal: Deal, before: Standing | null): Promise<void> {
  const converts = deal.status === 'WON' && before?.status !== 'WON' && deal.leadId && !deal.customerId;
  if (converts) deal.customerId = await customerOfWonLead(acting, deal.leadId!);
  await (converts ? flushConversion(acting) : acting.flush());
}
