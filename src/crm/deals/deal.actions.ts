import { BadInput, Conflict, type Fault } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { type Acting, checkVersion, hold, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import { checkExternalId, externalIdTaken } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { Customer } from '../customers/customer.js';
import { assignee } from '../employees/employee.actions.js';
import { Lead } from '../leads/lead.js';
import type { PipelineStage } from '../pipelines/pipeline-stage.js';
import { customerOfWonLead, flushConversion } from './convert-lead.js';
import type { DealChanges, MarkLostArgs, MarkWonArgs, MoveDealStageArgs } from './deal.inputs.js';
import { Deal, dealNotClosed, type Standing } from './deal.js';
import { lockDeal } from './lock-deal.js';
import { checkExpected, closedStage, firstOpen, lastOpenStage, type Places, placeFor, record } from './stages.js';

onDuplicate('deals_external_key', () => externalIdTaken());

const fault = (path: string, code: Fault['code'], message: string, reason?: string) =>
  new BadInput([{ path, code, message }], reason);

export async function createDeal(acting: Acting, input: DealChanges): Promise<Deal> {
  const { viewer } = acting;
  if (!input.customerId && !input.leadId) throw nobodyBuys();
  checkCloseDate(acting, input.actualCloseDate, 'input.actualCloseDate');
  const { customerId, leadId } = await buyerOf(acting, input);
  if (input.assignedToId) await assignee(acting, input.assignedToId);
  const { stage, places } = await placeFor(acting, input, 'input');
  checkClosing(stage, input, 'input.');
  const { probability, actualCloseDate, lostReason, stageId: _stage, pipelineId: _pipeline, ...rest } = input;
  const forced = stage.isClosedWon ? 100 : stage.isClosedLost ? 0 : null;
  if (forced !== null && probability != null && Number(probability) !== forced)
    throw fault('input.probability', 'NOT_ALLOWED', `is ${forced} on this stage; leave it out`);
  if (forced === null) checkExpected(acting, input.expectedCloseDate, 'input.expectedCloseDate');

  const deal = new Deal();
  await checkExternalId(acting, deal, input);
  const { id: organizationId, currency } = organizationOf(acting);
  Object.assign(deal, { organizationId, currency, probability: stage.probability });
  assign(deal, { ...rest, customerId, leadId });
  deal.moveTo(stage, { on: actualCloseDate ?? today(viewer), lostReason });
  if (forced === null) deal.probability = probability ?? stage.probability;
  deal.weigh();
  deal.code = await acting.draw('DEAL');
  acting.em.persist(deal);
  await finish(acting, deal, null, places);
  return deal;
}

export async function updateDeal(
  acting: Acting,
  id: string,
  input: DealChanges,
  expectedVersion?: number | null,
): Promise<Deal> {
  const { viewer } = acting;
  checkCloseDate(acting, input.actualCloseDate, 'input.actualCloseDate');
  for (const name of ['stageId', 'pipelineId', 'actualCloseDate'] as const)
    if (input[name] === null) throw fault(`input.${name}`, 'REQUIRED', 'must not be null; leave it out to keep it');
  const { deal, places } = await lockDeal(acting, id, input);
  checkVersion(deal, expectedVersion);
  await checkExternalId(acting, deal, input);
  const before = deal.standing;
  const { stageId, pipelineId, probability, actualCloseDate, lostReason, ...rest } = input;
  const stage = stageAsked(deal, { stageId, pipelineId }, places);
  if (stage) {
    const keepsOutcome = !stageId && deal.status !== 'OPEN';
    if (keepsOutcome) deal.standOn(stage);
    else deal.moveTo(stage, { on: actualCloseDate ?? today(viewer), lostReason });
  }
  if (probability != null && deal.status !== 'OPEN')
    throw new Conflict('DEAL_CLOSED', 'The probability of a closed deal is fixed; reopen it first');
  if ((actualCloseDate && deal.status === 'OPEN') || (lostReason && deal.status !== 'LOST'))
    throw dealNotClosed('Only a closed deal has a close date, and only a lost one a reason');
  assign(deal, rest);
  if (!deal.customerId && !deal.leadId && (input.customerId === null || input.leadId === null)) throw nobodyBuys();
  deal.probability = probability ?? deal.probability;
  if (actualCloseDate) deal.actualCloseDate = actualCloseDate;
  if (lostReason !== undefined) deal.lostReason = lostReason;
  deal.weigh();
  await finish(acting, deal, before, places);
  return deal;
}

export async function moveDealStage(acting: Acting, args: MoveDealStageArgs): Promise<Deal> {
  checkCloseDate(acting, args.actualCloseDate, 'actualCloseDate');
  return change(acting, args, (deal, places) => {
    const stage = places.stage(args.stageId, deal.pipelineId, 'stageId');
    checkClosing(stage, args, '');
    deal.moveTo(stage, { on: args.actualCloseDate ?? today(acting.viewer), lostReason: args.lostReason });
  });
}

export async function markWon(acting: Acting, args: MarkWonArgs): Promise<Deal> {
  checkCloseDate(acting, args.actualCloseDate, 'actualCloseDate');
  return change(acting, args, (deal, places) => {
    deal.markWon(closedStage(places.of(deal.pipelineId), 'WON'), { on: args.actualCloseDate ?? today(acting.viewer) });
  });
}

export async function markLost(acting: Acting, args: MarkLostArgs): Promise<Deal> {
  checkCloseDate(acting, args.actualCloseDate, 'actualCloseDate');
  return change(acting, args, (deal, places) => {
    const { actualCloseDate, lostReason } = args;
    deal.markLost(closedStage(places.of(deal.pipelineId), 'LOST'), {
      on: actualCloseDate ?? today(acting.viewer),
      lostReason,
    });
  });
}

/** Back to the last open stage; a deal whose pipeline is gone goes to the default one. */
export async function reopenDeal(acting: Acting, args: { id: string; expectedVersion?: number | null }): Promise<Deal> {
  return change(acting, args, async (deal, places) => {
    deal.reopen(await lastOpenStage(acting, deal, places.of(deal.pipelineId ?? places.default.id)));
  });
}

export async function deleteDeal(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const deal = await lock(acting, Deal, id);
  checkVersion(deal, expectedVersion);
  acting.em.remove(deal);
  await acting.em.flush();
}

async function change(
  acting: Acting,
  { id, expectedVersion, stageId }: Pick<MoveDealStageArgs, 'id' | 'expectedVersion'> & { stageId?: string },
  work: (deal: Deal, places: Places) => void | Promise<void>,
): Promise<Deal> {
  const { deal, places } = await lockDeal(acting, id, { stageId });
  checkVersion(deal, expectedVersion);
  const before = deal.standing;
  await work(deal, places);
  await finish(acting, deal, before, places);
  return deal;
}

/** What every change of outcome brings with it: a history row, and a customer for a deal won from a lead. */
async function finish(acting: Acting, deal: Deal, before: Standing | null, places: Places): Promise<void> {
  record(acting, deal, before, places);
  const converts = deal.status === 'WON' && before?.status !== 'WON' && deal.leadId && !deal.customerId;
  if (converts) deal.customerId = await customerOfWonLead(acting, deal.leadId!);
  await (converts ? flushConversion(acting) : acting.em.flush());
}

/** The stage that an update asks for, directly or by another pipeline; null when it asks for none. */
function stageAsked(
  deal: Deal,
  { stageId, pipelineId }: Pick<DealChanges, 'stageId' | 'pipelineId'>,
  places: Places,
): PipelineStage | null {
  const moves = pipelineId && pipelineId !== deal.pipelineId;
  if (moves && !places.pipeline(pipelineId, 'input.pipelineId').isActive)
    throw fault('input.pipelineId', 'NOT_ALLOWED', 'takes no deals; choose an active pipeline', 'PIPELINE_INACTIVE');
  if (stageId) return places.stage(stageId, pipelineId ?? deal.pipelineId, 'input.stageId');
  if (!moves) return null;
  const stages = places.of(pipelineId);
  if (deal.status === 'OPEN') return firstOpen(stages);
  return closedStage(stages, deal.status) ?? stages.filter(({ takesOpenDeals }) => takesOpenDeals).at(-1)!;
}

/** Who buys: a converted lead brings its customer along. */
async function buyerOf(acting: Acting, { customerId, leadId }: DealChanges) {
  const take = customerId ? hold : lock;
  const lead = leadId ? await take(acting, Lead, leadId, 'input.leadId') : null;
  if (customerId) await hold(acting, Customer, customerId, 'input.customerId');
  return { customerId: customerId ?? lead?.convertedCustomerId ?? null, leadId: leadId ?? null };
}

const nobodyBuys = () =>
  fault(
    'input.customerId',
    'REQUIRED',
    'or leadId must be given: a deal needs a customer or a lead',
    'CUSTOMER_OR_LEAD_REQUIRED',
  );

/** A close date belongs to closed stages, a reason to lost ones. */
function checkClosing(
  stage: PipelineStage,
  { actualCloseDate, lostReason }: { actualCloseDate?: string | null; lostReason?: string | null },
  under: string,
): void {
  if (actualCloseDate && stage.isOpen)
    throw fault(`${under}actualCloseDate`, 'NOT_ALLOWED', 'belongs to won and lost stages only');
  if (lostReason && !stage.isClosedLost)
    throw fault(`${under}lostReason`, 'NOT_ALLOWED', 'belongs to lost stages only');
}

function checkCloseDate({ viewer }: Acting, on: string | null | undefined, path: string): void {
  if (on && on > today(viewer)) throw fault(path, 'OUT_OF_RANGE', 'must not be in the future');
}
