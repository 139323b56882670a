import type { Lock } from '../../platform/database/entities.js';
import { Conflict, NotFound } from '../../platform/errors.js';
import type { Acting } from '../../platform/tenancy/acting.js';
import type { TenantRecord } from '../../platform/tenancy/tenant-record.js';
import { Membership } from './membership.js';

export const userLinked = (noun: string) =>
  new Conflict('USER_ALREADY_LINKED', `This user is linked to another ${noun}; unlink it there first`, {
    fields: [{ path: 'input.userId', code: 'NOT_UNIQUE', message: `is linked to another ${noun}` }],
  });

/** A user whom a record shall be linked to: an active member, linked to no other record of the kind. */
export async function linkableUser(
  acting: Acting,
  type: new () => TenantRecord,
  recordId: string,
  userId: string,
  noun: string,
): Promise<void> {
  await demandMember(acting, userId, 'input.userId');
  const linked = await acting.find(type, 'user_id', userId, 'none');
  if (linked.some(({ id }) => id !== recordId)) throw userLinked(noun);
}

/** NOT_FOUND on `path` unless the user is an active member, and stays one until the transaction ends. */
export async function demandMember(
  acting: Acting,
  userId: string,
  path: string,
  lock: Lock = 'share',
): Promise<Membership> {
  const [membership] = await acting.find(Membership, 'user_id', userId, lock);
  if (!membership?.isActive) throw new NotFound(path, 'This user is no active member of the organization');
  return membership;
}
