import { Conflict, type Refusal, Taken } from '../../platform/errors.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { type ActionContext, lock, newRecord, onDuplicate } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import type { PermissionChanges } from './role.inputs.js';
import { Permission } from './role.js';

onDuplicate('permissions_name_key', () => permissionTaken());

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
  const { record: permission } = await check(acting, {
    find: { record: () => lock(acting, Permission, id) },
    expectedVersion,
    state: async ({ record }) => [
      changedBy(record, input).size > 0 && systemRefused(record),
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

/** DUPLICATE_PERMISSION, where resource or action change to those of another one. */
async function nameRefused({ em }: ActionContext, permission: Permission, input: PermissionChanges): Promise<Refusal> {
  const changed = changedBy(permission, input);
  if (!changed.has('resource') && !changed.has('action')) return null;
  const { organizationId, id } = permission;
  const { resource = permission.resource, action = permission.action } = input;
  const same = await em.findOne(Permission, { organizationId, resource, action, id: { $ne: id } });
  return same && permissionTaken(same.id);
}
