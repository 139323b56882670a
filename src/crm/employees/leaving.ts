import { NIL } from 'uuid';
import { notForApiKeys } from '../../platform/auth/viewer.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { type ActionContext, findOne, lock } from '../../platform/tenancy/action-context.js';
import { endMembership, lastOwnerRefused } from '../access/membership.actions.js';
import { type Assigned, later } from '../later.js';
import { membershipOfUser } from '../organizations/linked-user.js';
import type { Membership } from '../organizations/membership.js';
import { employment, ownerRefused } from '../organizations/owners.js';
import { Employee } from './employee.js';

/**
 * The end of an employment and of its access. Nobody ends their own employment, and only owners end that of an owner.
 */
export class Leaving {
  private membership: Membership | null = null;

  constructor(private readonly context: ActionContext) {}

  /** Locks the membership of the record's user before the record, so that nobody links another user meanwhile. */
  async lock(id: string, { handsOver = false } = {}): Promise<Employee> {
    const { context } = this;
    const seen = await findOne(context, Employee, { id }, 'none');
    // Also without a user: rows of a bulk call lock their memberships together, and all of them before any record.
    this.membership = await membershipOfUser(context, seen?.userId ?? NIL, 'update');
    // Every action locks these before employees. Work assigned in between is found when it is handed over.
    if (handsOver && seen) for (const kind of ['leads', 'customers'] as const) await openWork[kind](context, seen.id);
    return lock(context, Employee, id);
  }

  rights(): Refusal[] {
    const { context, membership } = this;
    return [
      context.viewer.apiKey && membership?.isActive && notForApiKeys(),
      ownerRefused(context, membership, employment),
    ];
  }

  async refusals({ id }: Employee): Promise<Refusal[]> {
    const { context, membership } = this;
    return [
      id === context.viewer.organization?.selfId &&
        new Conflict('SELF_ACTION', 'You cannot end your own employment; ask somebody else'),
      membership && (await lastOwnerRefused(context, membership)),
    ];
  }

  async takeAccess(): Promise<void> {
    if (this.membership) await endMembership(this.context, this.membership);
  }
}

/** Finds and locks an employee's open work by kind. */
const openWork = {
  leads: (context: ActionContext, assignedToId: string): Promise<Assigned[]> =>
    context.find(later.lead.type, { assignedToId, isConverted: false }, 'update'),
  customers: (context: ActionContext, assignedToId: string): Promise<Assigned[]> =>
    context.find(later.customer.type, { assignedToId }, 'update'),
  deals: (context: ActionContext, assignedToId: string): Promise<Assigned[]> =>
    context.find(later.deal.type, { assignedToId, status: 'OPEN' }, 'update'),
};

/** Assigns customers, unconverted leads and open deals to another employee. */
export async function handOver(context: ActionContext, employee: Employee, successor: Employee): Promise<void> {
  for (const kind of ['leads', 'customers', 'deals'] as const)
    for (const record of await openWork[kind](context, employee.id)) record.assignedToId = successor.id;
}
