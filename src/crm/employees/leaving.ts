import { NIL } from 'uuid';
import { notForApiKeys } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { type ActionContext, findOne, lock, organizationOf, type Work } from '../../platform/tenancy/action-context.js';
import { mostReached } from '../../platform/tenancy/reach.js';
import { endMembership, lastOwnerRefused } from '../access/membership.actions.js';
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
    if (handsOver && seen)
      for (const kind of ['leads', 'customers'] as const) await context.batch(locks[kind], seen.id);
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

/** Tables of open work, and the condition of what is open. */
const openWork = {
  leads: sql`not is_converted`,
  customers: sql`true`,
  deals: sql`status = 'OPEN'`,
};

type Kind = keyof typeof openWork;

const openOf = (context: ActionContext, kind: Kind): Fragment =>
  sql`organization_id = ${organizationOf(context).id}::uuid and ${openWork[kind]}`;

/** Locks the open work of employees. */
const locking = (kind: Kind): Work<string, void> =>
  async function lockWork(context, employeeIds) {
    const [found] = await context.query<{ count: number }>(sql`
      select count(*)::int as count
      from (
        select id
        from ${sql.ref(kind)}
        where ${openOf(context, kind)} and assigned_to_id = any(${employeeIds}::uuid[])
        order by id
        limit ${mostReached + 1}
        for update
      ) as work`);
    context.reach(found!.count);
    return employeeIds.map(() => undefined);
  };

const locks = { leads: locking('leads'), customers: locking('customers'), deals: locking('deals') };

const assigning: Work<{ from: string; to: string }, void> = async (context, moves) => {
  const [from, to] = [moves.map((move) => move.from), moves.map((move) => move.to)];
  for (const kind of ['leads', 'customers', 'deals'] as const)
    await context.query(sql`
      update ${sql.ref(kind)}
      set assigned_to_id = moves.successor_id, version = version + 1, updated_at = ${new Date()}
      from unnest(${from}::uuid[], ${to}::uuid[]) as moves (employee_id, successor_id)
      where ${openOf(context, kind)} and assigned_to_id = moves.employee_id`);
  return moves.map(() => undefined);
};

/**
 * Assigns customers, unconverted leads and open deals to another employee. There may be thousands, so one statement
 * changes all of a kind.
 */
export async function handOver(context: ActionContext, employee: Employee, successor: Employee): Promise<void> {
  await context.batch(locks.deals, employee.id);
  await context.batch(assigning, { from: employee.id, to: successor.id });
}
