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

export async function createRole(context: ActionContext, { permissionIds = [], ...input }: NewRole): Promise<Role> {
  await changingAccess(context);
  const { record: role, permissions } = await check(context, {
    find: {
      permissions: namedRecords(context, Permission, permissionIds, 'input.permissionIds'),
      record: () => newRecord(context, Role),
    },
    rights: (found) => [notHeld(context, found.permissions)],
    state: async ({ record }) => [await nameRefused(context, record, input)],
  });
  assign(role, input);
  role.slug = await freeSlug(context, role);
  context.persist(role);
  for (const { id } of permissions) grant(context, role, id);
  await flushOrAgain(context, slugKey);
  return role;
}

export async function updateRole(
  context: ActionContext,
  id: string,
  input: RoleChanges,
  expectedVersion?: number | null,
): Promise<Role> {
  await changingAccess(context);
  const { record: role } = await check(context, {
    find: { record: () => lock(context, Role, id) },
    rights: async ({ record }) => [
      input.isActive && !record.isActive && notHeld(context, await permissionsOf(context, record)),
    ],
    expectedVersion,
    state: async ({ record }) => [
      record.isSystemRole &&
        changedBy(record, input).has('name') &&
        systemRole('A system role keeps its name; create a role of your own'),
      await nameRefused(context, record, input),
    ],
  });
  assign(role, input);
  await context.flush();
  return role;
}

/** While somebody has it, only with another role for them. */
export async function deleteRole(context: ActionContext, args: DeleteRoleArgs): Promise<void> {
  await changingAccess(context);
  const { id, replacementRoleId, expectedVersion } = args;
  const held: { assignments: UserRole[]; employees: EmployeeWithRole[] } = { assignments: [], employees: [] };
  const { record: role, replacement } = await check(context, {
    find: {
      record: () => lock(context, Role, id),
      replacement: grantable(context, replacementRoleId, 'replacementRoleId'),
    },
    expectedVersion,
    state: async (found) => {
      held.assignments = await context.find(UserRole, { roleId: id, isActive: true }, 'update');
      held.employees = await employeesWith(context, id);
      const isHeld = held.assignments.length > 0 || held.employees.length > 0;
      const holders = [...held.assignments, ...held.employees].flatMap(({ userId }) => userId ?? []);
      return [
        ...(isHeld ? await ownersTouched(context, holders) : []),
        found.record.isSystemRole && systemRole('A system role cannot be deleted; deactivate it instead'),
        isHeld && !found.replacement && roleInUse(),
      ];
    },
  });
  for (const { userId } of held.assignments) await giveRole(context, userId, replacement!.role);
  for (const employee of held.employees) employee.roleId = replacement!.role.id;
  await context.flush();
  context.remove(role);
  await context.flush();
}

interface EmployeeWithRole {
  roleId: string | null;
  userId: string | null;
}

async function ownersTouched(context: ActionContext, userIds: string[]): Promise<Refusal[]> {
  const memberships = await context.findWhere(
    Membership,
    sql`organization_id = ${organizationOf(context).id}::uuid and user_id = any(${userIds}::uuid[])`,
    'none',
  );
  return memberships.map((membership) => ownerRefused(context, membership, rolesAndProfiles));
}

/** Employee records with a role, but for those of people who left: they lose it with the role. */
function employeesWith(context: ActionContext, roleId: string): Promise<EmployeeWithRole[]> {
  return context.findWhere(
    later.employee.type,
    sql`organization_id = ${organizationOf(context).id}::uuid
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

const grantSteps = (context: ActionContext, { roleId, permissionId }: Grant) => ({
  record: () => lock(context, Role, roleId, 'roleId'),
  permission: () => lockShared(context, Permission, permissionId, 'permissionId'),
});

/** No effect when granted already. */
export async function assignPermission(context: ActionContext, args: Grant): Promise<Role> {
  await changingAccess(context);
  const { record: role, permission } = await check(context, {
    find: grantSteps(context, args),
    rights: (found) => [notHeld(context, [found.permission])],
  });
  const granted = await permissionsOf(context, role);
  return setPermissions(context, role, [...new Set([...granted, permission])]);
}

/** No effect when not granted. */
export async function removePermission(context: ActionContext, args: Grant): Promise<Role> {
  await changingAccess(context);
  const { record: role, permission } = await check(context, { find: grantSteps(context, args) });
  const granted = await permissionsOf(context, role);
  return setPermissions(
    context,
    role,
    granted.filter(({ id }) => id !== permission.id),
  );
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
      return [
        notHeld(
          context,
          found.permissions.filter((permission) => !granted.has(permission)),
        ),
      ];
    },
    expectedVersion,
  });
  return setPermissions(context, role, permissions);
}

/** No effect when assigned already. */
export async function assignRole(context: ActionContext, userId: string, roleId: string): Promise<void> {
  await changingAccess(context);
  const { granted } = await check(context, {
    find: {
      member: () => demandMember(context, userId, 'userId'),
      granted: grantable(context, roleId, 'roleId'),
    },
    rights: ({ member }) => [ownerRefused(context, member, rolesAndProfiles)],
  });
  await giveRole(context, userId, granted!.role);
  await context.flush();
}

/** No effect when not assigned; the employee record's primary role stays. */
export async function removeRole(context: ActionContext, userId: string, roleId: string): Promise<void> {
  await changingAccess(context);
  await check(context, {
    find: {
      member: () => demandMember(context, userId, 'userId'),
      role: () => lockShared(context, Role, roleId, 'roleId'),
    },
    rights: ({ member }) => [ownerRefused(context, member, rolesAndProfiles)],
  });
  const [assignment] = await context.find(UserRole, { userId, roleId }, 'update');
  if (assignment) assignment.isActive = false;
  await context.flush();
}

/** The role's version grows with its set of permissions, though they are rows of their own. */
async function setPermissions(context: ActionContext, role: Role, permissions: Permission[]): Promise<Role> {
  const grants = await context.find(RolePermission, { roleId: role.id }, 'none');
  const wanted = new Set(permissions.map(({ id }) => id));
  const superfluous = grants.filter(({ permissionId }) => !wanted.has(permissionId));
  const missing = [...wanted].filter((id) => !grants.some(({ permissionId }) => permissionId === id));
  for (const grantOf of superfluous) context.remove(grantOf);
  for (const id of missing) grant(context, role, id);
  if (superfluous.length || missing.length) role.updatedAt = new Date();
  await context.flush();
  return role;
}

function grant(context: ActionContext, { id: roleId }: Role, permissionId: string): void {
  context.persist(Object.assign(newRecord(context, RolePermission), { roleId, permissionId }));
}

/** DUPLICATE_NAME, where the name changes to that of another role. */
async function nameRefused(context: ActionContext, role: Role, input: RoleChanges): Promise<Refusal> {
  if (!changedBy(role, input).has('name')) return null;
  const [same] = await context.query<{ id: string }>(
    sql`select id from roles
      where organization_id = ${role.organizationId}::uuid
        and name_sort = folded(${input.name}::text)
        and id <> ${role.id}::uuid`,
  );
  return same && nameTaken(same.id);
}

async function freeSlug(context: ActionContext, { name }: Role): Promise<string> {
  const wanted = slugOf(name, 90, 'role');
  const taken = new Set((await context.find(Role, {}, 'none')).map(({ slug }) => slug));
  for (let n = 1; ; n += 1) {
    const slug = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.has(slug)) return slug;
  }
}
