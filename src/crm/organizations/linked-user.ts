import type { Lock } from '../../platform/database/entities.js';
import { NotFound, Taken } from '../../platform/errors.js';
import type { Acting } from '../../platform/tenancy/acting.js';
import type { TenantRecord } from '../../platform/tenancy/tenant-record.js';
import { Membership } from './membership.js';

export const userLinked = (noun: string, existingId?: string) =>
  new Taken(
    'USER_ALREADY_LINKED',
    'input.userId',
    `This user is linked to another ${noun}; unlink it there first`,
    existingId,
  );

/** A user whom a record shall be linked to must be an active member, and linked to no other record of the kind. */
export async function demandLinkable(
  acting: Acting,
  record: TenantRecord,
  userId: string,
  taken: (existingId: string) => Taken,
): Promise<void> {
  await demandMember(acting, userId, 'input.userId');
  const linked = await acting.find(record.constructor as new () => TenantRecord, 'user_id', userId, 'none');
  const other = linked.find(({ id }) => id !== record.id);
  if (other) throw taken(other.id);
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
