import { isPrivileged } from '../../platform/auth/viewer.js';
import { BadInput, Conflict, type Fault, Forbidden, Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import {
  type Acting,
  checkVersion,
  hold,
  lock,
  lockedInOrder,
  onDuplicate,
  organizationOf,
} from '../../platform/tenancy/acting.js';
import { checkExternalId, externalIdTaken } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { demandHeld, grantableRole, permissionsOf } from '../access/grants.js';
import { endMembership, lockMemberships } from '../access/membership.actions.js';
import { demandLinkable } from '../organizations/linked-user.js';
import { Membership } from '../organizations/membership.js';
import { handOverPrimary, profileOf } from '../organizations/profile.actions.js';
import { UserProfile } from '../organizations/user-profile.js';
import type { EmployeeChanges, TerminateEmployeeArgs } from './employee.inputs.js';
import { Employee } from './employee.js';
import { checkManager, lockManagers } from './managers.js';

onDuplicate('employees_external_key', () => externalIdTaken());
onDuplicate('employees_email_key', () => emailTaken());
onDuplicate('employees_user_key', () => alreadyEmployee());

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another employee has this e-mail address', existingId);

const alreadyEmployee = (existingId?: string) =>
  new Taken('USER_ALREADY_EMPLOYEE', 'input.userId', 'This user has an employee record already', existingId);

const fault = (path: string, code: Fault['code'], message: string, reason?: string) =>
  new BadInput([{ path, code, message }], reason);

/** What nobody but owners may change of their own record, so that nobody raises oneself, nor unlinks it to do so. */
const sensitiveFields = ['roleId', 'salary', 'commissionRate', 'status', 'userId'] as const;

/** An employee whom something shall be assigned to: of the organization and ACTIVE. */
export async function assignee(acting: Acting, id: string, path = 'input.assignedToId'): Promise<Employee> {
  const employee = await hold(acting, Employee, id, path);
  if (employee.status !== 'ACTIVE')
    throw fault(
      path,
      'NOT_ALLOWED',
      'names an employee who is not ACTIVE; choose somebody else',
      'EMPLOYEE_NOT_ACTIVE',
    );
  return employee;
}

export async function createEmployee(acting: Acting, input: EmployeeChanges): Promise<Employee> {
  const { em } = acting;
  refuseTermination(input);
  const employee = new Employee();
  employee.organizationId = organizationOf(acting).id;
  await checkLinks(acting, employee, input);
  assign(employee, input);
  checkDates(employee, acting);
  employee.code = await acting.draw('EMP');
  em.persist(employee);
  await em.flush();
  if (employee.userId) await provideProfile(acting, employee.userId);
  return employee;
}

export async function updateEmployee(
  acting: Acting,
  id: string,
  input: EmployeeChanges,
  expectedVersion?: number | null,
): Promise<Employee> {
  const { em, viewer } = acting;
  const isSelf = id === viewer.organization?.employeeId;
  refuseTermination(input);
  if (input.managerId) await lockManagers(acting);
  const employee = await lock(acting, Employee, id);
  const raised =
    isSelf &&
    !isPrivileged(viewer) &&
    sensitiveFields.find((name) => input[name] !== undefined && input[name] !== employee[name]);
  if (raised) throw new Forbidden('SELF_EDIT_LIMITED', `You cannot change your own ${raised}; ask an owner`);
  await checkLinks(acting, employee, input);
  checkVersion(employee, expectedVersion);
  const linked = input.userId && input.userId !== employee.userId ? input.userId : null;
  const returns = employee.status === 'TERMINATED' && input.status;
  assign(employee, input);
  if (returns) employee.terminationDate = null;
  checkDates(employee, acting);
  await em.flush();
  if (linked) await provideProfile(acting, linked);
  return employee;
}

/** Ends the employment and all access that came with it; open work stays assigned unless somebody takes it over. */
export async function terminateEmployee(acting: Acting, args: TerminateEmployeeArgs): Promise<Employee> {
  const { id, terminationDate, reassignToId, expectedVersion } = args;
  if (terminationDate && terminationDate > today(acting.viewer))
    throw fault('terminationDate', 'OUT_OF_RANGE', 'must not be in the future');
  const employee = await lock(acting, Employee, id);
  const heir = reassignToId ? await assignee(acting, reassignToId, 'reassignToId') : null;
  if (heir === employee) throw fault('reassignToId', 'NOT_ALLOWED', 'must be somebody else');
  checkVersion(employee, expectedVersion);
  if (employee.status === 'TERMINATED') throw new Conflict('ALREADY_TERMINATED', 'This employment has ended already');
  await takeAccess(acting, employee);
  employee.status = 'TERMINATED';
  employee.terminationDate = terminationDate ?? today(acting.viewer);
  checkDates(employee, acting, 'terminationDate');
  if (heir) await handOver(acting, employee, heir);
  await acting.em.flush();
  return employee;
}

export async function deleteEmployee(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const employee = await lock(acting, Employee, id);
  checkVersion(employee, expectedVersion);
  await takeAccess(acting, employee);
  acting.em.remove(employee);
  await acting.em.flush();
}

/** Guards first: not oneself, owners only by owners, never the last owner. */
async function takeAccess(acting: Acting, { id, userId }: Employee): Promise<void> {
  const { viewer } = acting;
  if (id === viewer.organization?.employeeId)
    throw new Conflict('SELF_ACTION', 'You cannot end your own employment; ask somebody else');
  if (!userId) return;
  await lockMemberships(acting);
  const [membership] = await acting.find(Membership, 'user_id', userId, 'update');
  if (!membership?.isActive) return;
  if (membership.isOwner && !isPrivileged(viewer))
    throw new Forbidden('OWNER_ONLY', 'Only an owner may end the employment of an owner');
  await endMembership(acting, membership);
}

/** Customers, unconverted leads and open deals go to another employee. */
async function handOver({ em }: Acting, { organizationId, id }: Employee, heir: Employee): Promise<void> {
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
async function provideProfile(acting: Acting, userId: string): Promise<void> {
  const { em } = acting;
  if (await profileOf(acting, userId, 'EMPLOYEE')) return;
  em.persist(UserProfile.of(organizationOf(acting).id, userId, 'EMPLOYEE'));
  await em.flush();
  await handOverPrimary(acting, userId);
}

function refuseTermination({ status }: EmployeeChanges): void {
  if (status === 'TERMINATED')
    throw fault('input.status', 'NOT_ALLOWED', 'is set by terminateEmployee only', 'TERMINATION_ONLY');
}

function checkDates(
  { employmentType, hireDate, terminationDate }: Employee,
  { viewer }: Acting,
  path = 'input.hireDate',
): void {
  if (employmentType === 'CONTRACT' && !hireDate)
    throw fault('input.hireDate', 'REQUIRED', 'must be given for the employment type CONTRACT');
  if (hireDate && terminationDate && hireDate > terminationDate)
    throw fault(path, 'OUT_OF_RANGE', 'the last day must not be before the first one');
  if (terminationDate && terminationDate > today(viewer))
    throw fault(path, 'OUT_OF_RANGE', 'must not be in the future');
}

async function checkLinks(acting: Acting, employee: Employee, input: EmployeeChanges): Promise<void> {
  await checkExternalId(acting, employee, input);
  const { id } = employee;
  const changed = (name: 'userId' | 'managerId' | 'roleId' | 'email') => input[name] && input[name] !== employee[name];
  if (changed('userId')) await demandLinkable(acting, employee, input.userId!, alreadyEmployee);
  if (changed('managerId')) await checkManager(acting, id, input.managerId!);
  if (changed('roleId')) await grantableRole(acting, input.roleId!, 'input.roleId');
  else if (changed('userId') && employee.roleId && input.roleId !== null)
    demandHeld(acting, await permissionsOf(acting, { id: employee.roleId }));
  if (changed('email')) {
    const other = (await acting.find(Employee, 'email', input.email!, 'none')).find((one) => one.id !== id);
    if (other) throw emailTaken(other.id);
  }
}
