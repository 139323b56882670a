import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { sql } from '../../platform/database/sql.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Forbidden, NotFound } from '../../platform/errors.js';
import { type Admitting, admit, alreadyMember } from '../access/admission.js';
import { Role } from '../access/role.js';
import { Membership } from '../organizations/membership.js';
import { handOverPrimaries } from '../organizations/profile.actions.js';
import { mailedTokenInvalid } from '../users/mailed-token.js';
import { Invitation } from './invitation.js';

/** Names the invitation that is answered: by the token of a message, which the caller gave at `path`, or by its id. */
export type Answered = { token: string; path: string } | { id: string };

export const notInvited = () =>
  new Forbidden(
    'NOT_INVITED',
    'This invitation is for another e-mail address; sign in with the account of that address, and confirm the address',
  );

/**
 * Makes the transaction's user a member, if the invitation is for the confirmed address of the account. Meanwhile the
 * transaction acts in the organization.
 */
export async function accept(work: UnitOfWork, userId: string, answered: Answered): Promise<Membership> {
  const { invitation, isTheirs } = await begin(work, userId, answered);
  if (!isTheirs) throw notInvited();
  const { id, organizationId, isOwner, invitedById } = invitation;
  const here = sql`organization_id = ${organizationId}::uuid`;
  const [former = null] = await work.findIn(organizationId, Membership, [{ userId }], 'update');
  if (former?.isActive) throw alreadyMember('You are a member of this organization already');
  // Roles that were deactivated or deleted since are left out: the recipient could not help it.
  const roles = await work.findWhere(
    Role,
    sql`${here}
      and is_active
      and id in (
        select role_id
        from invitation_roles
        where ${here}
          and invitation_id = ${id}::uuid
      )`,
    'share',
  );
  const newcomer = { organizationId, userId, isOwner, invitedById: invitedById!, roles, former };
  const membership = await admit(admitting(work, organizationId), newcomer);
  invitation.end('ACCEPTED');
  await work.flush();
  await handOverPrimaries(work, [userId]);
  await work.actAs(userId, null);
  return membership;
}

/** Ends an invitation. With a token nobody need have signed in. */
export async function decline(work: UnitOfWork, userId: string, answered: Answered): Promise<string> {
  const { invitation } = await begin(work, userId, answered);
  invitation.end('DECLINED');
  await work.flush();
  return invitation.id;
}

/** Locks the organization and the invitation, and acts in the organization from now on. Throws if it is not open. */
async function begin(
  work: UnitOfWork,
  userId: string,
  answered: Answered,
): Promise<{ invitation: Invitation; isTheirs: boolean }> {
  const [hash, id] = 'token' in answered ? [hashOfToken(answered.token), null] : [null, answered.id];
  const [locked] = await work.query<{ id: string; organizationId: string; isTheirs: boolean }>(sql`
    select id, organization_id as "organizationId", is_theirs as "isTheirs"
    from lock_invitation(${hash}, ${id}::uuid)`);
  if (!locked) throw notOpen(answered);
  await work.actAs(userId, locked.organizationId);
  const [invitation] = await work.findIn(locked.organizationId, Invitation, [{ id: locked.id }], 'update');
  return { invitation: invitation!, isTheirs: locked.isTheirs };
}

const notOpen = (answered: Answered) =>
  'token' in answered
    ? mailedTokenInvalid(answered.path)
    : new NotFound('id', 'There is no open invitation with this id to your confirmed e-mail address');

/** Finds records of an organization in a transaction that is no action of a member. */
const admitting = (work: UnitOfWork, organizationId: string): Admitting => ({
  find: (type, values, lock) => work.findIn(organizationId, type, [values], lock),
  persist: (record) => work.persist(record),
  flush: () => work.flush(),
});
