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
  'The role in which a user appears in an organization.',
  {
    VENDOR: 'Owner of the organization.',
    EMPLOYEE: 'Works for the organization.',
    CUSTOMER: 'Buys from the organization.',
  },
  'a profile type',
);
export type ProfileType = keyof typeof ProfileType;

export const ProfileStatus = declareEnum(
  'ProfileStatus',
  'Status of a profile.',
  {
    ACTIVE: 'Can be switched to.',
    INACTIVE: 'Switched off by the user or an administrator.',
    SUSPENDED: 'Blocked by an administrator; only one can lift it.',
  },
  'a profile status',
);
export type ProfileStatus = keyof typeof ProfileStatus;

const mine = `(user_id = ${activeUser})`;

@Record({
  table: 'user_profiles',
  plural: 'profiles',
  description: "A user's profile in one organization; the primary one decides the default organization.",
  resource: 'organization',
  search: { via: 'user' },
  searched: ["the user's name", 'username', 'e-mail address'],
  keys: { type: ['userId', 'profileType'], primary: { over: ['userId'], where: 'is_primary', everywhere: true } },
  indexes: { user: { over: ['userId'], everywhere: true }, status: ['status'] },
  policies: [...tenantPolicies, ownRows, { name: 'own_change', command: 'update', using: mine, check: mine }],
})
export class UserProfile extends TenantRecord {
  @Reference(() => User, {
    description: 'The user; once the membership has ended, as `Membership.user`.',
    onDelete: 'cascade',
    tenant: false,
    filter: true,
  })
  user!: User;
  userId!: string;

  @Reference(() => Organization, {
    description: 'The organization; once the membership has ended, name and slug as they were.',
    onDelete: 'cascade',
    tenant: false,
  })
  override organization!: Organization;

  @Choice(ProfileType, {
    description: 'Kind of profile; unique per user and organization.',
    by: 'kind',
    filter: true,
    order: true,
  })
  profileType!: ProfileType;

  @Flag({
    description: "Whether it is the user's primary profile; at most one per user.",
    by: 'whether it is primary',
    filter: true,
  })
  isPrimary = false;

  @Choice(ProfileStatus, { description: 'Status.', filter: true, order: true })
  status: ProfileStatus = 'ACTIVE';

  @Instant({ description: 'Last activation.', nullable: true })
  activatedAt: Date | null = null;

  @Instant({ description: 'Last deactivation; null while active.', nullable: true })
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
