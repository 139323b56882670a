import { looks } from '../../platform/database/entities.js';
import { Collision, NotFound } from '../../platform/errors.js';
import { type Acting, byColumn, hold, lock, organizationOf } from '../../platform/tenancy/acting.js';
import { Customer } from '../customers/customer.js';
import { assignee } from '../employees/employee.actions.js';
import { Lead } from '../leads/lead.js';
import type { DealChanges } from './deal.inputs.js';
import { Deal } from './deal.js';
import { holdPlaces, type Places } from './stages.js';

interface Locked {
  deal: Deal;
  places: Places;
}

/**
 * Locks what a change of the deal may touch, in the one order that all verbs keep: leads, customer, employee, pipelines,
 * deal. Winning a deal converts its lead, converting a lead changes its deals, and deleting a stage moves them.
 */
export async function lockDeal(acting: Acting, id: string, links: DealChanges = {}): Promise<Locked> {
  const pointers = await acting.together(pointersOf, id);
  if (!pointers) throw new NotFound('id');
  const { customerId, leadId, pipelineId } = pointers;
  const [, places, deal] = await acting.inOrder([
    () => lockLinks(acting, pointers, links),
    () => holdPlaces(acting, { pipelineIds: [pipelineId, links.pipelineId], stageIds: [links.stageId] }),
    () => lock(acting, Deal, id),
  ]);
  const same = deal.pipelineId === pipelineId && deal.leadId === leadId && deal.customerId === customerId;
  // Locking what it points to now would break the order: the document is done again instead.
  if (!same) throw new Collision('The deal points elsewhere by now');
  return { deal, places };
}

const pointing = ['id', 'customerId', 'leadId', 'assignedToId', 'pipelineId'] as const;

/** What deals point to, before they are locked. */
async function pointersOf(acting: Acting, ids: readonly string[]): Promise<(Readonly<Deal> | null)[]> {
  const found = await looks(acting.em, Deal, pointing, byColumn(organizationOf(acting).id, 'id', ids), 'none');
  const byId = new Map(found.map((deal) => [deal.id, deal]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The leads of a deal, its own and the one that it shall have, and what it shall point to from now on. */
async function lockLinks(acting: Acting, from: Readonly<Deal>, to: DealChanges): Promise<void> {
  const ownLead = from.customerId ? null : from.leadId;
  const newLead = to.leadId !== from.leadId ? to.leadId : null;
  const { customerId, assignedToId } = to;
  const steps: (() => Promise<unknown>)[] = [ownLead, newLead]
    .filter((id) => id != null)
    .toSorted()
    .map((id) => () => lockLead(acting, id, id === newLead));
  if (customerId && customerId !== from.customerId)
    steps.push(() => hold(acting, Customer, customerId, 'input.customerId'));
  if (assignedToId && assignedToId !== from.assignedToId) steps.push(() => assignee(acting, assignedToId));
  await acting.inOrder(steps);
}

async function lockLead(acting: Acting, id: string, isAsked: boolean): Promise<void> {
  const [lead] = await acting.find(Lead, 'id', id, 'update');
  if (isAsked && !lead) throw new NotFound('input.leadId');
}
