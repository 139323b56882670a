import { Id, Int } from '../../platform/records/decorators.js';
import { Arguments, type Changes, type InputFault, inputFor } from '../../platform/records/inputs.js';
import { Permission, Role } from './role.js';

class GrantsOfNewRole {
  @Id({ description: 'Permissions to grant; only such as the caller holds.', list: true })
  permissionIds?: string[];
}

export const CreateRoleInput = inputFor(Role, 'create', 'A new role.', { with: GrantsOfNewRole });
export const UpdateRoleInput = inputFor(Role, 'update', 'Changes to a role; omitted fields stay, null clears.');
export const CreatePermissionInput = inputFor(
  Permission,
  'create',
  'A custom permission; the server stores and reports it, only clients act on it.',
);
export const UpdatePermissionInput = inputFor(
  Permission,
  'update',
  'Changes to a custom permission; omitted fields stay, null clears.',
);
export type RoleChanges = Changes<Role>;
export type NewRole = RoleChanges & GrantsOfNewRole;
export type PermissionChanges = Changes<Permission>;

const version = { description: 'Version last read; VERSION_CONFLICT when the stored one differs.' };
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

  @Id({ description: 'Role that its holders get instead; required while it is in use.' })
  replacementRoleId?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Arguments()
export class SetRolePermissionsArgs {
  @Id(role)
  roleId!: string;

  @Id({ description: 'All permissions that the role shall grant.', list: true, required: true })
  permissionIds!: string[];

  @Int(version)
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
