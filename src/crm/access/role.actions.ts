import { LockMode } from '@mikro-orm/core';
import { BadInput, Conflict, Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import { slugOf } from '../../platform/records/slug.js';
import {
  type Acting,
  checkVersion,
  flushOrAgain,
  hold,
  lock,
  lockedInOrder,
  onDuplicate,
  organizationOf,
} from '../../platform/tenancy/acting.js';
import { demandMember } from '../organizations/linked-user.js';
import { demandHeld, grantableRole, permissionsOf } from './grants.js';
import { giveRole, lockMemberships } from './membership.actions.js';
import type { DeleteRoleArgs, NewRole, RoleChanges, SetRolePermissionsArgs } from './role.inputs.js';
import { Permission, Role, RolePermission, UserRole } from './role.js';

onDuplicate('roles_name_key', () => nameTaken());

const nameTaken = (existingId?: string) =>
  new Taken('DUPLICATE_NAME', 'input.name', 'Another role has this name', existingId);

const systemRole = (message: string) => new Conflict('SYSTEM_ROLE', message);

export async function createRole(acting: Acting, { permissionIds = [], ...input }: NewRole): Promise<Role> {
  const { em } = acting;
  const role = new Role();
  role.organizationId = organizationOf(acting).id;
  const permissions = await permissionsNamed(acting, permissionIds, 'input.permissionIds');
  demandHeld(acting, permissions);
  assign(role, input);
  await refuseSameName(acting, role);
  role.slug = await freeSlug(acting, role);
  em.persist(role);
  for (const { id } of permissions) grant(acting, role, id);
  await flushOrAgain(acting, 'roles_slug_key');
  return role;
}

export async function updateRole(
  acting: Acting,
  id: string,
  input: RoleChanges,
  expectedVersion?: number | null,
): Promise<Role> {
  const role = await lock(acting, Role, id);
  checkVersion(role, expectedVersion);
  if (role.isSystemRole && input.name !== undefined && input.name !== role.name)
    throw systemRole('A system role keeps its name; create a role of your own');
  if (input.isActive && !role.isActive) demandHeld(acting, await permissionsOf(acting, role));
  assign(role, input);
  await refuseSameName(acting, role);
  await acting.em.flush();
  return role;
}

/** While somebody has it, only with another role for them. */
export async function deleteRole(acting: Acting, args: DeleteRoleArgs): Promise<void> {
  const { em } = acting;
  const role = await lock(acting, Role, args.id);
  const replacement = args.replacementRoleId
    ? await grantableRole(acting, args.replacementRoleId, 'replacementRoleId')
    : null;
  if (replacement === role)
    throw new BadInput([{ path: 'replacementRoleId', code: 'NOT_ALLOWED', message: 'must be another role' }]);
  checkVersion(role, args.expectedVersion);
  if (role.isSystemRole) throw systemRole('A system role cannot be deleted; deactivate it instead');
  const { organizationId, id: roleId } = role;
  if (replacement) await lockMemberships(acting);
  const assignments = await em.find(UserRole, { organizationId, roleId, isActive: true }, lockedInOrder);
  const employees = (await em.find(
    recordNamed('Employee') as never,
    { organizationId, roleId } as never,
    lockedInOrder as never,
  )) as { roleId: string | null }[];
  if (!replacement && (assignments.length || employees.length))
    throw new Conflict('ROLE_IN_USE', 'Somebody has this role; name another one for them in replacementRoleId');
  for (const { userId } of assignments) await giveRole(acting, userId, replacement!);
  for (const employee of employees) employee.roleId = replacement!.id;
  await em.flush();
  em.remove(role);
  await em.flush();
}

/** No effect when granted already. */
export async function assignPermission(acting: Acting, roleId: string, permissionId: string): Promise<Role> {
  const role = await lock(acting, Role, roleId, 'roleId');
  const permission = await hold(acting, Permission, permissionId, 'permissionId');
  demandHeld(acting, [permission]);
  const granted = await permissionsOf(acting, role);
  return setPermissions(acting, role, [...new Set([...granted, permission])]);
}

/** No effect when not granted. */
export async function removePermission(acting: Acting, roleId: string, permissionId: string): Promise<Role> {
  const role = await lock(acting, Role, roleId, 'roleId');
  await hold(acting, Permission, permissionId, 'permissionId');
  const granted = await permissionsOf(acting, role);
  return setPermissions(
    acting,
    role,
    granted.filter(({ id }) => id !== permissionId),
  );
}

export async function setRolePermissions(acting: Acting, args: SetRolePermissionsArgs): Promise<Role> {
  const role = await lock(acting, Role, args.roleId, 'roleId');
  const permissions = await permissionsNamed(acting, args.permissionIds, 'permissionIds');
  const granted = new Set(await permissionsOf(acting, role));
  demandHeld(
    acting,
    permissions.filter((permission) => !granted.has(permission)),
  );
  checkVersion(role, args.expectedVersion);
  return setPermissions(acting, role, permissions);
}

/** No effect when assigned already. */
export async function assignRole(acting: Acting, userId: string, roleId: string): Promise<void> {
  // Two assignments at once take turns, so that the second one finds the first.
  await demandMember(acting, userId, 'userId', 'update');
  await giveRole(acting, userId, await grantableRole(acting, roleId, 'roleId'));
  await acting.em.flush();
}

/** No effect when not assigned; the employee record's primary role stays. */
export async function removeRole(acting: Acting, userId: string, roleId: string): Promise<void> {
  await demandMember(acting, userId, 'userId');
  const { organizationId } = await hold(acting, Role, roleId, 'roleId');
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const assignment = await acting.em.findOne(UserRole, { organizationId, userId, roleId }, { lockMode });
  if (assignment) assignment.isActive = false;
  await acting.em.flush();
}

/** The role's version grows with its set of permissions, though they are rows of their own. */
async function setPermissions(acting: Acting, role: Role, permissions: Permission[]): Promise<Role> {
  const { em } = acting;
  const { organizationId, id: roleId } = role;
  const grants = await em.find(RolePermission, { organizationId, roleId });
  const wanted = new Set(permissions.map(({ id }) => id));
  const superfluous = grants.filter(({ permissionId }) => !wanted.has(permissionId));
  const missing = [...wanted].filter((id) => !grants.some(({ permissionId }) => permissionId === id));
  for (const grantOf of superfluous) em.remove(grantOf);
  for (const id of missing) grant(acting, role, id);
  if (superfluous.length || missing.length) role.updatedAt = new Date();
  await em.flush();
  return role;
}

function grant({ em }: Acting, { organizationId, id: roleId }: Role, permissionId: string): void {
  em.persist(Object.assign(new RolePermission(), { organizationId, roleId, permissionId }));
}

async function permissionsNamed(acting: Acting, ids: string[], path: string): Promise<Permission[]> {
  const permissions: Permission[] = [];
  for (const [n, id] of ids.entries()) permissions.push(await hold(acting, Permission, id, `${path}.${n}`));
  return permissions;
}

async function refuseSameName({ em }: Acting, { organizationId, id, name }: Role): Promise<void> {
  const others = await em.find(Role, { organizationId, id: { $ne: id } });
  const same = others.find((other) => other.name.toLowerCase() === name.toLowerCase());
  if (same) throw nameTaken(same.id);
}

async function freeSlug({ em }: Acting, { organizationId, name }: Role): Promise<string> {
  const wanted = slugOf(name, 90, 'role');
  const taken = new Set((await em.find(Role, { organizationId })).map(({ slug }) => slug));
  for (let n = 1; ; n += 1) {
    const slug = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.has(slug)) return slug;
  }
}
