import { type ActionContext, lock, lockShared, newRecord } from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { changingAccess } from '../organizations/changing-access.js';
import { notHeld, permissionsOf } from './grants.js';
import type { GrantArgs, SetRolePermissionsArgs } from './role.inputs.js';
import { Permission, Role, RolePermission } from './role.js';

const grantSteps = (context: ActionContext, { roleId, permissionId }: GrantArgs) => ({
  record: () => lock(context, Role, roleId, 'roleId'),
  permission: () => lockShared(context, Permission, permissionId, 'permissionId'),
});

/** Grants a permission to a role, unless it is already granted. */
export async function assignPermission(context: ActionContext, args: GrantArgs): Promise<Role> {
  await changingAccess(context);
  const { record: role, permission } = await check(context, {
    find: grantSteps(context, args),
    rights: (found) => [notHeld(context, [found.permission])],
  });
  const granted = await permissionsOf(context, role);
  return setPermissions(context, role, [...new Set([...granted, permission])]);
}

/** Takes a permission from a role. */
export async function removePermission(context: ActionContext, args: GrantArgs): Promise<Role> {
  await changingAccess(context);
  const { record: role, permission } = await check(context, { find: grantSteps(context, args) });
  const granted = await permissionsOf(context, role);
  const kept = granted.filter(({ id }) => id !== permission.id);
  return setPermissions(context, role, kept);
}

export async function setRolePermissions(context: ActionContext, args: SetRolePermissionsArgs): Promise<Role> {
  const { roleId, permissionIds, expectedVersion } = args;
  await changingAccess(context);
  const { record: role, permissions } = await check(context, {
    find: {
      record: () => lock(context, Role, roleId, 'roleId'),
      permissions: namedRecords(context, Permission, permissionIds, 'permissionIds'),
    },
    rights: async (found) => {
      const granted = new Set(await permissionsOf(context, found.record));
      const added = found.permissions.filter((permission) => !granted.has(permission));
      return [notHeld(context, added)];
    },
    expectedVersion,
  });
  return setPermissions(context, role, permissions);
}

async function setPermissions(context: ActionContext, role: Role, permissions: Permission[]): Promise<Role> {
  const grants = await context.find(RolePermission, { roleId: role.id }, 'none');
  const wanted = new Set(permissions.map(({ id }) => id));
  const superfluous = grants.filter(({ permissionId }) => !wanted.has(permissionId));
  const missing = [...wanted].filter((id) => !grants.some(({ permissionId }) => permissionId === id));
  for (const superfluousGrant of superfluous) context.remove(superfluousGrant);
  for (const id of missing) grant(context, role, id);
  if (superfluous.length || missing.length) role.touch();
  await context.flush();
  return role;
}

export function grant(context: ActionContext, { id: roleId }: Role, permissionId: string): void {
  context.persist(Object.assign(newRecord(context, RolePermission), { roleId, permissionId }));
}
