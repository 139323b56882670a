import { column, sql } from '../../platform/database/sql.js';
import { Flag, Instant, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { activeUser, TenantRecord } from '../../platform/records/tenant-record.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';
import { Organization } from './organization.js';

/** Users read their own rows in all organizations, which is how they find their organizations. */
export const ownRows = { name: 'own', command: 'select' as const, using: `(user_id = ${activeUser})` };

@Record({
  table: 'memberships',
  plural: 'memberships',
  description: 'The membership of a user in an organization, active or ended.',
  search: { via: 'user' },
  searched: ["the member's name", 'username', 'e-mail address'],
  sortKeys: {
    LAST_NAME: {
      description: "Sorts by the member's last name, ignoring case; to filter by it, use `user.lastName`.",
      type: 'text',
      value: (alias) => sql`
        (
          select u.last_name_sort
          from users u
          where u.id = ${column(alias, 'user_id')}
            and ${column(alias, 'is_active')}
        )`,
    },
  },
  keys: { user: ['userId'] },
  indexes: { created: ['createdAt', 'id'], user: { over: ['userId', 'isActive'], everywhere: true } },
  checks: {
    ended:
      '(is_active OR ((left_at IS NOT NULL) AND (member_username IS NOT NULL) AND (member_full_name IS NOT NULL) ' +
      'AND (member_email IS NOT NULL) AND (organization_name IS NOT NULL) AND (organization_slug IS NOT NULL)))',
  },
  policies: [...tenantPolicies, ownRows],
})
export class Membership extends TenantRecord {
  @Reference(() => User, {
    description: 'The member. Once the membership has ended: username, full name and e-mail address at that time.',
    onDelete: 'cascade',
    tenant: false,
    filter: true,
  })
  user!: User;
  userId!: string;

  @Reference(() => Organization, {
    description: 'The organization that the user belongs to.',
    onDelete: 'cascade',
    tenant: false,
  })
  override organization!: Organization;

  @Flag({
    description: 'Whether the membership is active and gives access.',
    by: 'whether it gives access; ended ones need `includeInactive`',
    filter: true,
  })
  isActive = true;

  @Flag({
    description: 'Whether the member is an owner. Owners hold every permission; each organization has at least one.',
    by: 'whether the member is an owner',
    filter: true,
  })
  isOwner = false;

  @Instant({ description: 'When the membership began.', by: 'start of the membership', filter: true, order: true })
  joinedAt: Date = new Date();

  @Instant({ description: 'When the membership ended; null while it is active.', nullable: true })
  leftAt: Date | null = null;

  @Reference(() => User, { description: 'The user who added the member; null if unknown.', tenant: false })
  invitedBy?: User | null;
  invitedById: string | null = null;

  // The database fills these columns when the membership ends and clears them when the user is readmitted. Meanwhile
  // user and organization see nothing else of each other.

  @Text({ description: "The member's username at the end.", nullable: true, hidden: true })
  memberUsername: string | null = null;

  @Text({ description: "The member's full name at the end.", nullable: true, hidden: true })
  memberFullName: string | null = null;

  @Text({ description: "The member's e-mail address at the end.", nullable: true, hidden: true })
  memberEmail: string | null = null;

  @Text({ description: "The organization's name at the end.", nullable: true, hidden: true })
  organizationName: string | null = null;

  @Text({ description: "The organization's slug at the end.", nullable: true, hidden: true })
  organizationSlug: string | null = null;

  /** Ends the membership, unless it has ended. */
  end(): void {
    if (!this.isActive) return;
    this.isActive = false;
    this.leftAt = new Date();
  }

  /** Readmits a former member, without the earlier ownership. */
  readmit(isOwner: boolean, invitedById: string | null): void {
    this.isActive = true;
    this.leftAt = null;
    this.isOwner = isOwner;
    this.joinedAt = new Date();
    this.invitedById = invitedById;
  }
}
