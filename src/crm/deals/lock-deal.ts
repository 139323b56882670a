import { sql } from '../../platform/database/sql.js';
import { Collision, NotFound } from '../../platform/errors.js';
import { type ActionContext, lock, lockShared, organizationOf } from '../../platform/tenancy/action-context.js';
import { given } from '../../platform/tenancy/checks.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { Lead } from '../leads/lead.js';
import type { DealChanges } from './deal.inputs.js';
import { Deal } from './deal.js';
import { places } from './stages.js';

/**
 * Locks what a change of the deal may touch, in the one order that all verbs keep: leads, customer, employee,
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
    customer: () => given(links.customerId, (id) => lockShared(context, Customer, id, 'input.customerId')),
    assignedTo: assigned(context, links),
    places: places(context, links, under, from?.pipelineId),
    record: async () => {
      const deal = await lock(context, Deal, id);
      // Locking what it points to now would break the order: the document is done again instead.
      if (pointing.some((name) => deal[name] !== from?.[name])) throw new Collision('The deal points elsewhere by now');
      return deal;
    },
  };
}

const pointing = ['customerId', 'leadId', 'pipelineId'] as const;

/** What deals point to, before they are locked. */
async function pointersOf(context: ActionContext, ids: readonly string[]): Promise<(Readonly<Deal> | null)[]> {
  // A single one is compared as such: PostgreSQL would plan each statement with an array anew.
  const named = ids.length === 1 ? sql`id = ${ids[0]}::uuid` : sql`id = any(${ids}::uuid[])`;
  const condition = sql`organization_id = ${organizationOf(context).id}::uuid and ${named}`;
  const found = await context.findReadOnly(Deal, ['id', ...pointing], condition, 'none');
  const byId = new Map(found.map((deal) => [deal.id, deal]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The lead that a deal is won from, where it has no customer or is to lose it, and the one that it is to have. */
async function lockLeads(context: ActionContext, from: Readonly<Deal> | null, to: DealChanges): Promise<Lead[]> {
  const isWonFrom = from && (!from.customerId || to.customerId === null);
  const ids = new Set([isWonFrom ? from.leadId : null, to.leadId].filter((id) => id != null).toSorted());
  const found = await context.inOrder([...ids].map((id) => () => context.find(Lead, { id }, 'update')));
  return found.flat();
}
