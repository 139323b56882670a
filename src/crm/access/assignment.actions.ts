import { type ActionContext, findOne, lockShared, organizationOf } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { changingAccess } from '../organizations/changing-access.js';
import { demandMember } from '../organizations/linked-user.js';
import type { Membership } from '../organizations/membership.js';
import { ownerRefused, rolesAndProfiles } from '../organizations/owners.js';
import { assignTo } from './admission.js';
import { grantable } from './grants.js';
import type { AssignmentArgs } from './role.inputs.js';
import { Role, UserRole } from './role.js';

interface Assigned {
  member: Membership;
  assignment: UserRole;
}

/** Assigns a role to a member, unless it is already assigned. */
export async function assignRole(context: ActionContext, { userId, roleId }: AssignmentArgs): Promise<Assigned> {
  await changingAccess(context);
  const { member, granted } = await check(context, {
    find: {
      member: () => demandMember(context, userId, 'userId'),
      granted: grantable(context, roleId, 'roleId'),
    },
    rights: ({ member }) => [ownerRefused(context, member, rolesAndProfiles)],
  });
  const assignment = await giveRole(context, userId, granted!.role);
  await context.flush();
  return { member, assignment };
}

/** Takes an assigned role from a member. The employee record's primary role stays. */
export async function removeRole(context: ActionContext, { userId, roleId }: AssignmentArgs): Promise<void> {
  await changingAccess(context);
  await check(context, {
    find: {
      member: () => demandMember(context, userId, 'userId'),
      role: () => lockShared(context, Role, roleId, 'roleId'),
    },
    rights: ({ member }) => [ownerRefused(context, member, rolesAndProfiles)],
  });
  const assignment = await findOne(context, UserRole, { userId, roleId }, 'update');
  assignment?.end();
  await context.flush();
}

/** Assigns a role in the caller's name; does nothing if it is assigned. */
export const giveRole = (context: ActionContext, userId: string, { id: roleId }: Role): Promise<UserRole> =>
  assignTo(context, { organizationId: organizationOf(context).id, userId, roleId }, context.viewer.userId);
