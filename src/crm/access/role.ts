import { Index, Unique } from '@mikro-orm/decorators/legacy';
import { Flag, Instant, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord, tenantPolicy } from '../../platform/tenancy/tenant-record.js';
import { User } from '../users/user.js';

@Unique({ name: 'roles_tenant_key', properties: ['organizationId', 'id'] })
@Unique({ name: 'roles_name_key', properties: ['organizationId', 'nameSort'] })
@Unique({ name: 'roles_slug_key', properties: ['organizationId', 'slug'] })
@Record({
  table: 'roles',
  plural: 'roles',
  description: 'A named set of permissions in one organization.',
  resource: 'role',
  search: 'columns',
  policies: [tenantPolicy],
})
export class Role extends TenantRecord {
  @Text({ description: 'Display name.', max: 100, by: 'name', filter: true, order: true, search: true })
  name!: string;
  nameSort?: string;

  @Text({ description: 'Short name, unique in the organization, read-only.', max: 100, by: 'slug', filter: true })
  slug!: string;

  @Text({ description: 'Free text.', nullable: true, search: true })
  description: string | null = null;

  @Flag({
    description: 'Created with the organization; cannot be renamed or deleted.',
    by: 'whether it is built in',
    filter: true,
  })
  isSystemRole = false;

  @Flag({ description: 'An inactive role grants nothing.', by: 'whether it grants anything', filter: true })
  isActive = true;
}

@Unique({ name: 'permissions_tenant_key', properties: ['organizationId', 'id'] })
@Unique({ name: 'permissions_name_key', properties: ['organizationId', 'resource', 'action'] })
@Record({
  table: 'permissions',
  plural: 'permissions',
  description: 'The right to do one action on one resource.',
  resource: 'role',
  search: 'columns',
  policies: [tenantPolicy],
})
export class Permission extends TenantRecord {
  @Text({
    description: 'Resource, e.g. `customer`.',
    max: 100,
    by: 'resource',
    filter: true,
    order: true,
    search: true,
  })
  resource!: string;

  @Text({ description: 'Action, e.g. `read`.', max: 50, by: 'action', filter: true, order: true, search: true })
  action!: string;

  @Text({ description: 'Free text.', nullable: true, search: true })
  description: string | null = null;

  @Flag({ description: 'Part of the built-in catalogue, read-only.', by: 'whether it is built in', filter: true })
  isSystemPermission = false;
}

@Unique({ name: 'role_permissions_tenant_key', properties: ['organizationId', 'id'] })
@Unique({ name: 'role_permissions_grant_key', properties: ['organizationId', 'roleId', 'permissionId'] })
@Index({ name: 'role_permissions_permission_index', properties: ['organizationId', 'permissionId'] })
@Record({
  table: 'role_permissions',
  plural: 'grants',
  description: 'A permission granted to a role.',
  policies: [tenantPolicy],
})
export class RolePermission extends TenantRecord {
  @Reference(() => Role, { description: 'The role.', onDelete: 'cascade' })
  role!: Role;
  roleId!: string;

  @Reference(() => Permission, { description: 'The permission.', onDelete: 'cascade' })
  permission!: Permission;
  permissionId!: string;
}

@Unique({ name: 'user_roles_tenant_key', properties: ['organizationId', 'id'] })
@Unique({ name: 'user_roles_assignment_key', properties: ['organizationId', 'userId', 'roleId'] })
@Index({ name: 'user_roles_user_index', properties: ['userId', 'isActive'] })
@Index({ name: 'user_roles_role_index', properties: ['organizationId', 'roleId'] })
@Record({
  table: 'user_roles',
  plural: 'role assignments',
  description: 'A role assigned to a user.',
  policies: [tenantPolicy],
})
export class UserRole extends TenantRecord {
  @Reference(() => User, { description: 'The user.', onDelete: 'cascade', tenant: false })
  user!: User;
  userId!: string;

  @Reference(() => Role, { description: 'The role.', onDelete: 'cascade' })
  role!: Role;
  roleId!: string;

  @Flag({ description: 'Whether the assignment counts.' })
  isActive = true;

  @Instant({ description: 'When the role was assigned.' })
  assignedAt: Date = new Date();

  @Reference(() => User, { description: 'Who assigned it.', tenant: false })
  assignedBy?: User | null;
  assignedById: string | null = null;
}
