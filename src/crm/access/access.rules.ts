import { inOrganizationAnd, owner, unsuspended } from '../../platform/permissions/rules.js';
import { can } from '../permissions.js';

export const accessRules = {
  Query: {
    roles: can['role:read'],
    role: can['role:read'],
    permissions: can['role:read'],
    permission: can['role:read'],
    permissionsByResource: can['role:read'],
    myRoles: unsuspended,
    myPermissions: unsuspended,
  },
  Mutation: {
    addOrganizationMember: owner,
    updateMembership: owner,
    deactivateMembership: inOrganizationAnd("ownership of the organization, except to end the caller's own membership"),
    createRole: can['role:create'],
    updateRole: can['role:update'],
    deleteRole: can['role:delete'],
    addPermissionToRole: can['role:update'],
    removePermissionFromRole: can['role:update'],
    assignPermission: can['role:update'],
    removePermission: can['role:update'],
    setRolePermissions: can['role:update'],
    assignRole: can['role:update'],
    removeRole: can['role:update'],
    createPermission: can['role:create'],
    updatePermission: can['role:update'],
    deletePermission: can['role:delete'],
  },
  Permission: { roles: can['role:read'] },
  Role: { users: can['role:read'] },
};
