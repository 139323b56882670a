import { ExpectedVersion, Id } from '../../platform/records/decorators.js';
import { Arguments, type InputFault, inputFor } from '../../platform/records/inputs.js';
import type * as inputs from '../inputs.generated.js';
import { Permission, Role } from './role.js';

class GrantsOfNewRole {
  @Id({ description: 'Ids of permissions to grant, at most 500; the caller must hold them.', list: true })
  permissionIds?: string[];
}

export type CreateRoleInput = inputs.CreateRoleInput;
export const CreateRoleInput = inputFor(Role, 'create', 'A new role, with its permissions.', { with: GrantsOfNewRole });
export type UpdateRoleInput = inputs.UpdateRoleInput;
export const UpdateRoleInput = inputFor(
  Role,
  'update',
  'Changes to a role. Omitted fields keep their values; null clears.',
);

/** Values of either input. */
export type RoleChanges = Partial<CreateRoleInput> & UpdateRoleInput;
export type CreatePermissionInput = inputs.CreatePermissionInput;
export const CreatePermissionInput = inputFor(
  Permission,
  'create',
  'A new custom permission. The server stores and reports it; only clients act on it.',
);
export type UpdatePermissionInput = inputs.UpdatePermissionInput;
export const UpdatePermissionInput = inputFor(
  Permission,
  'update',
  'Changes to a custom permission. Omitted fields keep their values; null clears.',
);

/** Values of either input. */
export type PermissionChanges = Partial<CreatePermissionInput> & UpdatePermissionInput;

const role = { description: 'Id of the role.', required: true };

function replacedByAnother({ id, replacementRoleId }: DeleteRoleArgs): InputFault[] {
  return id === replacementRoleId
    ? [{ path: 'replacementRoleId', code: 'NOT_ALLOWED', message: 'must be another role' }]
    : [];
}

@Arguments(replacedByAnother)
export class DeleteRoleArgs {
  @Id(role)
  id!: string;

  @Id({ description: 'Id of the role that its holders get instead; required while somebody holds the role.' })
  replacementRoleId?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Arguments()
export class SetRolePermissionsArgs {
  @Id(role)
  roleId!: string;

  @Id({ description: 'Ids of all permissions that the role shall have, at most 500.', list: true, required: true })
  permissionIds!: string[];

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Arguments()
export class GrantArgs {
  @Id(role)
  roleId!: string;

  @Id({ description: 'Id of the permission.', required: true })
  permissionId!: string;
}

@Arguments()
export class AssignmentArgs {
  @Id({ description: 'Id of the user.', required: true })
  userId!: string;

  @Id(role)
  roleId!: string;
}
