import { holds, isPrivileged } from '../../platform/auth/viewer.js';
import { Conflict, Forbidden, type Refusal, Taken } from '../../platform/errors.js';
import { badInput, faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy, type InputFault } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import {
  type ActionContext,
  lock,
  lockedInOrder,
  newRecord,
  onDuplicate,
  organizationOf,
} from '../../platform/tenancy/action-context.js';
import { check, unclaimed } from '../../platform/tenancy/checks.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { grantable, notHeld, permissionsOf } from '../access/grants.js';
import { endMembership, lastOwnerRefused, lockMemberships } from '../access/membership.actions.js';
import { linkedUser } from '../organizations/linked-user.js';
import { Membership } from '../organizations/membership.js';
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
import { lockManagers, managedBy } from './managers.js';

onDuplicate('employees_external_key', () => externalIdTaken());
onDuplicate('employees_email_key', () => emailTaken());
onDuplicate('employees_user_key', () => alreadyEmployee());

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another employee has this e-mail address', existingId);

const alreadyEmployee = (existingId?: string) =>
  new Taken('USER_ALREADY_EMPLOYEE', 'input.userId', 'This user has an employee record already', existingId);

/** What everybody may change of their own record. */
const ownFields = new Set<string>([
  'phone',
  'street',
  'city',
  'state',
  'postalCode',
  'country',
  'emergencyContact',
  'profileImage',
]);

/** Fields of their own record that only owners may change, so that nobody raises their own pay or rights. */
const sensitiveFields = new Set<string>(['roleId', 'salary', 'commissionRate', 'status', 'userId']);

export async function createEmployee(acting: ActionContext, input: EmployeeChanges): Promise<Employee> {
  const { em } = acting;
  const { record: employee } = await check(acting, {
    find: { record: () => newRecord(acting, Employee), ...links(acting, input) },
  });
  assign(employee, input);
  employee.code = await acting.nextCode('EMP');
  em.persist(employee);
  await em.flush();
  if (employee.userId) await provideProfile(acting, employee.userId);
  return employee;
}

export async function updateEmployee(
  acting: ActionContext,
  id: string,
  input: EmployeeChanges,
  expectedVersion?: number | null,
): Promise<Employee> {
  const { em } = acting;
  const { record: employee } = await check(acting, {
    find: {
      ...(input.managerId && { managers: () => lockManagers(acting) }),
      record: () => lock(acting, Employee, id),
      ...links(acting, input),
    },
    rights: async ({ record }) => [await roleOfNewUserRefused(acting, record, input)],
    expectedVersion,
    state: ({ record }) => changesRefused(acting, record, input),
  });
  const changed = changedBy(employee, input);
  const returns = employee.status === 'TERMINATED' && changed.has('status');
  assign(employee, input);
  if (returns) employee.terminationDate = null;
  await em.flush();
  if (changed.has('userId') && employee.userId) await provideProfile(acting, employee.userId);
  return employee;
}

/** Ends the employment and all access that came with it; open work stays assigned unless somebody takes it over. */
export async function terminateEmployee(acting: ActionContext, args: TerminateEmployeeArgs): Promise<Employee> {
  const { id, reassignToId, expectedVersion } = args;
  const terminationDate = args.terminationDate ?? today(acting.viewer);
  const leaving = new Leaving(acting);
  const { record: employee, successor } = await check(acting, {
    find: { record: () => lock(acting, Employee, id), successor: heir(acting, reassignToId, 'reassignToId') },
    rights: ({ record }) => leaving.rights(record),
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
  const leaving = new Leaving(acting);
  const { record: employee } = await check(acting, {
    find: { record: () => lock(acting, Employee, id) },
    rights: ({ record }) => leaving.rights(record),
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

  async rights({ userId }: Employee): Promise<Refusal[]> {
    const { acting } = this;
    if (userId) {
      await lockMemberships(acting);
      this.membership = (await acting.find(Membership, { userId }, 'update'))[0] ?? null;
    }
    const { isActive, isOwner } = this.membership ?? { isActive: false, isOwner: false };
    return [
      isActive &&
        isOwner &&
        !isPrivileged(acting.viewer) &&
        new Forbidden('OWNER_ONLY', 'Only an owner may end the employment of an owner'),
    ];
  }

  async refusals({ id }: Employee): Promise<Refusal[]> {
    const { acting, membership } = this;
    return [
      id === acting.viewer.organization?.employeeId &&
        new Conflict('SELF_ACTION', 'You cannot end your own employment; ask somebody else'),
      membership && (await lastOwnerRefused(acting, membership)),
    ];
  }

  async takeAccess(): Promise<void> {
    if (this.membership) await endMembership(this.acting, this.membership);
  }
}

/** Customers, unconverted leads and open deals go to another employee. */
async function handOver({ em }: ActionContext, { organizationId, id }: Employee, heir: Employee): Promise<void> {
  const theirs = { organizationId, assignedToId: id };
  const work = [
    ['Lead', { ...theirs, isConverted: false }],
    ['Customer', theirs],
    ['Deal', { ...theirs, status: 'OPEN' }],
  ] as const;
  for (const [record, where] of work) {
    const rows: { assignedToId: string }[] = await em.find(
      recordNamed(record) as never,
      where as never,
      lockedInOrder as never,
    );
    for (const row of rows) row.assignedToId = heir.id;
  }
}

/** An EMPLOYEE profile if there is none; one that is switched off stays so. */
async function provideProfile(acting: ActionContext, userId: string): Promise<void> {
  const { em } = acting;
  if (await profileOf(acting, userId, 'EMPLOYEE')) return;
  em.persist(UserProfile.of(organizationOf(acting).id, userId, 'EMPLOYEE'));
  await em.flush();
  await handOverPrimary(acting, userId);
}

/** The role of a record comes with it to the user that it is linked to. */
async function roleOfNewUserRefused(
  acting: ActionContext,
  employee: Employee,
  input: EmployeeChanges,
): Promise<Refusal> {
  const { roleId = employee.roleId } = input;
  if (!input.userId || !roleId || roleId !== employee.roleId || input.userId === employee.userId) return null;
  return notHeld(acting, await permissionsOf(acting, { id: roleId }));
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
  return [
    employee.id === viewer.organization?.employeeId && ownChangesRefused(viewer, [...changed]),
    faultsRefused(faults),
  ];
}

/** Without employee:update one changes little of one's own record, with it not what raises oneself. */
function ownChangesRefused(viewer: ActionContext['viewer'], changed: readonly string[]): Refusal {
  if (isPrivileged(viewer)) return null;
  const mayUpdate = holds(viewer, 'employee:update');
  const refused = changed.find((name) => (mayUpdate ? sensitiveFields.has(name) : !ownFields.has(name)));
  const ask = mayUpdate ? 'an owner' : 'somebody with employee:update';
  return refused && new Forbidden('SELF_EDIT_LIMITED', `You cannot change your own ${refused}; ask ${ask}`);
}

const endsBeforeItBegins = (path: string): InputFault => ({
  path,
  code: 'OUT_OF_RANGE',
  message: 'the last day must not be before the first one',
});

const links = (acting: ActionContext, input: EmployeeChanges) => ({
  manager: managedBy(acting, input),
  ...linkedUser(acting, Employee, input, alreadyEmployee),
  role: grantable<Employee>(acting, input.roleId, 'input.roleId', ({ roleId }) => roleId === input.roleId),
  externalId: ownExternalId(acting, Employee, input),
  email: unclaimed(acting, Employee, 'email', input.email, emailTaken),
});
