import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal, Taken } from '../../platform/errors.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { slugOf } from '../../platform/records/slug.js';
import {
  type ActionContext,
  lock,
  lockShared,
  newRecord,
  organizationOf,
} from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { flushOrAgain, onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { later } from '../later.js';
import { changingAccess } from '../organizations/changing-access.js';
import { demandMember } from '../organizations/linked-user.js';
import { Membership } from '../organizations/membership.js';
import { ownerRefused, rolesAndProfiles } from '../organizations/owners.js';
import { grantable, notHeld, permissionsOf } from './grants.js';
import { giveRole } from './membership.actions.js';
import type { DeleteRoleArgs, NewRole, RoleChanges, SetRolePermissionsArgs } from './role.inputs.js';
import { Permission, Role, RolePermission, UserRole } from './role.js';

const slugKey = uniqueKey(Role, 'slug');

onDuplicate(uniqueKey(Role, 'nameSort'), () => nameTaken());

const nameTaken = (existingId?: string) =>
  new Taken('DUPLICATE_NAME', 'input.name', 'Another role has this name', existingId);

const systemRole = (message: string) => new Conflict('SYSTEM_ROLE', message);

export async function createRole(acting: ActionContext, { permissionIds = [], ...input }: NewRole): Promise<Role> {
  await changingAccess(acting);
  const { record: role, permissions } = await check(acting, {
    find: {
      permissions: namedRecords(acting, Permission, permissionIds, 'input.permissionIds'),
      record: () => newRecord(acting, Role),
    },
    rights: (found) => [notHeld(acting, found.permissions)],
    state: async ({ record }) => [await nameRefused(acting, record, input)],
  });
  assign(role, input);
  role.slug = await freeSlug(acting, role);
  acting.persist(role);
  for (const { id } of permissions) grant(acting, role, id);
  await flushOrAgain(acting, slugKey);
  return role;
}

export async function updateRole(
  acting: ActionContext,
  id: string,
  input: RoleChanges,
  expectedVersion?: number | null,
): Promise<Role> {
  await changingAccess(acting);
  const { record: role } = await check(acting, {
    find: { record: () => lock(acting, Role, id) },
    rights: async ({ record }) => [
      input.isActive && !record.isActive && notHeld(acting, await permissionsOf(acting, record)),
    ],
    expectedVersion,
    state: async ({ record }) => [
      record.isSystemRole &&
        changedBy(record, input).has('name') &&
        systemRole('A system role keeps its name; create a role of your own'),
      await nameRefused(acting, record, input),
    ],
  });
  assign(role, input);
  await acting.flush();
  return role;
}

/** While somebody has it, only with another role for them. */
export async function deleteRole(acting: ActionContext, args: DeleteRoleArgs): Promise<void> {
  await changingAccess(acting);
  const { id, replacementRoleId, expectedVersion } = args;
  const held: { assignments: UserRole[]; employees: EmployeeWithRole[] } = { assignments: [], employees: [] };
  const { record: role, replacement } = await check(acting, {
    find: {
      record: () => lock(acting, Role, id),
      replacement: grantable(acting, replacementRoleId, 'replacementRoleId'),
    },
    expectedVersion,
    state: async (found) => {
      held.assignments = await acting.find(UserRole, { roleId: id, isActive: true }, 'update');
      held.employees = await employeesWith(acting, id);
      const isHeld = held.assignments.length > 0 || held.employees.length > 0;
      const holders = [...held.assignments, ...held.employees].flatMap(({ userId }) => userId ?? []);
      return [
        ...(isHeld ? await ownersTouched(acting, holders) : []),
        found.record.isSystemRole && systemRole('A system role cannot be deleted; deactivate it instead'),
        isHeld && !found.replacement && roleInUse(),
      ];
    },
  });
  for (const { userId } of held.assignments) await giveRole(acting, userId, replacement!.role);
  for (const employee of held.employees) employee.roleId = replacement!.role.id;
  await acting.flush();
  acting.remove(role);
  await acting.flush();
}

interface EmployeeWithRole {
  roleId: string | null;
  userId: string | null;
}

async function ownersTouched(acting: ActionContext, userIds: string[]): Promise<Refusal[]> {
  const memberships = await acting.findWhere(
    Membership,
    sql`organization_id = ${organizationOf(acting).id}::uuid and user_id = any(${userIds}::uuid[])`,
    'none',
  );
  return memberships.map((membership) => ownerRefused(acting, membership, rolesAndProfiles));
}

/** Employee records with a role, but for those of people who left: they lose it with the role. */
function employeesWith(acting: ActionContext, roleId: string): Promise<EmployeeWithRole[]> {
  return acting.findWhere(
    later.employee.type,
    sql`organization_id = ${organizationOf(acting).id}::uuid
      and role_id = ${roleId}::uuid
      and status <> 'TERMINATED'
      and not exists (
        select from memberships m
        where m.organization_id = employees.organization_id
          and m.user_id = employees.user_id
          and not m.is_active
      )`,
    'update',
  );
}

const roleInUse = () =>
  new Conflict('ROLE_IN_USE', 'Somebody has this role; name another one for them in replacementRoleId');

interface Grant {
  roleId: string;
  permissionId: string;
}

const grantSteps = (acting: ActionContext, { roleId, permissionId }: Grant) => ({
  record: () => lock(acting, Role, roleId, 'roleId'),
  permission: () => lockShared(acting, Permission, permissionId, 'permissionId'),
});

/** No effect when granted already. */
export async function assignPermission(acting: ActionContext, args: Grant): Promise<Role> {
  await changingAccess(acting);
  const { record: role, permission } = await check(acting, {
    find: grantSteps(acting, args),
    rights: (found) => [notHeld(acting, [found.permission])],
  });
  const granted = await permissionsOf(acting, role);
  return setPermissions(acting, role, [...new Set([...granted, permission])]);
}

/** No effect when not granted. */
export async function removePermission(acting: ActionContext, args: Grant): Promise<Role> {
  await changingAccess(acting);
  const { record: role, permission } = await check(acting, { find: grantSteps(acting, args) });
  const granted = await permissionsOf(acting, role);
  return setPermissions(
    acting,
    role,
    granted.filter(({ id }) => id !== permission.id),
  );
}

export async function setRolePermissions(acting: ActionContext, args: SetRolePermissionsArgs): Promise<Role> {
  const { roleId, permissionIds, expectedVersion } = args;
  await changingAccess(acting);
  const { record: role, permissions } = await check(acting, {
    find: {
      record: () => lock(acting, Role, roleId, 'roleId'),
      permissions: namedRecords(acting, Permission, permissionIds, 'permissionIds'),
    },
    rights: async (found) => {
      const granted = new Set(await permissionsOf(acting, found.record));
      return [
        notHeld(
          acting,
          found.permissions.filter((permission) => !granted.has(permission)),
        ),
      ];
    },
    expectedVersion,
  });
  return setPermissions(acting, role, permissions);
}

/** No effect when assigned already. */
export async function assignRole(acting: ActionContext, userId: string, roleId: string): Promise<void> {
  await changingAccess(acting);
  const { granted } = await check(acting, {
    find: {
      member: () => demandMember(acting, userId, 'userId'),
      granted: grantable(acting, roleId, 'roleId'),
    },
    rights: ({ member }) => [ownerRefused(acting, member, rolesAndProfiles)],
  });
  await giveRole(acting, userId, granted!.role);
  await acting.flush();
}

/** No effect when not assigned; the employee record's primary role stays. */
export async function removeRole(acting: ActionContext, userId: string, roleId: string): Promise<void> {
  await changingAccess(acting);
  await check(acting, {
    find: {
      member: () => demandMember(acting, userId, 'userId'),
      role: () => lockShared(acting, Role, roleId, 'roleId'),
    },
    rights: ({ member }) => [ownerRefused(acting, member, rolesAndProfiles)],
  });
  const [assignment] = await acting.find(UserRole, { userId, roleId }, 'update');
  if (assignment) assignment.isActive = false;
  await acting.flush();
}

/** The role's version grows with its set of permissions, though they are rows of their own. */
async function setPermissions(acting: ActionContext, role: Role, permissions: Permission[]): Promise<Role> {
  const grants = await acting.find(RolePermission, { roleId: role.id }, 'none');
  const wanted = new Set(permissions.map(({ id }) => id));
  const superfluous = grants.filter(({ permissionId }) => !wanted.has(permissionId));
  const missing = [...wanted].filter((id) => !grants.some(({ permissionId }) => permissionId === id));
  for (const grantOf of superfluous) acting.remove(grantOf);
  for (const id of missing) grant(acting, role, id);
  if (superfluous.length || missing.length) role.updatedAt = new Date();
  await acting.flush();
  return role;
}

function grant(acting: ActionContext, { id: roleId }: Role, permissionId: string): void {
  acting.persist(Object.assign(newRecord(acting, RolePermission), { roleId, permissionId }));
}

/** DUPLICATE_NAME, where the name changes to that of another role. */
async function nameRefused(acting: ActionContext, role: Role, input: RoleChanges): Promise<Refusal> {
  if (!changedBy(role, input).has('name')) return null;
  const [same] = await acting.query<{ id: string }>(
    sql`select id from roles
      where organization_id = ${role.organizationId}::uuid
        and name_sort = folded(${input.name}::text)
        and id <> ${role.id}::uuid`,
  );
  return same && nameTaken(same.id);
}

async function freeSlug(acting: ActionContext, { name }: Role): Promise<string> {
  const wanted = slugOf(name, 90, 'role');
  const taken = new Set((await acting.find(Role, {}, 'none')).map(({ slug }) => slug));
  for (let n = 1; ; n += 1) {
    const slug = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.has(slug)) return slug;
  }
}
