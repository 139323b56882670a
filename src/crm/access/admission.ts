import { Conflict } from '../../platform/errors.js';
import { type ActionContext, findOne } from '../../platform/tenancy/action-context.js';
import { Membership } from '../organizations/membership.js';
import { profileOf } from '../organizations/profile.actions.js';
import { type ProfileType, UserProfile } from '../organizations/user-profile.js';
import type { Role } from './role.js';
import { UserRole } from './role.js';

/** The part of a transaction that an admission uses. It is the newcomer's own if an invitation is accepted. */
export type Admitting = Pick<ActionContext, 'find' | 'persist' | 'flush'>;

interface Newcomer {
  organizationId: string;
  userId: string;
  isOwner: boolean;
  /** The user who answers for the admission, and for the roles; null for an API key. */
  invitedById: string | null;
  roles: readonly Pick<Role, 'id'>[];
  /** The membership that the user once had. */
  former: Membership | null;
}

export const alreadyMember = (message = 'This user is already a member') => new Conflict('ALREADY_MEMBER', message);

/** Makes a user a member, or readmits a former member without the earlier roles. The primary profile stays. */
export async function admit(context: Admitting, newcomer: Newcomer): Promise<Membership> {
  const { organizationId, userId, isOwner, invitedById, roles, former } = newcomer;
  const membership = former ?? Object.assign(new Membership(), { organizationId, userId, isOwner, invitedById });
  if (former) former.readmit(isOwner, invitedById);
  else context.persist(membership);
  await context.flush();
  if (former) await returnProfiles(context, former);
  await giveProfile(context, membership, 'EMPLOYEE');
  if (isOwner) await giveProfile(context, membership, 'VENDOR');
  for (const { id: roleId } of roles) await assignTo(context, { organizationId, userId, roleId }, invitedById);
  await context.flush();
  return membership;
}

/** Activates the profiles of a readmitted member; a VENDOR profile only if the member is an owner. */
async function returnProfiles(context: Admitting, { userId, isOwner }: Membership): Promise<void> {
  for (const profile of await context.find(UserProfile, { userId }, 'update'))
    if (isOwner || profile.profileType !== 'VENDOR') profile.activate();
}

/** Adds a profile or activates an existing one. */
export async function giveProfile(
  context: Admitting,
  { organizationId, userId }: Membership,
  profileType: ProfileType,
): Promise<void> {
  const known = await profileOf(context, userId, profileType);
  if (known) known.activate();
  else context.persist(UserProfile.of(organizationId, userId, profileType));
}

/** Assigns a role or restores a former assignment; does nothing if the role is assigned. */
export async function assignTo(
  context: Pick<Admitting, 'find' | 'persist'>,
  { organizationId, userId, roleId }: Pick<UserRole, 'organizationId' | 'userId' | 'roleId'>,
  assignedById: string | null,
): Promise<UserRole> {
  const known = await findOne(context, UserRole, { userId, roleId }, 'update');
  if (known?.isActive) return known;
  const assignment = known ?? Object.assign(new UserRole(), { organizationId, userId, roleId });
  assignment.assign(assignedById);
  if (!known) context.persist(assignment);
  return assignment;
}
