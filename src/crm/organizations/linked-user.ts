import type { Lock } from '../../platform/database/entities.js';
import { sql } from '../../platform/database/sql.js';
import { NotFound, Taken } from '../../platform/errors.js';
import type { TenantRecord } from '../../platform/records/tenant-record.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { findOne, organizationOf } from '../../platform/tenancy/action-context.js';
import { ifGiven, type Link, unclaimed } from '../../platform/tenancy/checks.js';
import { Membership } from './membership.js';

export const userLinked = (noun: string, existingId?: string) =>
  new Taken(
    'USER_ALREADY_LINKED',
    'input.userId',
    `This user is linked to another ${noun}; unlink it there first`,
    existingId,
  );

interface UserLinked extends TenantRecord {
  userId: string | null;
}

/** A record is linked only to an active member who is not linked to another record of its kind. */
export function linkedUser<Entity extends UserLinked>(
  context: ActionContext,
  type: new () => Entity,
  { userId }: { userId?: string | null },
  taken: (existingId: string) => Taken,
): { user: Link<Membership | null, Entity>; sameUser: Link<Entity[], Entity> } {
  return {
    user: {
      find: () => ifGiven(userId, (id) => membershipOfUser(context, id, 'share')),
      missing: (membership, record) =>
        userId != null && userId !== record?.userId && !membership?.isActive && noMember('input.userId'),
    },
    sameUser: unclaimed(context, type, 'userId', userId, taken),
  };
}

/** Locks an active membership until the transaction ends; NOT_FOUND on `path` if the user is not an active member. */
export async function demandMember(
  context: ActionContext,
  userId: string,
  path: string,
  lock: Lock = 'share',
): Promise<Membership> {
  const membership = await membershipOfUser(context, userId, lock);
  if (!membership?.isActive) throw noMember(path);
  return membership;
}

const noMember = (path: string) => new NotFound(path, 'This user is not an active member of the organization');

/** The membership of a user in the active organization, even if it has ended. */
export async function membershipOfUser(context: ActionContext, userId: string, lock: Lock): Promise<Membership | null> {
  return findOne(context, Membership, { userId }, lock);
}

/** The memberships of users in the active organization, by user. */
export async function membershipsOf(
  context: ActionContext,
  userIds: readonly string[],
): Promise<Map<string, Membership>> {
  const inOrganization = sql`organization_id = ${organizationOf(context).id}::uuid`;
  const found = await context.findWhere(
    Membership,
    sql`${inOrganization} and user_id = any(${userIds}::uuid[])`,
    'none',
  );
  return new Map(found.map((membership) => [membership.userId, membership]));
}
