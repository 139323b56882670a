import { personOf } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { RateLimited, type Refusal, Taken } from '../../platform/errors.js';
import { queueMails } from '../../platform/mail/mail.js';
import type { VerbArguments } from '../../platform/schema/arguments.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { alreadyMember } from '../access/admission.js';
import { Role } from '../access/role.js';
import { changingAccess } from '../organizations/changing-access.js';
import { mailNotConfigured } from '../users/mailed-token.js';
import type { InviteMemberInput } from './invitation.inputs.js';
import { Invitation, InvitationRole } from './invitation.js';

onDuplicate(uniqueKey(Invitation, 'email'), () => alreadyInvited());

const alreadyInvited = (existingId?: string) =>
  new Taken(
    'ALREADY_INVITED',
    'input.email',
    'This address has an open invitation; send it again with resendInvitation, or revoke it first',
    existingId,
  );

/**
 * Invites an address. Nothing here looks whether an account has it: the inviter would see the difference in the answer
 * or in the time that it takes.
 */
export async function inviteMember(
  context: ActionContext,
  { email, isOwner = false, roleIds = [] }: InviteMemberInput,
): Promise<Invitation> {
  await changingAccess(context);
  const { roles, earlier } = await check(context, {
    find: {
      roles: namedRecords(context, Role, roleIds, 'input.roleIds'),
      earlier: async () =>
        (await context.find(Invitation, { email }, 'update')).find(({ outcome }) => outcome === null),
      isMember: () => context.batch(areMembers, email),
    },
    state: (found) => [
      mailRefused(context),
      found.isMember && alreadyMember(),
      found.earlier && !found.earlier.hasExpired(context.viewer.now) && alreadyInvited(found.earlier.id),
      ...found.roles.map((role, n) => role.grantRefused(`input.roleIds.${n}`)),
    ],
  });
  earlier?.end('EXPIRED');
  // Before the next is added, since an address has one open invitation.
  await context.flush();
  const invitation = Object.assign(newRecord(context, Invitation), { email, isOwner });
  invitation.renew(personOf(context.viewer).userId, context.viewer.now);
  context.persist(invitation);
  for (const { id: roleId } of roles)
    context.persist(Object.assign(newRecord(context, InvitationRole), { invitationId: invitation.id, roleId }));
  await context.flush();
  await context.batch(queueMessages, invitation.id);
  return invitation;
}

/** Sends an invitation again, in the caller's name. It is valid for 7 days more; earlier links stay valid. */
export async function resendInvitation(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<Invitation> {
  await changingAccess(context);
  const { record: invitation } = await check(context, {
    find: { record: () => lock(context, Invitation, id) },
    expectedVersion,
    state: async ({ record }) => [
      mailRefused(context),
      record.endedRefused(),
      (await context.batch(areMembers, record.email)) && alreadyMember(),
    ],
  });
  const wait = invitation.waitBeforeSending(context.viewer.now);
  if (wait) throw new RateLimited('TOO_MANY_REQUESTS', wait);
  invitation.renew(personOf(context.viewer).userId, context.viewer.now);
  await context.flush();
  await context.batch(queueMessages, id);
  return invitation;
}

/** Makes an invitation worthless; does nothing if it is revoked already. */
export async function revokeInvitation(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<Invitation> {
  await changingAccess(context);
  const { record: invitation } = await check(context, {
    find: { record: () => lock(context, Invitation, id) },
    expectedVersion,
    state: ({ record }) => [record.outcome !== 'REVOKED' && record.endedRefused()],
  });
  invitation.end('REVOKED');
  await context.flush();
  return invitation;
}

const mailRefused = ({ settings }: ActionContext): Refusal => !settings.sendsMail && mailNotConfigured();

/**
 * Whether active members have these addresses. `offset 0` makes PostgreSQL look at the members, and never begin with
 * the account of an address.
 */
async function areMembers(context: ActionContext, emails: readonly string[]): Promise<boolean[]> {
  const found = await context.query<{ email: string }>(sql`
    select account.email
    from memberships m
    cross join lateral (
      select u.email
      from users u
      where u.id = m.user_id
      offset 0
    ) account
    where m.organization_id = ${organizationOf(context).id}::uuid
      and m.is_active
      and account.email = any(${emails}::text[])`);
  const members = new Set(found.map(({ email }) => email));
  return emails.map((email) => members.has(email));
}

async function queueMessages(context: ActionContext, ids: readonly string[]): Promise<null[]> {
  const { id: organization } = organizationOf(context);
  await queueMails(
    context,
    'INVITATION',
    ids.map((invitation) => ({ organization, invitation })),
  );
  return ids.map(() => null);
}
