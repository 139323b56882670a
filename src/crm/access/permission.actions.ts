import { type Refusal, Taken } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { changingAccess } from '../organizations/changing-access.js';
import type { CreatePermissionInput, PermissionChanges, UpdatePermissionInput } from './role.inputs.js';
import { Permission, RolePermission } from './role.js';

onDuplicate(uniqueKey(Permission, 'resource', 'action'), () => permissionTaken());

const permissionTaken = (existingId?: string) =>
  new Taken('DUPLICATE_PERMISSION', 'input.action', 'Another permission has this resource and action', existingId);

/** Creates a custom permission, which the server stores and reports. Only clients act on it. */
export async function createPermission(context: ActionContext, input: CreatePermissionInput): Promise<Permission> {
  const { record: permission } = await check(context, {
    find: { record: () => newRecord(context, Permission) },
    state: async ({ record }) => [await nameRefused(context, record, input)],
  });
  assign(permission, input);
  context.persist(permission);
  await context.flush();
  return permission;
}

export async function updatePermission(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdatePermissionInput>,
): Promise<Permission> {
  await changingAccess(context);
  const { record: permission } = await check(context, {
    find: { record: () => lock(context, Permission, id) },
    expectedVersion,
    state: async ({ record }) => [
      changedBy(record, input).size > 0 && record.changeRefused(),
      await renamingRefused(context, record, input),
      await nameRefused(context, record, input),
    ],
  });
  assign(permission, input);
  await context.flush();
  return permission;
}

/** Deletes a custom permission and its grants. */
export async function deletePermission(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<DeletePayload> {
  await changingAccess(context);
  const { record: permission } = await check(context, {
    find: { record: () => lock(context, Permission, id) },
    expectedVersion,
    state: ({ record }) => [record.changeRefused()],
  });
  context.remove(permission);
  await context.flush();
  return { id };
}

/** A granted permission keeps its name, since its holders would otherwise hold another right than they were given. */
async function renamingRefused(
  context: ActionContext,
  permission: Permission,
  input: PermissionChanges,
): Promise<Refusal> {
  const renamed = [...changedBy(permission, input)].filter((name) => name !== 'description');
  const { id: permissionId, isSystemPermission } = permission;
  if (renamed.length === 0 || isSystemPermission) return null;
  const grants = await context.find(RolePermission, { permissionId }, 'none');
  if (grants.length === 0) return null;
  const message =
    'is fixed while a role has this permission; remove it from its roles first, or create another permission';
  return faultsRefused(renamed.map((name) => ({ path: `input.${name}`, code: 'NOT_ALLOWED', message })));
}

/** DUPLICATE_PERMISSION if another permission has the new resource and action. */
async function nameRefused(context: ActionContext, permission: Permission, input: PermissionChanges): Promise<Refusal> {
  const changed = changedBy(permission, input);
  if (!changed.has('resource') && !changed.has('action')) return null;
  const { resource = permission.resource, action = permission.action } = input;
  const same = await context.find(Permission, { resource, action }, 'none');
  const holder = same.find(({ id }) => id !== permission.id);
  return holder && permissionTaken(holder.id);
}
