import { isPrivileged } from '../../platform/auth/viewer.js';
import { BadInput, Forbidden } from '../../platform/errors.js';
import { type Acting, hold, organizationOf } from '../../platform/tenancy/acting.js';
import { Permission, Role, RolePermission } from './role.js';

/** A role that somebody shall get: active, and with nothing that the caller lacks. */
export async function grantableRole(acting: Acting, id: string, path: string): Promise<Role> {
  const role = await activeRole(acting, id, path);
  await demandHeld(acting, await permissionsOf(acting, role));
  return role;
}

export async function activeRole(acting: Acting, id: string, path: string): Promise<Role> {
  const role = await hold(acting, Role, id, path);
  if (!role.isActive)
    throw new BadInput(
      [{ path, code: 'NOT_ALLOWED', message: 'is inactive; activate the role first' }],
      'ROLE_INACTIVE',
    );
  return role;
}

export const permissionsOf = (acting: Acting, { id }: Pick<Role, 'id'>): Promise<Permission[]> =>
  acting.together(permissionsOfRoles, id);

async function permissionsOfRoles(acting: Acting, roleIds: readonly string[]): Promise<Permission[][]> {
  const { id: organizationId } = organizationOf(acting);
  const grants = await acting.em.find(RolePermission, { organizationId, roleId: { $in: [...roleIds] } });
  const granted = grants.map(({ permissionId }) => permissionId);
  const permissions = await acting.em.find(Permission, { organizationId, id: { $in: granted } });
  const byId = new Map(permissions.map((permission) => [permission.id, permission]));
  const byRole = Map.groupBy(grants, ({ roleId }) => roleId);
  return roleIds.map((roleId) => (byRole.get(roleId) ?? []).map(({ permissionId }) => byId.get(permissionId)!));
}

/** Nobody grants what they do not hold; owners and superusers are free. */
export function demandHeld({ viewer }: Acting, permissions: Permission[]): void {
  if (isPrivileged(viewer)) return;
  const missing = permissions
    .map(({ resource, action }) => `${resource}:${action}`)
    .find((name) => !viewer.organization!.permissions.has(name));
  if (missing)
    throw new Forbidden('PERMISSION_NOT_HELD', `You cannot grant ${missing}, which you do not hold yourself`, {
      permission: missing,
    });
}
