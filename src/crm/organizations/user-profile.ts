import { sql } from '../../platform/database/sql.js';
import { Choice, Computed, Flag, Instant, Reference } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { activeUser, TenantRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';
import { ownRows } from './membership.js';
import { Organization } from './organization.js';

export const ProfileType = declareEnum(
  'ProfileType',
  'The capacity in which a user appears in an organization.',
  {
    VENDOR: 'Owns the organization. The name is historical; it has nothing to do with `Vendor`.',
    EMPLOYEE: 'Works for the organization.',
    CUSTOMER: 'Buys from the organization.',
  },
  'a profile type',
);
export type ProfileType = keyof typeof ProfileType;

export const ProfileStatus = declareEnum(
  'ProfileStatus',
  'Whether a profile can be used.',
  {
    ACTIVE: 'In use; the user can switch to it.',
    INACTIVE: 'Switched off, by the user or an administrator.',
    SUSPENDED: 'Blocked by an administrator, who alone can lift it.',
  },
  'a profile status',
);
export type ProfileStatus = keyof typeof ProfileStatus;

const mine = `(user_id = ${activeUser})`;

@Record({
  table: 'user_profiles',
  plural: 'profiles',
  description: "A user's profile in an organization. The organization of the primary profile is the user's default.",
  resource: 'organization',
  search: { via: 'user' },
  searched: ["the user's name", 'username', 'e-mail address'],
  keys: { type: ['userId', 'profileType'], primary: { over: ['userId'], where: 'is_primary', everywhere: true } },
  indexes: { user: { over: ['userId'], everywhere: true }, status: ['status'] },
  policies: [...tenantPolicies, ownRows, { name: 'own_change', command: 'update', using: mine, check: mine }],
})
export class UserProfile extends TenantRecord {
  @Reference(() => User, {
    description: 'The user. Once the membership has ended: the same fields as in `Membership.user`.',
    onDelete: 'cascade',
    tenant: false,
    filter: true,
  })
  user!: User;
  userId!: string;

  @Reference(() => Organization, {
    description: 'The organization. Once the membership has ended: name and slug at that time.',
    onDelete: 'cascade',
    tenant: false,
  })
  override organization!: Organization;

  @Choice(ProfileType, {
    description: 'Capacity in which the user appears; one profile of each type per user and organization.',
    by: 'type',
    filter: true,
    order: true,
  })
  profileType!: ProfileType;

  @Flag({
    description: "Whether this is the user's primary profile; at most one per user.",
    by: 'whether it is primary',
    filter: true,
  })
  isPrimary = false;

  @Choice(ProfileStatus, { description: 'Whether the profile can be used.', filter: true, order: true })
  status: ProfileStatus = 'ACTIVE';

  @Instant({ description: 'When the profile was last activated.', nullable: true })
  activatedAt: Date | null = null;

  @Instant({ description: 'When the profile was last deactivated; null while active.', nullable: true })
  deactivatedAt: Date | null = null;

  @Computed(
    'boolean',
    { description: 'Whether the user owns the organization.' },
    ({ table }) => sql`owns_organization(${table}.user_id, ${table}.organization_id)`,
  )
  readonly isOwner!: boolean;

  static of(organizationId: string, userId: string, profileType: ProfileType): UserProfile {
    return Object.assign(new UserProfile(), { organizationId, userId, profileType, activatedAt: new Date() });
  }

  activate(): void {
    if (this.status === 'ACTIVE') return;
    this.status = 'ACTIVE';
    this.activatedAt = new Date();
    this.deactivatedAt = null;
  }

  suspend(): void {
    if (this.status === 'SUSPENDED') return;
    this.status = 'SUSPENDED';
    this.deactivatedAt = new Date();
    this.isPrimary = false;
  }

  /** An inactive profile is not primary. */
  deactivate(): void {
    if (this.status === 'INACTIVE') return;
    this.status = 'INACTIVE';
    this.deactivatedAt = new Date();
    this.isPrimary = false;
  }
}
