import { isMember, isPrivileged, membershipOf } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { Conflict, Forbidden, NotFound, type Refusal } from '../../platform/errors.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { changingAccess } from '../organizations/changing-access.js';
import { membershipOfUser } from '../organizations/linked-user.js';
import { Membership } from '../organizations/membership.js';
import type { AddOrganizationMemberInput, UpdateMembershipInput } from '../organizations/organization.inputs.js';
import { handOverPrimary, profileOf } from '../organizations/profile.actions.js';
import { type ProfileType, UserProfile } from '../organizations/user-profile.js';
import { roleInactive } from './grants.js';
import { Role, UserRole } from './role.js';

onDuplicate(uniqueKey(Membership, 'userId'), () => alreadyMember());

const alreadyMember = () => new Conflict('ALREADY_MEMBER', 'This user is a member already');

/** Adds a user, or readmits a former member, whose earlier roles do not come back. */
export async function addMember(acting: ActionContext, input: AddOrganizationMemberInput): Promise<Membership> {
  await changingAccess(acting);
  const { viewer } = acting;
  const { roleIds = [], isOwner = false } = input;
  const former: { membership: Membership | null } = { membership: null };
  const { userId, roles } = await check(acting, {
    find: { userId: () => userNamedBy(acting, input), roles: namedRecords(acting, Role, roleIds, 'input.roleIds') },
    state: async (found) => {
      former.membership = await membershipOfUser(acting, found.userId, 'none');
      return [
        former.membership?.isActive && alreadyMember(),
        ...found.roles.map((role, n) => roleInactive(role, `input.roleIds.${n}`)),
      ];
    },
  });
  const membership = former.membership ?? newRecord(acting, Membership);
  if (former.membership) membership.readmit(isOwner, viewer.userId);
  else acting.persist(Object.assign(membership, { userId, isOwner, invitedById: viewer.userId }));
  await acting.flush();
  if (former.membership) await returnProfiles(acting, membership);
  await giveProfile(acting, userId, 'EMPLOYEE');
  if (membership.isOwner) await giveProfile(acting, userId, 'VENDOR');
  for (const role of roles) await giveRole(acting, userId, role);
  await acting.flush();
  await handOverPrimary(acting, userId);
  return membership;
}

/** Grants or revokes ownership. */
export async function updateMembership(
  acting: ActionContext,
  id: string,
  { isOwner }: UpdateMembershipInput,
  expectedVersion?: number | null,
): Promise<void> {
  await changingAccess(acting);
  const isChanged = (membership: Membership) => isOwner !== undefined && isOwner !== membership.isOwner;
  const { record: membership } = await check(acting, {
    find: { record: () => lock(acting, Membership, id) },
    expectedVersion,
    state: async ({ record }) =>
      isChanged(record)
        ? [
            !record.isActive && new Conflict('MEMBERSHIP_ENDED', 'This membership has ended; add the user again'),
            await lastOwnerRefused(acting, record),
          ]
        : [],
  });
  if (!isChanged(membership)) return;
  membership.isOwner = isOwner!;
  if (isOwner) await giveProfile(acting, membership.userId, 'VENDOR');
  else (await profileOf(acting, membership.userId, 'VENDOR'))?.deactivate();
  await acting.flush();
  await handOverPrimary(acting, membership.userId);
}

/** Ends a membership: an owner's right, and everybody's for leaving, be they suspended. */
export async function deactivateMembership(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  await changingAccess(acting);
  const { viewer } = acting;
  if (!isMember(viewer)) await demandOwn(acting, id);
  const { record: membership } = await check(acting, {
    find: { record: () => lock(acting, Membership, id) },
    rights: ({ record }) => [
      record.userId !== viewer.userId &&
        !isPrivileged(viewer) &&
        new Forbidden('OWNER_ONLY', 'Only an owner may end the membership of somebody else'),
    ],
    expectedVersion,
    state: async ({ record }) => [await lastOwnerRefused(acting, record)],
  });
  await endMembership(acting, membership);
}

/** Who is suspended is not even told which memberships there are. */
async function demandOwn(acting: ActionContext, id: string): Promise<void> {
  const [own] = await acting.find(Membership, { userId: acting.viewer.userId }, 'none');
  if (own?.id !== id.toLowerCase()) membershipOf(acting.viewer);
}

/** Membership, role assignments and profiles of the user here end together. */
export async function endMembership(acting: ActionContext, membership: Membership): Promise<void> {
  if (!membership.isActive) return;
  membership.end();
  const { userId } = membership;
  for (const assignment of await acting.find(UserRole, { userId }, 'update')) assignment.isActive = false;
  for (const profile of await acting.find(UserProfile, { userId }, 'update')) profile.deactivate();
  await acting.flush();
  await handOverPrimary(acting, userId);
}

/** LAST_OWNER, where an active owner is the only one who can sign in. */
export async function lastOwnerRefused(
  acting: ActionContext,
  { isOwner, isActive, organizationId, userId }: Membership,
): Promise<Refusal> {
  if (!isOwner || !isActive) return null;
  const [found] = await acting.query<{ alone: boolean }>(
    sql`select owns_alone(${organizationId}::uuid, ${userId}::uuid) as alone`,
  );
  return (
    found!.alone && new Conflict('LAST_OWNER', 'An organization needs an owner; make somebody else an owner first')
  );
}

async function userNamedBy(acting: ActionContext, { userId, email }: AddOrganizationMemberInput): Promise<string> {
  const [found] = await acting.query<{ id: string | null }>(
    sql`select find_user(${userId ?? null}::uuid, ${email ?? null}) as id`,
  );
  if (!found?.id) throw new NotFound(userId ? 'input.userId' : 'input.email', 'There is no such user');
  return found.id;
}

/** Profiles of somebody who is taken back are active again; that of an owner is for owners only. */
async function returnProfiles(acting: ActionContext, { userId, isOwner }: Membership): Promise<void> {
  for (const profile of await acting.find(UserProfile, { userId }, 'update'))
    if (isOwner || profile.profileType !== 'VENDOR') profile.activate();
}

/** Gives a profile, again if it was switched off. */
async function giveProfile(acting: ActionContext, userId: string, profileType: ProfileType): Promise<void> {
  const known = await profileOf(acting, userId, profileType);
  if (known) known.activate();
  else acting.persist(UserProfile.of(organizationOf(acting).id, userId, profileType));
}

/** Assigns a role, again if it was taken away before; one that is assigned stays as it is. */
export async function giveRole(acting: ActionContext, userId: string, { id: roleId }: Role): Promise<void> {
  const [known] = await acting.find(UserRole, { userId, roleId }, 'update');
  if (known?.isActive) return;
  const assignment = known ?? newRecord(acting, UserRole);
  const assignedById = acting.viewer.userId;
  Object.assign(assignment, { userId, roleId, isActive: true, assignedAt: new Date(), assignedById });
  if (!known) acting.persist(assignment);
}
