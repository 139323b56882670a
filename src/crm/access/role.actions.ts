import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal, Taken } from '../../platform/errors.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { slugOf } from '../../platform/records/slug.js';
import type { ChangeArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { flushOrRetry, onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { later } from '../later.js';
import { changingAccess } from '../organizations/changing-access.js';
import { Membership } from '../organizations/membership.js';
import { ownerRefused, rolesAndProfiles } from '../organizations/owners.js';
import { giveRole } from './assignment.actions.js';
import { grant } from './grant.actions.js';
import { grantable, notHeld, permissionsOf } from './grants.js';
import type { CreateRoleInput, DeleteRoleArgs, RoleChanges, UpdateRoleInput } from './role.inputs.js';
import { Permission, Role, UserRole } from './role.js';

const slugKey = uniqueKey(Role, 'slug');

onDuplicate(uniqueKey(Role, 'nameSort'), () => nameTaken());

const nameTaken = (existingId?: string) =>
  new Taken('DUPLICATE_NAME', 'input.name', 'Another role has this name', existingId);

export async function createRole(
  context: ActionContext,
  { permissionIds = [], ...input }: CreateRoleInput,
): Promise<Role> {
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
  await flushOrRetry(context, slugKey);
  return role;
}

export async function updateRole(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateRoleInput>,
): Promise<Role> {
  await changingAccess(context);
  const { record: role } = await check(context, {
    find: { record: () => lock(context, Role, id) },
    rights: async ({ record }) => [
      input.isActive && !record.isActive && notHeld(context, await permissionsOf(context, record)),
    ],
    expectedVersion,
    state: async ({ record }) => [
      record.renamingRefused(changedBy(record, input)),
      await nameRefused(context, record, input),
    ],
  });
  assign(role, input);
  await context.flush();
  return role;
}

/** Deletes a role. Its holders get the replacement, which is required while there are any. */
export async function deleteRole(context: ActionContext, args: DeleteRoleArgs): Promise<DeletePayload> {
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
        found.record.deletionRefused(),
        isHeld && !found.replacement && roleInUse(),
      ];
    },
  });
  for (const { userId } of held.assignments) await giveRole(context, userId, replacement!.role);
  for (const employee of held.employees) employee.roleId = replacement!.role.id;
  await context.flush();
  context.remove(role);
  await context.flush();
  return { id };
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

/** Locks the employee records with a role, except those of former members, which lose it with the role. */
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

const roleInUse = () => new Conflict('ROLE_IN_USE', 'This role is in use; name its replacement in replacementRoleId');

/** DUPLICATE_NAME if another role has the new name. */
async function nameRefused(context: ActionContext, role: Role, input: RoleChanges): Promise<Refusal> {
  if (!changedBy(role, input).has('name')) return null;
  const [same] = await context.query<{ id: string }>(
    sql`select id
      from roles
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
