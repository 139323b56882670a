import type { Viewer } from '../../platform/auth/viewer.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { badInput, faultsRefused } from '../../platform/records/check.js';
import { changedBy, type InputFault } from '../../platform/records/inputs.js';
import type { Lead } from '../leads/lead.js';
import { forcedProbability, type PipelineStage } from '../pipelines/pipeline-stage.js';
import { dealNotClosed } from './closing.js';
import type { DealStatus } from './deal.enums.js';
import { closingFaults, type DealChanges, expectedFromToday, nobodyBuys } from './deal.inputs.js';
import type { Deal } from './deal.js';
import {
  beginning,
  beginningRefused,
  closedStage,
  firstOpen,
  lastOpen,
  type Places,
  pipelineRefused,
  stageRefused,
} from './stages.js';

/** Reasons to refuse a new deal: its stage decides which fields it may have. */
export function newDealRefused(viewer: Viewer, input: DealChanges, places: Places, lead: Lead | null): Refusal[] {
  const stage = beginning(input, places);
  const forced = forcedProbability(stage.outcome);
  const faults = closingFaults(input, stage.outcome);
  if (stage.isOpen) faults.push(...expectedFromToday(input, viewer));
  else if (input.probability != null && Number(input.probability) !== forced)
    faults.push({ path: 'probability', code: 'NOT_ALLOWED', message: `is ${forced} on this stage; leave it out` });
  return [
    ...beginningRefused(input, places, 'input.'),
    faultsRefused(faults, 'input'),
    stage.isClosedWon && !input.customerId && lostCustomer(lead) && customerRequired(),
  ];
}

/** Reasons to refuse a change. Values that stay the same are ignored. */
export function changesRefused(deal: Deal, input: DealChanges, places: Places, leads: readonly Lead[]): Refusal[] {
  const changed = changedBy(deal, input);
  const stage = stageAsked(deal, input, places);
  const status = statusAfter(deal, input, stage);
  const { stageId, pipelineId, probability, actualCloseDate, lostReason } = input;
  const entered = changed.has('pipelineId') && pipelineId ? places.pipeline(pipelineId) : null;
  const isCleared = (name: 'stageId' | 'pipelineId' | 'actualCloseDate') => input[name] === null && changed.has(name);
  const cleared = (['stageId', 'pipelineId'] as const).filter(isCleared).map(mustStay);
  if (isCleared('actualCloseDate') && !stage) cleared.push(mustStay('actualCloseDate'));
  const fixed = changed.has('probability') && status !== 'OPEN' && Number(probability) !== forcedProbability(status);
  const dated = changed.has('actualCloseDate') && actualCloseDate && status === 'OPEN';
  const explained = changed.has('lostReason') && lostReason && status !== 'LOST';
  const abandoned =
    (changed.has('customerId') || changed.has('leadId')) &&
    !(input.customerId === undefined ? deal.customerId : input.customerId) &&
    !(input.leadId === undefined ? deal.leadId : input.leadId);
  return [
    faultsRefused([...cleared, ...(abandoned ? [nobodyBuys] : [])], 'input'),
    stageId && (changed.has('stageId') || entered)
      ? stageRefused(places.stage(stageId), pipelineId ?? deal.pipelineId, 'input.stageId')
      : null,
    entered && pipelineRefused(entered, 'input.pipelineId'),
    fixed && new Conflict('DEAL_CLOSED', 'The probability of a closed deal is fixed; reopen it first'),
    (dated || explained) && dealNotClosed('Only a closed deal has a close date, and only a lost one a reason'),
    status === 'WON' && !abandoned && winRefused(deal, input, leads),
  ];
}

/** The stage to which an update moves a deal, directly or through another pipeline; null if the deal does not move. */
export function stageAsked(deal: Deal, { stageId, pipelineId }: DealChanges, places: Places): PipelineStage | null {
  if (stageId) return stageId === deal.stageId ? null : places.stage(stageId);
  if (!pipelineId || pipelineId === deal.pipelineId) return null;
  const stages = places.of(pipelineId);
  if (deal.status === 'OPEN') return firstOpen(stages);
  return closedStage(stages, deal.status) ?? lastOpen(stages);
}

/** Refuses a close date or a lost reason that does not suit the stage. */
export const closingRefused = (
  stage: PipelineStage,
  closing: Pick<DealChanges, 'actualCloseDate' | 'lostReason'>,
): Refusal => faultsRefused(closingFaults(closing, stage.outcome));

/** The customer after a change. A deal without a customer takes the one that its new lead became. */
export function buyerOf(deal: Deal, { customerId = deal.customerId, leadId }: DealChanges, leads: readonly Lead[]) {
  if (customerId || !leadId || leadId === deal.leadId) return customerId;
  return leads.find(({ id }) => id === leadId)?.convertedCustomerId ?? null;
}

/** A won deal needs a customer: its own, or the one that its lead becomes or became. */
export function winRefused(deal: Deal, input: DealChanges, leads: readonly Lead[]): Refusal {
  if (buyerOf(deal, input, leads)) return null;
  const { leadId = deal.leadId } = input;
  const lead = leads.find(({ id }) => id === leadId) ?? null;
  // A won deal whose customer was deleted may stay without one.
  const loses = deal.status === 'WON' ? deal.customerId !== null : lostCustomer(lead);
  return loses && customerRequired();
}

/** Whether the lead cannot provide a customer. */
const lostCustomer = (lead: Lead | null): boolean => !lead || (lead.isConverted && !lead.convertedCustomerId);

const customerRequired = () =>
  new Conflict('CUSTOMER_REQUIRED', 'A won deal needs a customer; give it one first or in the same change');

/** The stage decides the status, but a closed deal that only changes its pipeline keeps its outcome. */
function statusAfter(deal: Deal, { stageId }: DealChanges, stage: PipelineStage | null): DealStatus {
  if (!stage || (!stageId && deal.status !== 'OPEN')) return deal.status;
  return stage.outcome;
}

export const closedBeforeCreated = (): Refusal =>
  badInput([
    { path: 'input.actualCloseDate', code: 'OUT_OF_RANGE', message: 'must not be before the deal was created' },
  ]);

const mustStay = (path: string): InputFault => ({
  path,
  code: 'REQUIRED',
  message: 'must not be null; leave it out to keep it',
});
