import { NIL } from 'uuid';
import { Conflict, type Refusal, Taken } from '../../platform/errors.js';
import { badInput, faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy, type InputFault } from '../../platform/records/inputs.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, unclaimed } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { grantable } from '../access/grants.js';
import { endMembership, lastOwnerRefused } from '../access/membership.actions.js';
import { type Assigned, later } from '../later.js';
import { changingAccess } from '../organizations/changing-access.js';
import { linkedUser } from '../organizations/linked-user.js';
import { Membership } from '../organizations/membership.js';
import { employment, ownerRefused } from '../organizations/owners.js';
import { handOverPrimary, profileOf } from '../organizations/profile.actions.js';
import { UserProfile } from '../organizations/user-profile.js';
import { heir } from './assigned.js';
import {
  type EmployeeChanges,
  type TerminateEmployeeArgs,
  terminationOnly,
  withoutHireDate,
} from './employee.inputs.js';
import { Employee } from './employee.js';
import { awakenedRoleRefused, ownChangesRefused, ownRecordRefused, touchedOwnerRefused } from './employee-rights.js';
import { managedBy } from './managers.js';

onDuplicate(uniqueKey(Employee, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Employee, 'email'), () => emailTaken());
onDuplicate(uniqueKey(Employee, 'userId'), () => alreadyEmployee());

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another employee has this e-mail address', existingId);

const alreadyEmployee = (existingId?: string) =>
  new Taken('USER_ALREADY_EMPLOYEE', 'input.userId', 'This user has an employee record already', existingId);

export async function createEmployee(acting: ActionContext, input: EmployeeChanges): Promise<Employee> {
  await changingAccess(acting);
  const { record: employee } = await check(acting, {
    find: links(acting, input, () => newRecord(acting, Employee)),
    rights: ({ user }) => [ownRecordRefused(acting.viewer, input), ownerRefused(acting, user, employment)],
  });
  assign(employee, input);
  employee.code = await acting.nextCode(Employee);
  acting.persist(employee);
  await acting.flush();
  if (employee.userId) await provideProfile(acting, employee.userId);
  return employee;
}

export async function updateEmployee(
  acting: ActionContext,
  id: string,
  input: EmployeeChanges,
  expectedVersion?: number | null,
): Promise<Employee> {
  await changingAccess(acting);
  const { record: employee } = await check(acting, {
    find: links(acting, input, () => lock(acting, Employee, id)),
    rights: async ({ record, user }) => [
      await touchedOwnerRefused(acting, record, input, user),
      await awakenedRoleRefused(acting, record, input),
    ],
    expectedVersion,
    state: ({ record }) => changesRefused(acting, record, input),
  });
  const changed = changedBy(employee, input);
  const returns = employee.status === 'TERMINATED' && changed.has('status');
  assign(employee, input);
  if (returns) employee.terminationDate = null;
  await acting.flush();
  if (changed.has('userId') && employee.userId) await provideProfile(acting, employee.userId);
  return employee;
}

/** Ends the employment and all access that came with it; open work stays assigned unless somebody takes it over. */
export async function terminateEmployee(acting: ActionContext, args: TerminateEmployeeArgs): Promise<Employee> {
  const { id, reassignToId, expectedVersion } = args;
  const terminationDate = args.terminationDate ?? today(acting.viewer);
  await changingAccess(acting);
  const leaving = new Leaving(acting);
  const { record: employee, successor } = await check(acting, {
    find: {
      record: () => leaving.lock(id, { handsOver: reassignToId != null }),
      successor: heir(acting, reassignToId, 'reassignToId'),
    },
    rights: () => leaving.rights(),
    expectedVersion,
    state: async ({ record }) => [
      record.status === 'TERMINATED' && new Conflict('ALREADY_TERMINATED', 'This employment has ended already'),
      ...(await leaving.refusals(record)),
      record.hireDate && record.hireDate > terminationDate && badInput([endsBeforeItBegins('terminationDate')]),
    ],
  });
  await leaving.takeAccess();
  employee.status = 'TERMINATED';
  employee.terminationDate = terminationDate;
  if (successor) await handOver(acting, employee, successor);
  await acting.flush();
  return employee;
}

export async function deleteEmployee(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  await changingAccess(acting);
  const leaving = new Leaving(acting);
  const { record: employee } = await check(acting, {
    find: { record: () => leaving.lock(id) },
    rights: () => leaving.rights(),
    expectedVersion,
    state: ({ record }) => leaving.refusals(record),
  });
  await leaving.takeAccess();
  acting.remove(employee);
  await acting.flush();
}

/** The end of an employment takes the access that came with it: not one's own, of owners only by owners. */
class Leaving {
  private membership: Membership | null = null;

  constructor(private readonly acting: ActionContext) {}

  /** The record, and before it the membership of its user: it cannot be linked to another one meanwhile. */
  async lock(id: string, { handsOver = false } = {}): Promise<Employee> {
    const { acting } = this;
    const [seen] = await acting.find(Employee, { id }, 'none');
    // Asked for nobody, too: rows of a bulk call lock memberships together, and all of them before any record.
    const [membership] = await acting.find(Membership, { userId: seen?.userId ?? NIL }, 'update');
    this.membership = membership ?? null;
    // Before the employees, as everybody locks them; what is assigned in between is found when it is handed over.
    if (handsOver && seen) for (const kind of ['leads', 'customers'] as const) await openWork[kind](acting, seen.id);
    return lock(acting, Employee, id);
  }

  rights(): Refusal[] {
    return [ownerRefused(this.acting, this.membership, employment)];
  }

  async refusals({ id }: Employee): Promise<Refusal[]> {
    const { acting, membership } = this;
    return [
      id === acting.viewer.organization?.selfId &&
        new Conflict('SELF_ACTION', 'You cannot end your own employment; ask somebody else'),
      membership && (await lastOwnerRefused(acting, membership)),
    ];
  }

  async takeAccess(): Promise<void> {
    if (this.membership) await endMembership(this.acting, this.membership);
  }
}

/** Open work of one kind that is assigned to an employee, locked. */
const openWork = {
  leads: (acting: ActionContext, assignedToId: string): Promise<Assigned[]> =>
    acting.find(later.lead.type, { assignedToId, isConverted: false }, 'update'),
  customers: (acting: ActionContext, assignedToId: string): Promise<Assigned[]> =>
    acting.find(later.customer.type, { assignedToId }, 'update'),
  deals: (acting: ActionContext, assignedToId: string): Promise<Assigned[]> =>
    acting.find(later.deal.type, { assignedToId, status: 'OPEN' }, 'update'),
};

/** Customers, unconverted leads and open deals go to another employee. */
async function handOver(acting: ActionContext, employee: Employee, heir: Employee): Promise<void> {
  for (const kind of ['leads', 'customers', 'deals'] as const)
    for (const record of await openWork[kind](acting, employee.id)) record.assignedToId = heir.id;
}

/** An EMPLOYEE profile if there is none; one that is switched off stays so. */
async function provideProfile(acting: ActionContext, userId: string): Promise<void> {
  if (await profileOf(acting, userId, 'EMPLOYEE')) return;
  acting.persist(UserProfile.of(organizationOf(acting).id, userId, 'EMPLOYEE'));
  await acting.flush();
  await handOverPrimary(acting, userId);
}

/** What the stored state does not allow of a change; only values that would change are looked at. */
function changesRefused({ viewer }: ActionContext, employee: Employee, input: EmployeeChanges): Refusal[] {
  const changed = changedBy(employee, input);
  const { employmentType = employee.employmentType, hireDate = employee.hireDate } = input;
  const isTerminated = employee.status === 'TERMINATED' && !changed.has('status');
  const { terminationDate } = employee;
  const faults: InputFault[] = [];
  if (changed.has('status') && input.status === 'TERMINATED') faults.push(terminationOnly('input.status'));
  if (changed.has('employmentType') || changed.has('hireDate'))
    faults.push(...withoutHireDate({ employmentType, hireDate }, 'input.'));
  if (changed.has('hireDate') && isTerminated && hireDate && terminationDate && hireDate > terminationDate)
    faults.push(endsBeforeItBegins('input.hireDate'));
  const becomesOwn = changed.has('userId') && input.userId === viewer.userId;
  const isOwn = employee.id === viewer.organization?.selfId || becomesOwn;
  return [isOwn && ownChangesRefused(viewer, [...changed]), faultsRefused(faults)];
}

const endsBeforeItBegins = (path: string): InputFault => ({
  path,
  code: 'OUT_OF_RANGE',
  message: 'the last day must not be before the first one',
});

const links = (acting: ActionContext, input: EmployeeChanges, record: () => Employee | Promise<Employee>) => ({
  ...linkedUser(acting, Employee, input, alreadyEmployee),
  record,
  manager: managedBy(acting, input),
  role: grantable<Employee>(acting, input.roleId, 'input.roleId', ({ roleId }) => roleId === input.roleId),
  externalId: ownExternalId(acting, Employee, input),
  email: unclaimed(acting, Employee, 'email', input.email, emailTaken),
});
