import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { Computed, Email, Flag, Instant, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { Role } from '../access/role.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

export const InvitationStatus = declareEnum(
  'InvitationStatus',
  'Whether an invitation is open, or how it has ended.',
  {
    PENDING: 'It was neither answered nor revoked, and has not expired.',
    ACCEPTED: 'The recipient has become a member by it.',
    DECLINED: 'The recipient has declined it.',
    REVOKED: 'An owner has revoked it, or whoever sent it may not invite any more.',
    EXPIRED: 'It was not answered in time.',
  },
  'an invitation status',
);
export type InvitationStatus = keyof typeof InvitationStatus;

const [minute, days] = [60_000, 86_400_000];

@Record({
  table: 'invitations',
  plural: 'invitations',
  description:
    'An invitation to become a member of the organization. It shows the address that its sender typed, and nothing ' +
    'about the person.',
  search: 'columns',
  searched: ['the e-mail address'],
  keys: { open: { over: ['email'], where: '(outcome IS NULL)' } },
  indexes: {
    created: ['createdAt', 'id'],
    email: { over: ['email'], everywhere: true },
    inviter: { over: ['invitedById'], everywhere: true, where: '(outcome IS NULL)' },
  },
  checks: {
    outcome: `(outcome = ANY (ARRAY['ACCEPTED'::text, 'DECLINED'::text, 'REVOKED'::text, 'EXPIRED'::text]))`,
  },
  policies: tenantPolicies,
})
export class Invitation extends TenantRecord {
  @Email({
    description: 'The address that was invited, in lower case, whether or not an account has it.',
    by: 'address',
    filter: true,
    search: true,
  })
  email!: string;

  @Flag({
    description: 'Whether the new member becomes an owner.',
    by: 'whether the new member becomes an owner',
    filter: true,
  })
  isOwner = false;

  @Computed(
    'enum',
    {
      description: 'Whether it is open, or how it has ended; EXPIRED 7 days after it was last sent.',
      enum: InvitationStatus,
      filter: true,
    },
    ({ table }) => sql`
      coalesce(
        ${table}.outcome,
        case when ${table}.expires_at > now() then 'PENDING' else 'EXPIRED' end
      )`,
  )
  readonly status!: InvitationStatus;

  @Reference(() => User, { description: 'The owner who sent it, last if several did; null if unknown.', tenant: false })
  invitedBy?: User | null;
  invitedById: string | null = null;

  @Instant({
    description: 'Until when it can be accepted: 7 days after it was last sent.',
    by: 'expiry',
    filter: true,
    order: true,
  })
  expiresAt!: Date;

  @Instant({ description: 'When its message was last queued.', by: 'last message', filter: true, order: true })
  lastSentAt!: Date;

  /** Null until it ends; an invitation that has expired ends when another takes its place. */
  @Text({ description: 'How it ended.', nullable: true, hidden: true })
  outcome: Exclude<InvitationStatus, 'PENDING'> | null = null;

  /** Makes it valid for 7 days from now on, in the name of its sender, who answers for it. */
  renew(invitedById: string, now: Date): void {
    this.invitedById = invitedById;
    this.lastSentAt = now;
    this.expiresAt = new Date(now.getTime() + 7 * days);
  }

  hasExpired(now: Date): boolean {
    return this.outcome === null && this.expiresAt <= now;
  }

  /** Milliseconds until it may be sent again: once a minute. */
  waitBeforeSending(now: Date): number {
    // Another request may have sent it while this one waited for the lock.
    const since = Math.max(0, now.getTime() - this.lastSentAt.getTime());
    return Math.max(0, minute - since);
  }

  end(outcome: Exclude<InvitationStatus, 'PENDING'>): void {
    this.outcome = outcome;
  }

  /** INVITATION_ENDED unless it is open or has merely expired. */
  endedRefused(): Refusal {
    if (this.outcome === null) return null;
    const message = `This invitation has ended (${this.outcome}); send a new one with inviteMember`;
    return new Conflict('INVITATION_ENDED', message);
  }
}

@Record({
  table: 'invitation_roles',
  plural: 'roles of invitations',
  description: 'A role that the recipient of an invitation gets.',
  keys: { role: ['invitationId', 'roleId'] },
  indexes: { of_role: ['roleId'] },
  policies: tenantPolicies,
})
export class InvitationRole extends TenantRecord {
  @Reference(() => Invitation, { description: 'The invitation.', onDelete: 'cascade' })
  invitation!: Invitation;
  invitationId!: string;

  @Reference(() => Role, { description: 'The role.', onDelete: 'cascade' })
  role!: Role;
  roleId!: string;
}
