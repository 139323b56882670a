import { LockMode } from '@mikro-orm/core';
import { isPrivileged } from '../../platform/auth/viewer.js';
import { BadInput, Conflict, Forbidden, NotFound } from '../../platform/errors.js';
import { type Acting, checkVersion, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import { Membership } from '../organizations/membership.js';
import type { AddOrganizationMemberInput, UpdateMembershipInput } from '../organizations/organization.inputs.js';
import { handOverPrimary, profileOf } from '../organizations/profile.actions.js';
import { type ProfileType, UserProfile } from '../organizations/user-profile.js';
import { activeRole } from './grants.js';
import { type Role, UserRole } from './role.js';

onDuplicate('memberships_user_key', () => new Conflict('ALREADY_MEMBER', 'This user is a member already'));

/** Adds a user, or readmits a former member, whose earlier roles do not come back. */
export async function addMember(acting: Acting, input: AddOrganizationMemberInput): Promise<Membership> {
  const { em, viewer } = acting;
  const { id: organizationId } = organizationOf(acting);
  const userId = await userNamedBy(acting, input);
  const roles = await rolesNamedBy(acting, input.roleIds ?? []);
  await lockMemberships(acting);
  const former = await em.findOne(Membership, { organizationId, userId });
  if (former?.isActive) throw new Conflict('ALREADY_MEMBER', 'This user is a member already');
  const membership = former ?? new Membership();
  if (former) former.readmit(input.isOwner ?? false, viewer.userId);
  else {
    membership.organizationId = organizationId;
    membership.userId = userId;
    membership.isOwner = input.isOwner ?? false;
    membership.invitedById = viewer.userId;
    em.persist(membership);
  }
  await em.flush();
  if (former) await returnProfiles(acting, former);
  await giveProfile(acting, userId, 'EMPLOYEE');
  if (membership.isOwner) await giveProfile(acting, userId, 'VENDOR');
  for (const role of roles) await giveRole(acting, userId, role);
  await em.flush();
  await handOverPrimary(acting, userId);
  return membership;
}

/** Grants or revokes ownership. */
export async function updateMembership(
  acting: Acting,
  id: string,
  { isOwner }: UpdateMembershipInput,
  expectedVersion?: number | null,
): Promise<void> {
  const { em } = acting;
  await lockMemberships(acting);
  const membership = await lock(acting, Membership, id);
  checkVersion(membership, expectedVersion);
  if (!membership.isActive) throw new Conflict('MEMBERSHIP_ENDED', 'This membership has ended; add the user again');
  if (isOwner === undefined || isOwner === membership.isOwner) return;
  if (!isOwner) await refuseLastOwner(acting, membership);
  membership.isOwner = isOwner;
  if (isOwner) await giveProfile(acting, membership.userId, 'VENDOR');
  else (await profileOf(acting, membership.userId, 'VENDOR'))?.deactivate();
  await em.flush();
  await handOverPrimary(acting, membership.userId);
}

/** Ends a membership: an owner's right, and everybody's for leaving. */
export async function deactivateMembership(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  await lockMemberships(acting);
  const membership = await lock(acting, Membership, id);
  if (membership.userId !== acting.viewer.userId && !isPrivileged(acting.viewer))
    throw new Forbidden('OWNER_ONLY', 'Only an owner may end the membership of somebody else');
  checkVersion(membership, expectedVersion);
  await endMembership(acting, membership);
}

/** Membership, role assignments and profiles of the user here end together. */
export async function endMembership(acting: Acting, membership: Membership): Promise<void> {
  if (!membership.isActive) return;
  await refuseLastOwner(acting, membership);
  membership.end();
  const { userId } = membership;
  for (const assignment of await acting.find(UserRole, 'user_id', userId, 'update')) assignment.isActive = false;
  for (const profile of await acting.find(UserProfile, 'user_id', userId, 'update')) profile.deactivate();
  await acting.em.flush();
  await handOverPrimary(acting, userId);
}

/** Ownership changes one at a time, so that two owners cannot leave at once. Nobody else waits for it. */
export function lockMemberships(acting: Acting): Promise<void> {
  return acting.shared('memberships', async () => {
    await acting.em.execute('select from organizations where id = ? for no key update', [organizationOf(acting).id]);
  });
}

async function refuseLastOwner({ em }: Acting, { id, isOwner, organizationId }: Membership): Promise<void> {
  if (!isOwner) return;
  const others = await em.count(Membership, { organizationId, isOwner: true, isActive: true, id: { $ne: id } });
  if (others === 0)
    throw new Conflict('LAST_OWNER', 'An organization needs an owner; make somebody else an owner first');
}

async function userNamedBy({ em }: Acting, { userId, email }: AddOrganizationMemberInput): Promise<string> {
  if ((userId == null) === (email == null)) {
    const message = 'exactly one of userId and email must be given';
    throw new BadInput([{ path: userId == null ? 'input.userId' : 'input.email', code: 'INVALID', message }]);
  }
  const [found] = await em.execute<{ id: string | null }[]>('select find_user(?, ?) as id', [
    userId ?? null,
    email ?? null,
  ]);
  if (!found?.id) throw new NotFound(userId ? 'input.userId' : 'input.email', 'There is no such user');
  return found.id;
}

async function rolesNamedBy(acting: Acting, ids: string[]): Promise<Role[]> {
  const roles: Role[] = [];
  for (const [n, id] of ids.entries()) roles.push(await activeRole(acting, id, `input.roleIds.${n}`));
  return roles;
}

/** Profiles of somebody who is taken back are active again; that of an owner is for owners only. */
async function returnProfiles(acting: Acting, { userId, isOwner }: Membership): Promise<void> {
  for (const profile of await acting.find(UserProfile, 'user_id', userId, 'update'))
    if (isOwner || profile.profileType !== 'VENDOR') profile.activate();
}

/** Gives a profile, again if it was switched off. */
async function giveProfile(acting: Acting, userId: string, profileType: ProfileType): Promise<void> {
  const known = await profileOf(acting, userId, profileType);
  if (known) known.activate();
  else acting.em.persist(UserProfile.of(organizationOf(acting).id, userId, profileType));
}

/** Assigns a role, again if it was taken away before; one that is assigned stays as it is. */
export async function giveRole({ em, viewer }: Acting, userId: string, role: Role): Promise<void> {
  const { organizationId, id: roleId } = role;
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const assignment = (await em.findOne(UserRole, { organizationId, userId, roleId }, { lockMode })) ?? new UserRole();
  if (assignment.organizationId && assignment.isActive) return;
  Object.assign(assignment, { organizationId, userId, roleId, isActive: true, assignedAt: new Date() });
  assignment.assignedById = viewer.userId;
  em.persist(assignment);
}
