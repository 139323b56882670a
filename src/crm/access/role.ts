import { Index, Unique } from '@mikro-orm/decorators/legacy';
import { sql } from '../../platform/database/sql.js';
import { Computed, Flag, Instant, Name, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord } from '../../platform/records/tenant-record.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

@Unique({ name: 'roles_name_key', properties: ['organizationId', 'nameSort'] })
@Unique({ name: 'roles_slug_key', properties: ['organizationId', 'slug'] })
@Record({
  table: 'roles',
  plural: 'roles',
  description: 'A named set of permissions in one organization.',
  resource: 'role',
  search: 'columns',
  policies: tenantPolicies,
})
export class Role extends TenantRecord {
  @Name({
    description: 'Display name.',
    max: 100,
    required: true,
    create: 'Display name, 1–100 characters, unique in the organization.',
    update: 'Display name; CONFLICT `SYSTEM_ROLE` on a system role.',
    by: 'name',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Text({ description: 'Short name, unique in the organization, read-only.', max: 100, by: 'slug', filter: true })
  slug!: string;

  @Text({ description: 'Free text.', nullable: true, input: true, search: true })
  description: string | null = null;

  @Flag({
    description: 'Created with the organization; cannot be renamed or deleted.',
    by: 'whether it is built in',
    filter: true,
  })
  isSystemRole = false;

  @Flag({
    description: 'An inactive role grants nothing.',
    update: 'False makes the role grant nothing.',
    by: 'whether it grants anything',
    filter: true,
  })
  isActive = true;

  // Roles of one's other organizations are counted by the database, which may look there.
  @Computed(
    'int',
    { description: 'Number of permissions.' },
    ({ table }) => sql`permission_count(${table}.organization_id, ${table}.id)`,
  )
  permissionCount!: number;

  @Computed(
    'int',
    { description: 'Number of distinct users who hold it, by assignment or employee record.' },
    ({ table }) => sql`holder_count(${table}.organization_id, ${table}.id)`,
  )
  userCount!: number;
}

@Unique({ name: 'permissions_name_key', properties: ['organizationId', 'resource', 'action'] })
@Record({
  table: 'permissions',
  plural: 'permissions',
  description: 'The right to do one action on one resource.',
  resource: 'role',
  search: 'columns',
  defaultOrder: [
    { field: 'RESOURCE', direction: 'ASC' },
    { field: 'ACTION', direction: 'ASC' },
  ],
  policies: tenantPolicies,
})
export class Permission extends TenantRecord {
  @Text({
    description: 'Resource, e.g. `customer`.',
    format: 'identifier',
    max: 100,
    required: true,
    create: 'Resource, lower-case singular, `[a-z][a-z0-9_]*`, at most 100 characters.',
    update: 'Resource; fixed while a role has the permission.',
    by: 'resource',
    filter: true,
    order: true,
    search: true,
  })
  resource!: string;

  @Text({
    description: 'Action, e.g. `read`.',
    format: 'identifier',
    max: 50,
    required: true,
    create: 'Action, `[a-z][a-z0-9_]*`, at most 50 characters.',
    update: 'Action; fixed while a role has the permission.',
    by: 'action',
    filter: true,
    order: true,
    search: true,
  })
  action!: string;

  @Text({ description: 'Free text.', nullable: true, input: true, search: true })
  description: string | null = null;

  @Flag({ description: 'Part of the built-in catalogue, read-only.', by: 'whether it is built in', filter: true })
  isSystemPermission = false;
}

@Unique({ name: 'role_permissions_grant_key', properties: ['organizationId', 'roleId', 'permissionId'] })
@Index({ name: 'role_permissions_permission_index', properties: ['organizationId', 'permissionId'] })
@Record({
  table: 'role_permissions',
  plural: 'grants',
  description: 'A permission granted to a role.',
  policies: tenantPolicies,
})
export class RolePermission extends TenantRecord {
  @Reference(() => Role, { description: 'The role.', onDelete: 'cascade' })
  role!: Role;
  roleId!: string;

  @Reference(() => Permission, { description: 'The permission.', onDelete: 'cascade' })
  permission!: Permission;
  permissionId!: string;
}

@Unique({ name: 'user_roles_assignment_key', properties: ['organizationId', 'userId', 'roleId'] })
@Index({ name: 'user_roles_user_index', properties: ['userId', 'isActive'] })
@Index({ name: 'user_roles_role_index', properties: ['organizationId', 'roleId'] })
@Record({
  table: 'user_roles',
  plural: 'role assignments',
  description: 'A role assigned to a user.',
  policies: tenantPolicies,
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
