import { type Refusal, Taken } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy, type InputFault } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, unclaimed } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { today } from '../../platform/tenancy/today.js';
import { grantable } from '../access/grants.js';
import { changingAccess } from '../organizations/changing-access.js';
import { linkedUser } from '../organizations/linked-user.js';
import { employment, ownerRefused } from '../organizations/owners.js';
import { handOverPrimary, profileOf } from '../organizations/profile.actions.js';
import { UserProfile } from '../organizations/user-profile.js';
import { successorLink } from './assigned.js';
import {
  type CreateEmployeeInput,
  type EmployeeChanges,
  type TerminateEmployeeArgs,
  terminationOnly,
  type UpdateEmployeeInput,
  withoutHireDate,
} from './employee.inputs.js';
import { Employee } from './employee.js';
import {
  accessChangesRefused,
  ownChangesRefused,
  ownerChangesRefused,
  ownRecordRefused,
  regainedRoleRefused,
} from './employee-rights.js';
import { endsBeforeItBegins, endsTooEarly } from './employment-dates.js';
import { handOver, Leaving } from './leaving.js';
import { managedBy } from './managers.js';

onDuplicate(uniqueKey(Employee, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Employee, 'email'), () => emailTaken());
onDuplicate(uniqueKey(Employee, 'userId'), () => alreadyEmployee());

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another employee has this e-mail address', existingId);

const alreadyEmployee = (existingId?: string) =>
  new Taken('USER_ALREADY_EMPLOYEE', 'input.userId', 'This user already has an employee record', existingId);

export async function createEmployee(context: ActionContext, input: CreateEmployeeInput): Promise<Employee> {
  await changingAccess(context);
  const { record: employee } = await check(context, {
    find: links(context, input, () => newRecord(context, Employee)),
    rights: ({ record, user }) => [
      accessChangesRefused(context, record, input),
      ownRecordRefused(context.viewer, input),
      ownerRefused(context, user, employment),
    ],
  });
  assign(employee, input);
  employee.code = await context.nextCode(Employee);
  context.persist(employee);
  await context.flush();
  if (employee.userId) await provideProfile(context, employee.userId);
  return employee;
}

export async function updateEmployee(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateEmployeeInput>,
): Promise<Employee> {
  await changingAccess(context);
  const { record: employee } = await check(context, {
    find: links(context, input, () => lock(context, Employee, id)),
    rights: async ({ record, user }) => [
      accessChangesRefused(context, record, input),
      await ownerChangesRefused(context, record, input, user),
      await regainedRoleRefused(context, record, input),
    ],
    expectedVersion,
    state: ({ record }) => [...changesRefused(context, record, tagged(record, input)), tagsRefused(record, input)],
  });
  const changes = tagged(employee, input);
  const changed = changedBy(employee, changes);
  employee.change(changes);
  await context.flush();
  if (changed.has('userId') && employee.userId) await provideProfile(context, employee.userId);
  return employee;
}

/** Ends the employment and its access. Open work stays assigned unless another employee takes it over. */
export async function terminateEmployee(context: ActionContext, args: TerminateEmployeeArgs): Promise<Employee> {
  const { id, reassignToId, expectedVersion } = args;
  const terminationDate = args.terminationDate ?? today(context.viewer);
  await changingAccess(context);
  const leaving = new Leaving(context);
  const { record: employee, successor } = await check(context, {
    find: {
      record: () => leaving.lock(id, { handsOver: reassignToId != null }),
      successor: successorLink(context, reassignToId, 'reassignToId'),
    },
    rights: () => leaving.rights(),
    expectedVersion,
    state: async ({ record }) => [...record.terminationRefused(terminationDate), ...(await leaving.refusals(record))],
  });
  await leaving.takeAccess();
  employee.terminate(terminationDate);
  if (successor) await handOver(context, employee, successor);
  await context.flush();
  return employee;
}

export async function deleteEmployee(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<DeletePayload> {
  await changingAccess(context);
  const leaving = new Leaving(context);
  const { record: employee } = await check(context, {
    find: { record: () => leaving.lock(id) },
    rights: () => leaving.rights(),
    expectedVersion,
    state: ({ record }) => leaving.refusals(record),
  });
  await leaving.takeAccess();
  context.remove(employee);
  await context.flush();
  return { id };
}

/** Creates an EMPLOYEE profile if the user has none. An inactive profile stays inactive. */
async function provideProfile(context: ActionContext, userId: string): Promise<void> {
  if (await profileOf(context, userId, 'EMPLOYEE')) return;
  context.persist(UserProfile.of(organizationOf(context).id, userId, 'EMPLOYEE'));
  await context.flush();
  await handOverPrimary(context, userId);
}

/** Reasons to refuse a change. Values that stay the same are ignored. */
function changesRefused({ viewer }: ActionContext, employee: Employee, input: EmployeeChanges): Refusal[] {
  const changed = changedBy(employee, input);
  const { employmentType = employee.employmentType, hireDate = employee.hireDate } = input;
  const isTerminated = employee.status === 'TERMINATED' && !changed.has('status');
  const faults: InputFault[] = [];
  if (changed.has('status') && input.status === 'TERMINATED') faults.push(terminationOnly('input.status'));
  if (changed.has('employmentType') || changed.has('hireDate'))
    faults.push(...withoutHireDate({ employmentType, hireDate }, 'input.'));
  const ended = isTerminated ? employee.terminationDate : null;
  if (changed.has('hireDate') && endsTooEarly(hireDate, ended)) faults.push(endsBeforeItBegins('input.hireDate'));
  const becomesOwn = input.userId != null && changed.has('userId') && input.userId === viewer.userId;
  const isOwn = employee.id === viewer.organization?.selfId || becomesOwn;
  return [isOwn && ownChangesRefused(viewer, [...changed]), faultsRefused(faults)];
}

const links = (context: ActionContext, input: EmployeeChanges, record: () => Employee | Promise<Employee>) => ({
  ...linkedUser(context, Employee, input, alreadyEmployee),
  record,
  manager: managedBy(context, input),
  role: grantable<Employee>(context, input.roleId, 'input.roleId', ({ roleId }) => roleId === input.roleId),
  externalId: ownExternalId(context, Employee, input),
  email: unclaimed(context, Employee, 'email', input.email, emailTaken),
});
