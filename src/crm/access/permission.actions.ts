import { Conflict, type Refusal, Taken } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { changingAccess } from '../organizations/changing-access.js';
import type { PermissionChanges } from './role.inputs.js';
import { Permission, RolePermission } from './role.js';

onDuplicate(uniqueKey(Permission, 'resource', 'action'), () => permissionTaken());

const permissionTaken = (existingId?: string) =>
  new Taken('DUPLICATE_PERMISSION', 'input.action', 'There is a permission for this resource and action', existingId);

/** A permission of the organization's own: stored, granted and reported; only clients act on it. */
export async function createPermission(acting: ActionContext, input: PermissionChanges): Promise<Permission> {
  const { record: permission } = await check(acting, {
    find: { record: () => newRecord(acting, Permission) },
    state: async ({ record }) => [await nameRefused(acting, record, input)],
  });
  assign(permission, input);
  acting.persist(permission);
  await acting.flush();
  return permission;
}

export async function updatePermission(
  acting: ActionContext,
  id: string,
  input: PermissionChanges,
  expectedVersion?: number | null,
): Promise<Permission> {
  await changingAccess(acting);
  const { record: permission } = await check(acting, {
    find: { record: () => lock(acting, Permission, id) },
    expectedVersion,
    state: async ({ record }) => [
      changedBy(record, input).size > 0 && systemRefused(record),
      await renamingRefused(acting, record, input),
      await nameRefused(acting, record, input),
    ],
  });
  assign(permission, input);
  await acting.flush();
  return permission;
}

/** Its grants go with it. */
export async function deletePermission(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  await changingAccess(acting);
  const { record: permission } = await check(acting, {
    find: { record: () => lock(acting, Permission, id) },
    expectedVersion,
    state: ({ record }) => [systemRefused(record)],
  });
  acting.remove(permission);
  await acting.flush();
}

const systemRefused = ({ isSystemPermission }: Permission): Refusal =>
  isSystemPermission &&
  new Conflict('SYSTEM_PERMISSION', 'A permission of the built-in catalogue cannot be changed; create your own');

/** Its holders would hold another right than the one they were given. */
async function renamingRefused(
  acting: ActionContext,
  permission: Permission,
  input: PermissionChanges,
): Promise<Refusal> {
  const renamed = [...changedBy(permission, input)].filter((name) => name !== 'description');
  const { id: permissionId, isSystemPermission } = permission;
  if (renamed.length === 0 || isSystemPermission) return null;
  const grants = await acting.find(RolePermission, { permissionId }, 'none');
  if (grants.length === 0) return null;
  const message = 'is fixed while a role has this permission; take it from its roles first, or create another one';
  return faultsRefused(renamed.map((name) => ({ path: `input.${name}`, code: 'NOT_ALLOWED', message })));
}

/** DUPLICATE_PERMISSION, where resource or action change to those of another one. */
async function nameRefused(acting: ActionContext, permission: Permission, input: PermissionChanges): Promise<Refusal> {
  const changed = changedBy(permission, input);
  if (!changed.has('resource') && !changed.has('action')) return null;
  const { resource = permission.resource, action = permission.action } = input;
  const same = await acting.find(Permission, { resource, action }, 'none');
  const [other] = same.filter(({ id }) => id !== permission.id);
  return other && permissionTaken(other.id);
}
