import { sql } from '../../platform/database/sql.js';
import { Collision, NotFound } from '../../platform/errors.js';
import { type ActionContext, lock, lockShared, organizationOf } from '../../platform/tenancy/action-context.js';
import { ifGiven } from '../../platform/tenancy/checks.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { Lead } from '../leads/lead.js';
import type { DealChanges } from './deal.inputs.js';
import { Deal } from './deal.js';
import { places } from './stages.js';

/**
 * Locks every record that a change of the deal may touch, in the order that all actions use: leads, customer, employee,
 * pipelines, deal. Winning a deal converts its lead, converting a lead changes its deals, and deleting a stage moves
 * them.
 */
export async function lockDeal(context: ActionContext, id: string, links: DealChanges = {}, under = '') {
  const from = await context.batch(pointersOf, id);
  return {
    leads: {
      find: () => lockLeads(context, from, links),
      missing: (leads: Lead[]) =>
        links.leadId != null && !leads.some((lead) => lead.id === links.leadId) && new NotFound('input.leadId'),
    },
    customer: () => ifGiven(links.customerId, (id) => lockShared(context, Customer, id, 'input.customerId')),
    assignedTo: assigned(context, links),
    places: places(context, links, under, from?.pipelineId),
    record: async () => {
      const deal = await lock(context, Deal, id);
      // Locking the records that it points to now would break the order, so the document is retried.
      if (pointing.some((name) => deal[name] !== from?.[name]))
        throw new Collision('The deal now points to other records');
      return deal;
    },
  };
}

const pointing = ['customerId', 'leadId', 'pipelineId'] as const;

/** The records that deals point to, read before the deals are locked. */
async function pointersOf(context: ActionContext, ids: readonly string[]): Promise<(Readonly<Deal> | null)[]> {
  // A single id is compared by itself, since PostgreSQL plans every statement with an array again.
  const named = ids.length === 1 ? sql`id = ${ids[0]}::uuid` : sql`id = any(${ids}::uuid[])`;
  const condition = sql`organization_id = ${organizationOf(context).id}::uuid and ${named}`;
  const found = await context.findReadOnly(Deal, ['id', ...pointing], condition, 'none');
  const byId = new Map(found.map((deal) => [deal.id, deal]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Locks the deal's present lead, if winning the deal may convert it, and the lead that the deal is to get. */
async function lockLeads(context: ActionContext, from: Readonly<Deal> | null, to: DealChanges): Promise<Lead[]> {
  const isWonFrom = from && (!from.customerId || to.customerId === null);
  const ids = new Set([isWonFrom ? from.leadId : null, to.leadId].filter((id) => id != null).toSorted());
  const found = await context.inOrder([...ids].map((id) => () => context.find(Lead, { id }, 'update')));
  return found.flat();
}
