import { demand, isPrivileged } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, Forbidden, NotFound, type Refusal } from '../../platform/errors.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { changingAccess } from './changing-access.js';
import { demandMember } from './linked-user.js';
import { Membership } from './membership.js';
import type { CreateUserProfileInput } from './organization.inputs.js';
import { ownerRefused, rolesAndProfiles } from './owners.js';
import { type ProfileType, UserProfile } from './user-profile.js';

onDuplicate(uniqueKey(UserProfile, 'userId', 'profileType'), () => profileExists());

const profileExists = (existingId?: string) =>
  new Conflict('PROFILE_EXISTS', 'This user has a profile of this kind here already', {
    ...(existingId && { existingId }),
  });

const notActive = (message: string) => new Conflict('PROFILE_NOT_ACTIVE', message);

/** A further profile for an active member; the user's primary one if there is none. */
export async function createUserProfile(
  acting: ActionContext,
  { userId, profileType }: CreateUserProfileInput,
): Promise<UserProfile> {
  await changingAccess(acting);
  const { id: organizationId } = organizationOf(acting);
  await check(acting, {
    find: {
      membership: () => demandMember(acting, userId, 'input.userId'),
      same: () => acting.find(UserProfile, { userId, profileType }, 'none'),
    },
    rights: ({ membership }) => [ownerRefused(acting, membership, rolesAndProfiles)],
    state: ({ membership, same: [same] }) => [
      profileType === 'VENDOR' && !membership.isOwner && notAnOwner(),
      same && profileExists(same.id),
    ],
  });
  const profile = UserProfile.of(organizationId, userId, profileType);
  acting.persist(profile);
  await acting.flush();
  await handOverPrimary(acting, userId);
  return profile;
}

const notAnOwner = () =>
  new BadInput(
    [{ path: 'input.profileType', code: 'NOT_ALLOWED', message: 'VENDOR is for owners only' }],
    'NOT_AN_OWNER',
  );

/** Makes one of the caller's active profiles the primary one. */
export async function switchProfile(acting: ActionContext, id: string): Promise<UserProfile> {
  const own = await acting.findWhere(UserProfile, sql`user_id = ${acting.viewer.userId}::uuid`, 'update');
  const { record: profile } = await check(acting, {
    find: {
      record: () => {
        const found = own.find((one) => one.id === id);
        if (!found) throw new NotFound('id', 'You have no such profile');
        return found;
      },
    },
    state: async ({ record }) => [
      !record.isPrimary &&
        (record.status !== 'ACTIVE' || !(await membershipBehind(acting, record))) &&
        notActive('Only an active profile can be switched to; activate it first'),
    ],
  });
  if (profile.isPrimary) return profile;
  for (const other of own) other.isPrimary = false;
  await acting.flush();
  profile.isPrimary = true;
  await acting.flush();
  return profile;
}

/** Lifts a deactivation, or as somebody else a suspension. */
export async function activateProfile(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<UserProfile> {
  let membership: Membership | null;
  return change(acting, id, expectedVersion, {
    rights: async (profile) => {
      membership = await membershipBehind(acting, profile);
      return activationForbidden(acting, profile, membership);
    },
    state: async () => [
      !membership && new Conflict('MEMBERSHIP_ENDED', 'The membership has ended; add the user again'),
    ],
    work: (profile) => profile.activate(),
  });
}

export async function deactivateProfile(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<UserProfile> {
  return change(acting, id, expectedVersion, {
    state: async ({ status }) => [
      status === 'SUSPENDED' && notActive('A suspended profile is off already; lift the suspension first'),
    ],
    work: (profile) => profile.deactivate(),
  });
}

/** Blocks another user's profile. */
export async function suspendProfile(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<UserProfile> {
  return change(acting, id, expectedVersion, {
    state: async ({ userId }) => [
      userId === acting.viewer.userId &&
        new Conflict('SELF_ACTION', 'You cannot suspend yourself; deactivate your profile instead'),
    ],
    work: (profile) => profile.suspend(),
  });
}

interface Verb {
  rights?: (profile: UserProfile) => Promise<Refusal[]>;
  state: (profile: UserProfile) => Promise<Refusal[]>;
  work: (profile: UserProfile) => void;
}

async function change(
  acting: ActionContext,
  id: string,
  expectedVersion: number | null | undefined,
  { rights, state, work }: Verb,
): Promise<UserProfile> {
  const elsewhere = await lockOwnElsewhere(acting, id);
  if (!elsewhere && acting.viewer.organization) await changingAccess(acting);
  const { record: profile } = await check(acting, {
    find: { record: () => changeable(acting, id) },
    rights: async ({ record }) => (await rights?.(record)) ?? [],
    expectedVersion,
    state: ({ record }) => state(record),
  });
  work(profile);
  await acting.flush();
  await handOverPrimary(acting, profile.userId);
  return profile;
}

/** Whether it is one's own profile in another organization than the active one; then that one is locked. */
async function lockOwnElsewhere(acting: ActionContext, id: string): Promise<boolean> {
  const [own] = await acting.query<{ organization_id: string | null }>(
    sql`select lock_organization_of_own_profile(${id}::uuid) as organization_id`,
  );
  const { organization_id } = own!;
  return organization_id !== null && organization_id !== acting.viewer.organization?.id;
}

/** A suspension is lifted by somebody else, and a VENDOR profile is for owners. */
async function activationForbidden(
  acting: ActionContext,
  profile: UserProfile,
  membership: Membership | null,
): Promise<Refusal[]> {
  const { status, userId, profileType } = profile;
  const isShutOut = status === 'SUSPENDED' || (!membership?.isOwner && (await isSuspended(acting, profile)));
  return [
    userId === acting.viewer.userId &&
      isShutOut &&
      new Forbidden('PROFILE_SUSPENDED', 'A suspension is lifted by somebody else only; ask an administrator'),
    membership &&
      profileType === 'VENDOR' &&
      !membership.isOwner &&
      new Forbidden('OWNER_ONLY', 'VENDOR is for owners only; make the member an owner first'),
  ];
}

/** One's own profile anywhere, or with organization:update one of the active organization; owners by owners only. */
async function changeable(acting: ActionContext, id: string): Promise<UserProfile> {
  const { viewer } = acting;
  const [profile] = await acting.findWhere(UserProfile, sql`id = ${id}::uuid`, 'update');
  const isSelf = profile?.userId === viewer.userId;
  if (!isSelf) demand(viewer, 'organization:update');
  if (!profile || (!isSelf && profile.organizationId !== viewer.organization?.id)) throw new NotFound('id');
  if (!isSelf && !isPrivileged(viewer)) {
    if ((await membershipBehind(acting, profile))?.isOwner)
      throw new Forbidden('OWNER_ONLY', 'Only an owner may change the profile of an owner');
  }
  return profile;
}

/** The active membership that a profile belongs to. */
async function membershipBehind(acting: ActionContext, profile: UserProfile): Promise<Membership | null> {
  const [membership] = await acting.findWhere(Membership, sql`${ofUser(profile)} and is_active`, 'none');
  return membership ?? null;
}

/** One's own profile may be of another organization than the active one. */
const ofUser = ({ organizationId, userId }: UserProfile) =>
  sql`organization_id = ${organizationId}::uuid and user_id = ${userId}::uuid`;

/** Whether the user is shut out of the organization: else switching on another profile would let them in again. */
async function isSuspended(acting: ActionContext, profile: UserProfile): Promise<boolean> {
  // Locked: somebody may be suspending one of them at this moment, in an organization that is not the active one.
  const profiles = await acting.findWhere(UserProfile, ofUser(profile), 'update');
  const theirs = profiles.map(({ status }) => status);
  return theirs.includes('SUSPENDED') && !theirs.includes('ACTIVE');
}

/** A member's profile of one kind, locked. */
export async function profileOf(
  acting: ActionContext,
  userId: string,
  profileType: ProfileType,
): Promise<UserProfile | null> {
  const theirs = await acting.find(UserProfile, { userId }, 'update');
  return theirs.find((profile) => profile.profileType === profileType) ?? null;
}

/** A user with an active profile has a primary one; its oldest when there is none. */
export async function handOverPrimary(acting: ActionContext, userId: string): Promise<void> {
  await acting.batch(handOverPrimaries, userId);
}

export const handOverPrimaries = (work: Pick<ActionContext, 'query'>, userIds: readonly string[]): Promise<object[]> =>
  work.query(sql`select hand_over_primary_profile(u) from unnest(${userIds}::uuid[]) u order by u`);
