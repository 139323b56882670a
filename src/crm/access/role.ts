import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, type Refusal } from '../../platform/errors.js';
import { Computed, Flag, Instant, Name, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord } from '../../platform/records/tenant-record.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

@Record({
  table: 'roles',
  plural: 'roles',
  description: 'A named set of permissions in one organization.',
  resource: 'role',
  search: 'columns',
  searched: ['name', 'description'],
  keys: { name: ['nameSort'], slug: ['slug'] },
  policies: tenantPolicies,
})
export class Role extends TenantRecord {
  @Name({
    description: 'Name of the role.',
    max: 100,
    required: true,
    create: 'Name of the role, 1–100 characters, unique in the organization.',
    update: 'Name of the role, 1–100 characters; CONFLICT `SYSTEM_ROLE` if it is a system role.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Text({
    description: 'Short name, made from the name at creation, unique in the organization.',
    max: 100,
    filter: true,
  })
  slug!: string;

  @Text({
    description: 'Free text about the role, at most 10,000 characters.',
    nullable: true,
    input: true,
    search: true,
  })
  description: string | null = null;

  @Flag({
    description: 'Whether the role was created with the organization; it cannot be renamed or deleted.',
    by: 'whether it is built in',
    filter: true,
  })
  isSystemRole = false;

  @Flag({
    description: 'Whether the role grants its permissions; an inactive role grants nothing.',
    update: 'Whether the role grants its permissions; an inactive role grants nothing.',
    by: 'whether the role grants its permissions',
    filter: true,
  })
  isActive = true;

  // Functions of the database count, since they may read other organizations of the caller.
  @Computed(
    'int',
    { description: 'Number of permissions that the role grants.' },
    ({ table }) => sql`permission_count(${table}.organization_id, ${table}.id)`,
  )
  readonly permissionCount!: number;

  @Computed(
    'int',
    { description: 'Number of users who hold the role, by assignment or through their employee record.' },
    ({ table }) => sql`holder_count(${table}.organization_id, ${table}.id)`,
  )
  readonly userCount!: number;

  /** SYSTEM_ROLE if a system role would get another name. */
  renamingRefused(changed: ReadonlySet<string>): Refusal {
    const message = 'A system role keeps its name; create a role of your own';
    return this.isSystemRole && changed.has('name') && new Conflict('SYSTEM_ROLE', message);
  }

  /** SYSTEM_ROLE: every organization keeps the built-in roles. */
  deletionRefused(): Refusal {
    const message = 'A system role cannot be deleted; deactivate it instead';
    return this.isSystemRole && new Conflict('SYSTEM_ROLE', message);
  }

  /** ROLE_INACTIVE on `path`: nobody gets an inactive role. */
  grantRefused(path: string): Refusal {
    if (this.isActive) return null;
    const message = 'is inactive; activate the role first';
    return new BadInput([{ path, code: 'NOT_ALLOWED', message }], 'ROLE_INACTIVE');
  }

  /** Raises the version: a change of its permissions, which are separate rows, is a change of the role. */
  touch(): void {
    this.updatedAt = new Date();
  }
}

@Record({
  table: 'permissions',
  plural: 'permissions',
  description: 'The right to perform one action on one resource.',
  resource: 'role',
  search: 'columns',
  searched: ['resource', 'action', 'description'],
  defaultOrder: [
    { field: 'RESOURCE', direction: 'ASC' },
    { field: 'ACTION', direction: 'ASC' },
  ],
  keys: { name: ['resource', 'action'] },
  policies: tenantPolicies,
})
export class Permission extends TenantRecord {
  @Text({
    description: 'Name of the resource, e.g. `customer`.',
    format: 'identifier',
    max: 100,
    required: true,
    create: 'Name of the resource, a singular such as `invoice`: `[a-z][a-z0-9_]*`, at most 100 characters.',
    update: 'Name of the resource; cannot change while a role grants the permission.',
    filter: true,
    order: true,
    search: true,
  })
  resource!: string;

  @Text({
    description: 'Name of the action, e.g. `read`.',
    format: 'identifier',
    max: 50,
    required: true,
    create: 'Name of the action, e.g. `approve`: `[a-z][a-z0-9_]*`, at most 50 characters.',
    update: 'Name of the action; cannot change while a role grants the permission.',
    filter: true,
    order: true,
    search: true,
  })
  action!: string;

  @Text({
    description: 'Free text about the permission, at most 10,000 characters.',
    nullable: true,
    input: true,
    search: true,
  })
  description: string | null = null;

  @Flag({
    description: 'Whether the permission is built in; it cannot be changed.',
    by: 'whether it is built in',
    filter: true,
  })
  isSystemPermission = false;

  /** As the catalogue writes it, e.g. `customer:read`. */
  get name(): string {
    return `${this.resource}:${this.action}`;
  }

  /** SYSTEM_PERMISSION: the built-in catalogue is the same everywhere. */
  changeRefused(): Refusal {
    const message = 'A permission of the built-in catalogue cannot be changed; create your own';
    return this.isSystemPermission && new Conflict('SYSTEM_PERMISSION', message);
  }
}

@Record({
  table: 'role_permissions',
  plural: 'grants',
  description: 'A permission granted to a role.',
  keys: { grant: ['roleId', 'permissionId'] },
  indexes: { permission: ['permissionId'] },
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

@Record({
  table: 'user_roles',
  plural: 'role assignments',
  description: 'A role assigned to a user.',
  keys: { assignment: ['userId', 'roleId'] },
  indexes: { user: { over: ['userId', 'isActive'], everywhere: true }, role: ['roleId'] },
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

  @Reference(() => User, { description: 'The user who assigned the role.', tenant: false })
  assignedBy?: User | null;
  assignedById: string | null = null;

  assign(assignedById: string | null): void {
    this.isActive = true;
    this.assignedAt = new Date();
    this.assignedById = assignedById;
  }

  end(): void {
    this.isActive = false;
  }
}
