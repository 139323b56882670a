import { holds, isPrivileged } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { Forbidden, type Refusal } from '../../platform/errors.js';
import { type ActionContext, lockShared, organizationOf } from '../../platform/tenancy/action-context.js';
import { ifGiven, type Link } from '../../platform/tenancy/checks.js';
import { Permission, Role, RolePermission } from './role.js';

/** A role to assign: it must be active, and the caller must hold all its permissions. */
export function grantable<Owner>(
  context: ActionContext,
  id: string | null | undefined,
  path: string,
  /** Whether the record already has the role, in which case nothing is granted. */
  has: (owner: Owner) => boolean = () => false,
): Link<{ role: Role; permissions: Permission[] } | null, Owner> {
  return {
    find: () =>
      ifGiven(id, async (roleId) => {
        const role = await lockShared(context, Role, roleId, path);
        return { role, permissions: await permissionsOf(context, role) };
      }),
    rights: (found, owner) => found && !has(owner) && notHeld(context, found.permissions),
    state: (found, owner) => found && !has(owner) && found.role.grantRefused(path),
  };
}

export const permissionsOf = (context: ActionContext, { id }: Pick<Role, 'id'>): Promise<Permission[]> =>
  context.batch(permissionsOfRoles, id);

async function permissionsOfRoles(context: ActionContext, roleIds: readonly string[]): Promise<Permission[][]> {
  const { id: organizationId } = organizationOf(context);
  const own = sql`organization_id = ${organizationId}::uuid`;
  const grants = await context.findWhere(RolePermission, sql`${own} and role_id = any(${roleIds}::uuid[])`, 'none');
  const granted = grants.map(({ permissionId }) => permissionId);
  const permissions = await context.findWhere(Permission, sql`${own} and id = any(${granted}::uuid[])`, 'none');
  const byId = new Map(permissions.map((permission) => [permission.id, permission]));
  const byRole = Map.groupBy(grants, ({ roleId }) => roleId);
  return roleIds.map((roleId) => (byRole.get(roleId) ?? []).map(({ permissionId }) => byId.get(permissionId)!));
}

/**
 * Callers grant only permissions that they hold; owners and superusers grant all. Custom permissions have an effect in
 * clients only, so callers with role:update grant them, held or not.
 */
export function notHeld({ viewer }: ActionContext, permissions: readonly Permission[]): Refusal {
  if (isPrivileged(viewer)) return null;
  const mayGrantOwn = holds(viewer, 'role:update');
  const missing = permissions
    .filter(({ isSystemPermission }) => isSystemPermission || !mayGrantOwn)
    .map(({ name }) => name)
    .find((name) => !viewer.organization!.permissions.has(name));
  return (
    missing &&
    new Forbidden('PERMISSION_NOT_HELD', `You cannot grant ${missing}, which you do not hold yourself`, {
      permission: missing,
    })
  );
}
