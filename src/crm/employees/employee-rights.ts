import { holds, isPrivileged, notForApiKeys, type Viewer } from '../../platform/auth/viewer.js';
import { Forbidden, type Refusal } from '../../platform/errors.js';
import { changedBy } from '../../platform/records/inputs.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { notHeld, permissionsOf } from '../access/grants.js';
import { membershipOfUser, membershipsOf } from '../organizations/linked-user.js';
import type { Membership } from '../organizations/membership.js';
import { employment, ownerRefused } from '../organizations/owners.js';
import { isAtWork } from './employee.enums.js';
import type { EmployeeChanges } from './employee.inputs.js';
import type { Employee } from './employee.js';

/** Fields of their own record that everybody may change. */
const ownFields = new Set<string>([
  'phone',
  'street',
  'city',
  'state',
  'postalCode',
  'country',
  'emergencyContact',
  'profileImage',
] satisfies (keyof EmployeeChanges)[]);

/** Fields of one's own record that only owners may change, since they decide pay and rights. */
const sensitiveFields = new Set<string>([
  'roleId',
  'salary',
  'commissionRate',
  'status',
  'userId',
] satisfies (keyof EmployeeChanges)[]);

/**
 * PERMISSION_NOT_HELD if the change gives a user the record's role: when the record is linked to the user, or when the
 * employee is back at work.
 */
export async function regainedRoleRefused(
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

/** Only owners change pay and rights of an owner, or link a record to an owner. */
export async function ownerChangesRefused(
  context: ActionContext,
  employee: Employee,
  input: EmployeeChanges,
  linked: Membership | null,
): Promise<Refusal> {
  const changed = changedBy(employee, input);
  if (isPrivileged(context.viewer) || !isSensitive(changed)) return null;
  const membership = employee.userId ? await membershipOfUser(context, employee.userId, 'none') : null;
  return (
    ownerRefused(context, membership, employment) ||
    (changed.has('userId') && ownerRefused(context, linked, employment))
  );
}

const isSensitive = (changed: ReadonlySet<string>) => [...changed].some((name) => sensitiveFields.has(name));

/** Fields of an employee that would get other values. */
export interface FieldChanges {
  id: string;
  userId: string | null;
  changed: ReadonlySet<string>;
}

/** OWNER_ONLY or SELF_EDIT_LIMITED for each of several employees, whatever the new values are. */
export async function fieldChangesRefused(
  context: ActionContext,
  changes: readonly FieldChanges[],
): Promise<Refusal[]> {
  const { viewer } = context;
  if (isPrivileged(viewer)) return [];
  const userIds = changes.flatMap(({ userId, changed }) => (userId && isSensitive(changed) ? [userId] : []));
  const memberships = userIds.length ? await membershipsOf(context, userIds) : new Map<string, Membership>();
  return changes.map(
    ({ id, userId, changed }) =>
      ownerRefused(context, userId ? memberships.get(userId) : null, employment) ||
      (id === viewer.organization?.selfId && ownChangesRefused(viewer, [...changed])),
  );
}

/**
 * SELF_EDIT_LIMITED for fields of the caller's own record: without employee:update for nearly all of them, with it for
 * those that decide pay and rights.
 */
export function ownChangesRefused(viewer: Viewer, changed: readonly string[]): Refusal {
  if (isPrivileged(viewer)) return null;
  const mayUpdate = holds(viewer, 'employee:update');
  const refused = changed.find((name) => (mayUpdate ? sensitiveFields.has(name) : !ownFields.has(name)));
  const ask = mayUpdate ? 'an owner' : 'somebody with employee:update';
  return refused && new Forbidden('SELF_EDIT_LIMITED', `You cannot change your own ${refused}; ask ${ask}`);
}

/** NOT_FOR_API_KEYS if the change gives or takes access: role and account, and the status of those with an account. */
export function accessChangesRefused({ viewer }: ActionContext, employee: Employee, input: EmployeeChanges): Refusal {
  if (!viewer.apiKey) return null;
  const changed = changedBy(employee, input);
  const decides = changed.has('roleId') || changed.has('userId') || (changed.has('status') && employee.userId !== null);
  return decides && notForApiKeys();
}

/** SELF_EDIT_LIMITED if callers create their own record with pay or a role. */
export function ownRecordRefused(viewer: Viewer, input: EmployeeChanges): Refusal {
  if (!input.userId || input.userId !== viewer.userId || isPrivileged(viewer)) return null;
  const own = (['roleId', 'salary', 'commissionRate'] as const).find((name) => input[name] != null);
  return own && new Forbidden('SELF_EDIT_LIMITED', `You cannot set your own ${own}; ask an owner`);
}
