import { holds, type Viewer } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { Computed, Instant, Name, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord } from '../../platform/records/tenant-record.js';
import { Permission } from '../access/role.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

/** Whether the viewer may list API keys; a key never may. */
export const seesApiKeys = (viewer: Viewer): boolean => !viewer.apiKey && holds(viewer, 'organization:update');

@Record({
  table: 'api_keys',
  plural: 'API keys',
  description: 'A key with which a script acts in one organization, with permissions of its own.',
  indexes: { responsible: ['responsibleId'] },
  policies: tenantPolicies,
})
export class ApiKey extends TenantRecord {
  @Name({
    description: 'Name of the API key.',
    max: 100,
    required: true,
    create: 'Name by which people recognize the API key, e.g. that of the script, 1–100 characters.',
    filter: true,
    order: true,
  })
  name!: string;
  nameSort?: string;

  @Text({ description: 'The beginning of the current secret, by which people recognize it.' })
  prefix!: string;

  @Reference(() => User, { description: 'The user who created the API key; null if unknown.', tenant: false })
  createdBy?: User | null;
  createdById: string | null = null;

  @Reference(() => User, {
    description:
      'The member whose permissions limit those of the API key: its creator, or the owner who adopted it. Null once ' +
      'that membership has ended; then the API key is refused until an owner adopts it.',
    tenant: false,
    filter: true,
  })
  responsible?: User | null;
  responsibleId: string | null = null;

  @Instant({
    description: 'When the API key stops working; null if never.',
    nullable: true,
    create: 'When the API key stops working, in the future; never if omitted.',
    by: 'expiry',
    filter: true,
    order: true,
  })
  expiresAt: Date | null = null;

  @Instant({ description: 'When the API key was revoked; null if it was not.', nullable: true, filter: true })
  revokedAt: Date | null = null;

  @Instant({
    description: 'When the API key was last used, exact to a minute; null if never.',
    nullable: true,
    by: 'last use',
    filter: true,
    order: true,
  })
  lastUsedAt: Date | null = null;

  @Text({ description: 'Network address from which the API key was last used; null if never.', nullable: true })
  lastIpAddress: string | null = null;

  @Computed(
    'boolean',
    { description: 'Whether it is neither revoked nor expired, and has a responsible member.' },
    ({ table }) => sql`
      (
        ${table}.revoked_at is null
        and ${table}.responsible_id is not null
        and coalesce(${table}.expires_at > now(), true)
      )`,
  )
  readonly isActive!: boolean;

  /** API_KEY_ENDED: a key that was revoked or has expired never works again. */
  endRefused(now: Date): Refusal {
    const hasExpired = this.expiresAt !== null && this.expiresAt <= now;
    const message = 'This API key was revoked or has expired; create another one';
    return (this.revokedAt !== null || hasExpired) && new Conflict('API_KEY_ENDED', message);
  }

  /** API_KEY_ABANDONED: nobody is responsible for the key any more. */
  abandonedRefused(): Refusal {
    const message = 'The member who was responsible for this API key has left; an owner can adopt it';
    return this.responsibleId === null && new Conflict('API_KEY_ABANDONED', message);
  }

  revoke(now: Date): void {
    this.revokedAt ??= now;
  }
}

@Record({
  table: 'api_key_permissions',
  plural: 'permissions of API keys',
  description: 'A permission of an API key.',
  keys: { grant: ['apiKeyId', 'permissionId'] },
  indexes: { permission: ['permissionId'] },
  policies: tenantPolicies,
})
export class ApiKeyPermission extends TenantRecord {
  @Reference(() => ApiKey, { description: 'The API key.', onDelete: 'cascade' })
  apiKey!: ApiKey;
  apiKeyId!: string;

  @Reference(() => Permission, { description: 'The permission.', onDelete: 'cascade' })
  permission!: Permission;
  permissionId!: string;
}
