import { LockMode } from '@mikro-orm/core';
import { demand, isPrivileged } from '../../platform/auth/viewer.js';
import { send } from '../../platform/database/orm.js';
import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, Forbidden, NotFound } from '../../platform/errors.js';
import {
  type Acting,
  checkVersion,
  lockedInOrder,
  onDuplicate,
  organizationOf,
} from '../../platform/tenancy/acting.js';
import { demandMember } from './linked-user.js';
import { Membership } from './membership.js';
import type { CreateUserProfileInput } from './organization.inputs.js';
import { type ProfileType, UserProfile } from './user-profile.js';

onDuplicate('user_profiles_type_key', () => profileExists());

const profileExists = (existingId?: string) =>
  new Conflict('PROFILE_EXISTS', 'This user has a profile of this kind here already', {
    ...(existingId && { existingId }),
  });

const notActive = (message: string) => new Conflict('PROFILE_NOT_ACTIVE', message);

/** A further profile for an active member; the user's primary one if there is none. */
export async function createUserProfile(
  acting: Acting,
  { userId, profileType }: CreateUserProfileInput,
): Promise<UserProfile> {
  const { em } = acting;
  const { id: organizationId } = organizationOf(acting);
  const membership = await demandMember(acting, userId, 'input.userId');
  if (profileType === 'VENDOR' && !membership.isOwner)
    throw new BadInput(
      [{ path: 'input.profileType', code: 'NOT_ALLOWED', message: 'VENDOR is for owners only' }],
      'NOT_AN_OWNER',
    );
  const same = await em.findOne(UserProfile, { organizationId, userId, profileType });
  if (same) throw profileExists(same.id);
  const profile = UserProfile.of(organizationId, userId, profileType);
  em.persist(profile);
  await em.flush();
  await handOverPrimary(acting, userId);
  return profile;
}

/** Makes one of the caller's active profiles the primary one. */
export async function switchProfile(acting: Acting, id: string): Promise<UserProfile> {
  const { em, viewer } = acting;
  const own = await em.find(UserProfile, { userId: viewer.userId }, lockedInOrder);
  const profile = own.find((one) => one.id === id);
  if (!profile) throw new NotFound('id', 'You have no such profile');
  if (profile.isPrimary) return profile;
  if (profile.status !== 'ACTIVE' || !(await membershipBehind(acting, profile)))
    throw notActive('Only an active profile can be switched to; activate it first');
  for (const other of own) other.isPrimary = false;
  await em.flush();
  profile.isPrimary = true;
  await em.flush();
  return profile;
}

/** Lifts a deactivation, or as somebody else a suspension. */
export async function activateProfile(
  acting: Acting,
  id: string,
  expectedVersion?: number | null,
): Promise<UserProfile> {
  const profile = await changeable(acting, id);
  const isSelf = profile.userId === acting.viewer.userId;
  checkVersion(profile, expectedVersion);
  const membership = await membershipBehind(acting, profile);
  if (isSelf && (profile.status === 'SUSPENDED' || (!membership?.isOwner && (await isSuspended(acting, profile)))))
    throw new Forbidden('PROFILE_SUSPENDED', 'A suspension is lifted by somebody else only; ask an administrator');
  if (profile.status === 'SUSPENDED') demand(acting.viewer, 'organization:update');
  if (!membership) throw new Conflict('MEMBERSHIP_ENDED', 'The membership has ended; add the user again');
  if (profile.profileType === 'VENDOR' && !membership.isOwner)
    throw new Forbidden('OWNER_ONLY', 'VENDOR is for owners only; make the member an owner first');
  profile.activate();
  await acting.em.flush();
  await handOverPrimary(acting, profile.userId);
  return profile;
}

export async function deactivateProfile(
  acting: Acting,
  id: string,
  expectedVersion?: number | null,
): Promise<UserProfile> {
  const profile = await changeable(acting, id);
  checkVersion(profile, expectedVersion);
  if (profile.status === 'SUSPENDED') throw notActive('A suspended profile is off already; lift the suspension first');
  profile.deactivate();
  await acting.em.flush();
  await handOverPrimary(acting, profile.userId);
  return profile;
}

/** Blocks another user's profile. */
export async function suspendProfile(
  acting: Acting,
  id: string,
  expectedVersion?: number | null,
): Promise<UserProfile> {
  const profile = await changeable(acting, id);
  checkVersion(profile, expectedVersion);
  if (profile.userId === acting.viewer.userId)
    throw new Conflict('SELF_ACTION', 'You cannot suspend yourself; deactivate your profile instead');
  profile.suspend();
  await acting.em.flush();
  await handOverPrimary(acting, profile.userId);
  return profile;
}

/** One's own profile anywhere, or with organization:update one of the active organization; owners by owners only. */
async function changeable(acting: Acting, id: string): Promise<UserProfile> {
  const { em, viewer } = acting;
  const profile = await em.findOne(UserProfile, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const isSelf = profile?.userId === viewer.userId;
  if (!isSelf) demand(viewer, 'organization:update');
  if (!profile || (!isSelf && profile.organizationId !== viewer.organization?.id)) throw new NotFound('id');
  if (!isSelf && !isPrivileged(viewer)) {
    const { organizationId, userId } = profile;
    if (await em.count(Membership, { organizationId, userId, isOwner: true, isActive: true }))
      throw new Forbidden('OWNER_ONLY', 'Only an owner may change the profile of an owner');
  }
  return profile;
}

/** The active membership that a profile belongs to. */
const membershipBehind = ({ em }: Acting, { organizationId, userId }: UserProfile): Promise<Membership | null> =>
  em.findOne(Membership, { organizationId, userId, isActive: true });

/** Whether the user is shut out of the organization: else switching on another profile would let them in again. */
async function isSuspended({ em }: Acting, { organizationId, userId }: UserProfile): Promise<boolean> {
  const theirs = (await em.find(UserProfile, { organizationId, userId })).map(({ status }) => status);
  return theirs.includes('SUSPENDED') && !theirs.includes('ACTIVE');
}

/** A member's profile of one kind, locked. */
export async function profileOf(acting: Acting, userId: string, profileType: ProfileType): Promise<UserProfile | null> {
  const theirs = await acting.find(UserProfile, 'user_id', userId, 'update');
  return theirs.find((profile) => profile.profileType === profileType) ?? null;
}

/** A user with an active profile has a primary one; its oldest when there is none. */
export async function handOverPrimary(acting: Acting, userId: string): Promise<void> {
  await acting.together(handOverPrimaries, userId);
}

export const handOverPrimaries = ({ em }: Pick<Acting, 'em'>, userIds: readonly string[]): Promise<unknown[]> =>
  send(em, sql`select hand_over_primary_profile(u) from unnest(${userIds}::uuid[]) u order by u`);
