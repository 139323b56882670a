import type { Refusal } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import {
  type ActionContext,
  lock,
  lockShared,
  newRecord,
  organizationOf,
} from '../../platform/tenancy/action-context.js';
import { check, ifGiven, lockSeen } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { type AssignArguments, assignRecord } from '../employees/assignment.js';
import { Lead } from '../leads/lead.js';
import { endOfDay } from '../organizations/imports.js';
import type { Standing } from './closing.js';
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
import type { CreateDealInput, MarkLostArgs, MarkWonArgs, MoveDealStageArgs, UpdateDealInput } from './deal.inputs.js';
import { Deal } from './deal.js';
import { lockDeal } from './lock-deal.js';
import { recordImport, recordStageChange } from './stage-history.js';
import { beginning, closingStage, lastOpenStage, type Places, places, stageRefused } from './stages.js';

onDuplicate(uniqueKey(Deal, 'externalId'), () => externalIdTaken());

export async function createDeal(context: ActionContext, input: CreateDealInput): Promise<Deal> {
  const found = await check(context, {
    find: {
      // Winning a deal without a customer converts its lead.
      lead: () =>
        ifGiven(input.leadId, (id) => (input.customerId ? lockShared : lock)(context, Lead, id, 'input.leadId')),
      customer: () => ifGiven(input.customerId, (id) => lockShared(context, Customer, id, 'input.customerId')),
      assignedTo: assigned(context, input),
      places: places(context, input, 'input.'),
      record: () => newRecord(context, Deal),
      externalId: ownExternalId(context, Deal, input),
      closedAt: () =>
        ifGiven(input.createdAt, (createdAt) =>
          endOfDay(context, { createdAt: String(createdAt), closedOn: input.actualCloseDate ?? null }),
        ),
    },
    state: ({ lead, places: known, closedAt }) => [
      ...newDealRefused(context.viewer, input, known, lead),
      input.createdAt && !closedAt && closedBeforeCreated(),
    ],
  });
  const { record: deal, lead } = found;
  const { probability, actualCloseDate, lostReason, stageId: _stage, pipelineId: _pipeline, ...rest } = input;
  const stage = beginning(input, found.places);
  deal.currency = organizationOf(context).currency;
  assign(deal, { ...rest, customerId: input.customerId ?? lead?.convertedCustomerId ?? null });
  deal.moveTo(stage, { on: actualCloseDate ?? today(context.viewer), lostReason });
  if (stage.isOpen) deal.probability = probability ?? stage.probability;
  deal.updateExpectedRevenue();
  deal.code = await context.nextCode(Deal);
  context.persist(deal);
  if (found.closedAt) recordImport(context, deal, found.places, found.closedAt);
  else recordStageChange(context, deal, null, found.places);
  await finish(context, deal, null);
  return deal;
}

export async function updateDeal(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateDealInput>,
): Promise<Deal> {
  const found = await check(context, {
    find: { ...(await lockDeal(context, id, input, 'input.')), externalId: ownExternalId(context, Deal, input) },
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
  else if (stage) deal.moveTo(stage, { on: actualCloseDate ?? today(context.viewer), lostReason });
  assign(deal, { ...rest, customerId: buyerOf(deal, input, leads) });
  if (deal.status === 'OPEN') deal.probability = probability ?? deal.probability;
  else if (actualCloseDate) deal.actualCloseDate = actualCloseDate;
  if (deal.status === 'LOST' && lostReason !== undefined) deal.lostReason = lostReason;
  deal.updateExpectedRevenue();
  recordStageChange(context, deal, before, found.places);
  await finish(context, deal, before);
  return deal;
}

export async function moveDealStage(context: ActionContext, args: MoveDealStageArgs): Promise<Deal> {
  const { stageId, actualCloseDate, lostReason } = args;
  return change(context, args, {
    refusals: (deal, known, leads) => {
      const stage = known.stage(stageId);
      return [
        stageId !== deal.stageId && stageRefused(stage, deal.pipelineId, 'stageId'),
        closingRefused(stage, args),
        stage.isClosedWon && winRefused(deal, {}, leads),
      ];
    },
    work: (deal, known) =>
      deal.moveTo(known.stage(stageId), { on: actualCloseDate ?? today(context.viewer), lostReason }),
  });
}

export async function markWon(context: ActionContext, args: MarkWonArgs): Promise<Deal> {
  const on = args.actualCloseDate ?? today(context.viewer);
  return change(context, args, {
    refusals: (deal, _known, leads) => [winRefused(deal, {}, leads)],
    work: (deal, known) => deal.mark('WON', closingStage(known.of(deal.pipelineId), 'WON', deal), { on }),
  });
}

export async function markLost(context: ActionContext, args: MarkLostArgs): Promise<Deal> {
  const { lostReason, actualCloseDate } = args;
  const on = actualCloseDate ?? today(context.viewer);
  return change(context, args, {
    work: (deal, known) => deal.mark('LOST', closingStage(known.of(deal.pipelineId), 'LOST', deal), { on, lostReason }),
  });
}

/** Reopens the deal on its last open stage. A deal without a pipeline goes to the default pipeline. */
export async function reopenDeal(context: ActionContext, args: VerbArguments): Promise<Deal> {
  return change(context, args, {
    work: async (deal, known) =>
      deal.reopen(await lastOpenStage(context, deal, known.of(deal.pipelineId ?? known.default.id))),
  });
}

export const assignDeal = (context: ActionContext, args: AssignArguments): Promise<Deal> =>
  assignRecord(context, Deal, args, { isLockedLast: true });

export async function deleteDeal(context: ActionContext, args: VerbArguments): Promise<DeletePayload> {
  const deal = await lockSeen(context, Deal, args);
  context.remove(deal);
  await context.flush();
  return { id: deal.id };
}

interface Verb {
  refusals?: (deal: Deal, places: Places, leads: Lead[]) => Refusal[];
  work: (deal: Deal, places: Places) => void | Promise<void>;
}

async function change(
  context: ActionContext,
  { id, expectedVersion, stageId }: VerbArguments & { stageId?: string },
  { refusals, work }: Verb,
): Promise<Deal> {
  const found = await check(context, {
    find: await lockDeal(context, id, { stageId }),
    expectedVersion,
    state: ({ record: deal, places: known, leads }) => refusals?.(deal, known, leads) ?? [],
  });
  const before = found.record.standing;
  await work(found.record, found.places);
  recordStageChange(context, found.record, before, found.places);
  await finish(context, found.record, before);
  return found.record;
}

/** Winning a deal of a lead converts the lead, unless the deal has a customer. */
async function finish(context: ActionContext, deal: Deal, before: Standing | null): Promise<void> {
  const converts = deal.status === 'WON' && before?.status !== 'WON' && deal.leadId && !deal.customerId;
  if (converts) deal.customerId = await customerOfWonLead(context, deal.leadId!);
  await (converts ? flushConversion(context) : context.flush());
}
