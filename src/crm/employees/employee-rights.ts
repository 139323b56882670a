import { holds, isPrivileged, type Viewer } from '../../platform/auth/viewer.js';
import { Forbidden, type Refusal } from '../../platform/errors.js';
import { changedBy } from '../../platform/records/inputs.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { notHeld, permissionsOf } from '../access/grants.js';
import { membershipOfUser } from '../organizations/linked-user.js';
import type { Membership } from '../organizations/membership.js';
import { employment, ownerRefused } from '../organizations/owners.js';
import type { EmployeeChanges } from './employee.inputs.js';
import { type Employee, isAtWork } from './employee.js';

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

/** The role of a record comes with it to the user that it is linked to, and comes back when the record is at work. */
export async function awakenedRoleRefused(
  context: ActionContext,
  employee: Employee,
  input: EmployeeChanges,
): Promise<Refusal> {
  const { roleId = employee.roleId, status = employee.status, userId } = input;
  if (!roleId || roleId !== employee.roleId) return null;
  const isLinked = userId && userId !== employee.userId;
  const isBack = isAtWork(status) && !employee.isAtWork;
  return isLinked || isBack ? notHeld(context, await permissionsOf(context, { id: roleId })) : null;
}

/** Owners are touched only by owners: not in their pay and rights, and nobody is made the record of one. */
export async function touchedOwnerRefused(
  context: ActionContext,
  employee: Employee,
  input: EmployeeChanges,
  linked: Membership | null,
): Promise<Refusal> {
  const changed = changedBy(employee, input);
  if (isPrivileged(context.viewer) || ![...changed].some((name) => sensitiveFields.has(name))) return null;
  const membership = employee.userId ? await membershipOfUser(context, employee.userId, 'none') : null;
  return (
    ownerRefused(context, membership, employment) ||
    (changed.has('userId') && ownerRefused(context, linked, employment))
  );
}

/**
 * Fields of one's own record that one may not change. Without employee:update that is nearly all of them, with it those
 * that would raise one's own pay or rights.
 */
export function ownChangesRefused(viewer: Viewer, changed: readonly string[]): Refusal {
  if (isPrivileged(viewer)) return null;
  const mayUpdate = holds(viewer, 'employee:update');
  const refused = changed.find((name) => (mayUpdate ? sensitiveFields.has(name) : !ownFields.has(name)));
  const ask = mayUpdate ? 'an owner' : 'somebody with employee:update';
  return refused && new Forbidden('SELF_EDIT_LIMITED', `You cannot change your own ${refused}; ask ${ask}`);
}

/** Nobody hires themselves with pay and rights of their own choice. */
export function ownRecordRefused(viewer: Viewer, input: EmployeeChanges): Refusal {
  if (input.userId !== viewer.userId || isPrivileged(viewer)) return null;
  const own = (['roleId', 'salary', 'commissionRate'] as const).find((name) => input[name] != null);
  return own && new Forbidden('SELF_EDIT_LIMITED', `You cannot set your own ${own}; ask an owner`);
}
