import { demand, isPrivileged } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, Forbidden, NotFound, type Refusal, refuse } from '../../platform/errors.js';
import type { VerbArguments } from '../../platform/schema/arguments.js';
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
  new Conflict('PROFILE_EXISTS', 'This user already has a profile of this kind in the organization', {
    ...(existingId && { existingId }),
  });

const notActive = (message: string) => new Conflict('PROFILE_NOT_ACTIVE', message);

/** Adds a profile to an active member. It becomes the user's primary profile if there is none. */
export async function createUserProfile(
  context: ActionContext,
  { userId, profileType }: CreateUserProfileInput,
): Promise<UserProfile> {
  await changingAccess(context);
  const { id: organizationId } = organizationOf(context);
  await check(context, {
    find: {
      membership: () => demandMember(context, userId, 'input.userId'),
      same: () => context.find(UserProfile, { userId, profileType }, 'none'),
    },
    rights: ({ membership }) => [ownerRefused(context, membership, rolesAndProfiles)],
    state: ({ membership, same: [same] }) => [
      profileType === 'VENDOR' && !membership.isOwner && notAnOwner(),
      same && profileExists(same.id),
    ],
  });
  const profile = UserProfile.of(organizationId, userId, profileType);
  context.persist(profile);
  await context.flush();
  await handOverPrimary(context, userId);
  return profile;
}

const notAnOwner = () =>
  new BadInput(
    [{ path: 'input.profileType', code: 'NOT_ALLOWED', message: 'VENDOR is for owners only' }],
    'NOT_AN_OWNER',
  );

/** Makes an active profile of the caller the primary profile. */
export async function switchProfile(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<UserProfile> {
  const own = await context.findWhere(UserProfile, sql`user_id = ${context.viewer.userId}::uuid`, 'update');
  const { record: profile } = await check(context, {
    find: {
      record: () => {
        const found = own.find((profile) => profile.id === id);
        if (!found) throw new NotFound('id', 'You do not have this profile');
        return found;
      },
    },
    expectedVersion,
    state: async ({ record }) => [
      !record.isPrimary &&
        (record.status !== 'ACTIVE' || !(await membershipBehind(context, record))) &&
        notActive('Only an active profile can be switched to; activate it first'),
    ],
  });
  if (profile.isPrimary) return profile;
  for (const ownProfile of own) ownProfile.isPrimary = false;
  await context.flush();
  profile.isPrimary = true;
  await context.flush();
  return profile;
}

/** Activates a profile. Users cannot lift their own suspension. */
export async function activateProfile(context: ActionContext, args: VerbArguments): Promise<UserProfile> {
  let membership: Membership | null;
  return change(context, args, {
    rights: async (profile) => {
      membership = await membershipBehind(context, profile);
      return activationForbidden(context, profile, membership);
    },
    state: async () => [
      !membership && new Conflict('MEMBERSHIP_ENDED', 'The membership has ended; add the user again'),
    ],
    work: (profile) => profile.activate(),
  });
}

export async function deactivateProfile(context: ActionContext, args: VerbArguments): Promise<UserProfile> {
  return change(context, args, {
    state: async ({ status }) => [
      status === 'SUSPENDED' && notActive('A suspended profile is already inactive; lift the suspension first'),
    ],
    work: (profile) => profile.deactivate(),
  });
}

/** Suspends the profile of another user. */
export async function suspendProfile(context: ActionContext, args: VerbArguments): Promise<UserProfile> {
  return change(context, args, {
    state: async ({ userId }) => [
      userId === context.viewer.userId &&
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
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
  { rights, state, work }: Verb,
): Promise<UserProfile> {
  const elsewhere = await lockOwnElsewhere(context, id);
  if (!elsewhere && context.viewer.organization) await changingAccess(context);
  const { record: profile } = await check(context, {
    find: { record: () => lockProfile(context, id) },
    rights: async ({ record }) => (await rights?.(record)) ?? [],
    expectedVersion,
    state: ({ record }) => state(record),
  });
  work(profile);
  await context.flush();
  await handOverPrimary(context, profile.userId);
  return profile;
}

/** Locks the organization of the caller's own profile if it is not the active organization; returns whether it did. */
async function lockOwnElsewhere(context: ActionContext, id: string): Promise<boolean> {
  const [own] = await context.query<{ organization_id: string | null }>(
    sql`select lock_organization_of_own_profile(${id}::uuid) as organization_id`,
  );
  const { organization_id } = own!;
  return organization_id !== null && organization_id !== context.viewer.organization?.id;
}

/** PROFILE_SUSPENDED if callers would lift their own suspension; OWNER_ONLY for a VENDOR profile of a member. */
async function activationForbidden(
  context: ActionContext,
  profile: UserProfile,
  membership: Membership | null,
): Promise<Refusal[]> {
  const { status, userId, profileType } = profile;
  const isShutOut = status === 'SUSPENDED' || (!membership?.isOwner && (await isSuspended(context, profile)));
  return [
    userId === context.viewer.userId &&
      isShutOut &&
      new Forbidden('PROFILE_SUSPENDED', 'You cannot lift your own suspension; ask an administrator'),
    membership &&
      profileType === 'VENDOR' &&
      !membership.isOwner &&
      new Forbidden('OWNER_ONLY', 'VENDOR is for owners only; make the member an owner first'),
  ];
}

/**
 * Locks the caller's own profile in any organization or, with organization:update, a profile of the active
 * organization.
 */
async function lockProfile(context: ActionContext, id: string): Promise<UserProfile> {
  const { viewer } = context;
  const [profile] = await context.findWhere(
    UserProfile,
    sql`id = ${id}::uuid
      and (user_id = ${viewer.userId}::uuid or organization_id = ${viewer.organization?.id ?? null}::uuid)`,
    'update',
  );
  const isOwn = profile?.userId === viewer.userId;
  if (!isOwn) demand(viewer, 'organization:update');
  if (!profile) throw new NotFound('id');
  if (!isOwn && !isPrivileged(viewer))
    refuse([ownerRefused(context, await membershipBehind(context, profile), 'change the profile of an owner')]);
  return profile;
}

/** The active membership that a profile belongs to. */
async function membershipBehind(context: ActionContext, profile: UserProfile): Promise<Membership | null> {
  const [membership] = await context.findWhere(Membership, sql`${ofUser(profile)} and is_active`, 'none');
  return membership ?? null;
}

/** Names the organization, since the caller's own profile may belong to another than the active one. */
const ofUser = ({ organizationId, userId }: UserProfile) =>
  sql`organization_id = ${organizationId}::uuid and user_id = ${userId}::uuid`;

/** Whether the user is suspended in the organization, in which case no profile may be activated by the user. */
async function isSuspended(context: ActionContext, profile: UserProfile): Promise<boolean> {
  // Locked, since another transaction may be suspending one of them in an organization that is not the active one.
  const profiles = await context.findWhere(UserProfile, ofUser(profile), 'update');
  const theirs = profiles.map(({ status }) => status);
  return theirs.includes('SUSPENDED') && !theirs.includes('ACTIVE');
}

/** Finds and locks a member's profile of one kind. */
export async function profileOf(
  context: Pick<ActionContext, 'find'>,
  userId: string,
  profileType: ProfileType,
): Promise<UserProfile | null> {
  const theirs = await context.find(UserProfile, { userId }, 'update');
  return theirs.find((profile) => profile.profileType === profileType) ?? null;
}

/** Makes the oldest active profile the primary profile if the user has none. */
export async function handOverPrimary(context: ActionContext, userId: string): Promise<void> {
  await context.batch(handOverPrimaries, userId);
}

export const handOverPrimaries = (work: Pick<ActionContext, 'query'>, userIds: readonly string[]): Promise<object[]> =>
  work.query(sql`
    select hand_over_primary_profile(u)
    from unnest(${userIds}::uuid[]) u
    order by u`);
