import { demandMembership, isMember, isPrivileged, personOf } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { Conflict, Forbidden, NotFound, type Refusal } from '../../platform/errors.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import { type ActionContext, lock, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { changingAccess } from '../organizations/changing-access.js';
import { membershipOfUser } from '../organizations/linked-user.js';
import { Membership } from '../organizations/membership.js';
import type { AddOrganizationMemberInput, UpdateMembershipInput } from '../organizations/organization.inputs.js';
import { handOverPrimary, profileOf } from '../organizations/profile.actions.js';
import { UserProfile } from '../organizations/user-profile.js';
import { admit, alreadyMember, giveProfile } from './admission.js';
import { Role, UserRole } from './role.js';

onDuplicate(uniqueKey(Membership, 'userId'), () => alreadyMember());

/** For every id and address, whether or not an account has it. */
const consentRequired = () =>
  new Conflict('CONSENT_REQUIRED', 'Members of this server must accept an invitation; use inviteMember');

/** Adds a user, or readmits a former member without the earlier roles. */
export async function addMember(context: ActionContext, input: AddOrganizationMemberInput): Promise<Membership> {
  if (context.settings.memberConsent === 'required') throw consentRequired();
  await changingAccess(context);
  const { roleIds = [], isOwner = false } = input;
  const former: { membership: Membership | null } = { membership: null };
  const { userId, roles } = await check(context, {
    find: { userId: () => userNamedBy(context, input), roles: namedRecords(context, Role, roleIds, 'input.roleIds') },
    state: async (found) => {
      former.membership = await membershipOfUser(context, found.userId, 'none');
      return [
        former.membership?.isActive && alreadyMember(),
        ...found.roles.map((role, n) => role.grantRefused(`input.roleIds.${n}`)),
      ];
    },
  });
  const organizationId = organizationOf(context).id;
  const invitedById = context.viewer.userId;
  const newcomer = { organizationId, userId, isOwner, invitedById, roles, former: former.membership };
  const membership = await admit(context, newcomer);
  await handOverPrimary(context, userId);
  return membership;
}

/** Grants or revokes ownership. */
export async function updateMembership(
  context: ActionContext,
  { id, input: { isOwner }, expectedVersion }: ChangeArguments<UpdateMembershipInput>,
): Promise<void> {
  await changingAccess(context);
  const isChanged = (membership: Membership) => isOwner !== undefined && isOwner !== membership.isOwner;
  const { record: membership } = await check(context, {
    find: { record: () => lock(context, Membership, id) },
    expectedVersion,
    state: async ({ record }) =>
      isChanged(record)
        ? [
            !record.isActive && new Conflict('MEMBERSHIP_ENDED', 'This membership has ended; add the user again'),
            await lastOwnerRefused(context, record),
          ]
        : [],
  });
  if (!isChanged(membership)) return;
  membership.isOwner = isOwner!;
  if (isOwner) await giveProfile(context, membership, 'VENDOR');
  else (await profileOf(context, membership.userId, 'VENDOR'))?.deactivate();
  await context.flush();
  await handOverPrimary(context, membership.userId);
}

/** Ends a membership. Owners end any membership; everybody may leave, even while suspended. */
export async function deactivateMembership(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<void> {
  await changingAccess(context);
  const { viewer } = context;
  if (!isMember(viewer)) await demandOwn(context, id);
  const { record: membership } = await check(context, {
    find: { record: () => lock(context, Membership, id) },
    rights: ({ record }) => [
      record.userId !== viewer.userId &&
        !isPrivileged(viewer) &&
        new Forbidden('OWNER_ONLY', 'Only an owner may end the membership of somebody else'),
    ],
    expectedVersion,
    state: async ({ record }) => [await lastOwnerRefused(context, record)],
  });
  await endMembership(context, membership);
}

/** Hides from suspended users which memberships exist. */
async function demandOwn(context: ActionContext, id: string): Promise<void> {
  const own = await membershipOfUser(context, personOf(context.viewer).userId, 'none');
  if (own?.id !== id.toLowerCase()) demandMembership(context.viewer);
}

/** Ends a membership with the role assignments and profiles of the user in this organization. */
export async function endMembership(context: ActionContext, membership: Membership): Promise<void> {
  if (!membership.isActive) return;
  membership.end();
  const { userId } = membership;
  for (const assignment of await context.find(UserRole, { userId }, 'update')) assignment.end();
  for (const profile of await context.find(UserProfile, { userId }, 'update')) profile.deactivate();
  await context.flush();
  await handOverPrimary(context, userId);
}

/** LAST_OWNER if the organization has no other active owner who can sign in. */
export async function lastOwnerRefused(
  context: ActionContext,
  { isOwner, isActive, organizationId, userId }: Membership,
): Promise<Refusal> {
  if (!isOwner || !isActive) return null;
  const [found] = await context.query<{ alone: boolean }>(
    sql`select owns_alone(${organizationId}::uuid, ${userId}::uuid) as alone`,
  );
  return (
    found!.alone && new Conflict('LAST_OWNER', 'An organization needs an owner; make somebody else an owner first')
  );
}

async function userNamedBy(context: ActionContext, { userId, email }: AddOrganizationMemberInput): Promise<string> {
  const found = await findUser(context, { userId, email });
  if (!found) throw new NotFound(userId ? 'input.userId' : 'input.email', 'This user does not exist');
  return found;
}

/** Id of the user with an id or an e-mail address; null if there is none. */
export const findUser = (context: ActionContext, named: NamedUser): Promise<string | null> =>
  context.batch(findUsers, named);

type NamedUser = Pick<AddOrganizationMemberInput, 'userId' | 'email'>;

async function findUsers(context: ActionContext, named: readonly NamedUser[]): Promise<(string | null)[]> {
  const [ids, emails] = [named.map(({ userId }) => userId ?? null), named.map(({ email }) => email ?? null)];
  const rows = await context.query<{ id: string | null }>(
    sql`select find_user(n.id, n.email) as id
      from unnest(${ids}::uuid[], ${emails}::text[]) with ordinality as n(id, email, place)
      order by n.place`,
  );
  return rows.map(({ id }) => id);
}
