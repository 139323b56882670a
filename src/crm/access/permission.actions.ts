import { Conflict, Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { type Acting, checkVersion, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import type { PermissionChanges } from './role.inputs.js';
import { Permission } from './role.js';

onDuplicate('permissions_name_key', () => permissionTaken());

const permissionTaken = (existingId?: string) =>
  new Taken('DUPLICATE_PERMISSION', 'input.action', 'There is a permission for this resource and action', existingId);

/** A permission of the organization's own: stored, granted and reported; only clients act on it. */
export async function createPermission(acting: Acting, input: PermissionChanges): Promise<Permission> {
  const permission = new Permission();
  permission.organizationId = organizationOf(acting).id;
  assign(permission, input);
  await refuseSame(acting, permission);
  acting.em.persist(permission);
  await acting.em.flush();
  return permission;
}

export async function updatePermission(
  acting: Acting,
  id: string,
  input: PermissionChanges,
  expectedVersion?: number | null,
): Promise<Permission> {
  const permission = await lock(acting, Permission, id);
  checkVersion(permission, expectedVersion);
  refuseSystem(permission);
  assign(permission, input);
  await refuseSame(acting, permission);
  await acting.em.flush();
  return permission;
}

/** Its grants go with it. */
export async function deletePermission(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const permission = await lock(acting, Permission, id);
  checkVersion(permission, expectedVersion);
  refuseSystem(permission);
  acting.em.remove(permission);
  await acting.em.flush();
}

function refuseSystem({ isSystemPermission }: Permission): void {
  if (isSystemPermission)
    throw new Conflict(
      'SYSTEM_PERMISSION',
      'A permission of the built-in catalogue cannot be changed; create your own',
    );
}

async function refuseSame({ em }: Acting, { organizationId, id, resource, action }: Permission): Promise<void> {
  const same = await em.findOne(Permission, { organizationId, resource, action, id: { $ne: id } });
  if (same) throw permissionTaken(same.id);
}
