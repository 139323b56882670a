import type { Lock } from '../../platform/database/entities.js';
import { transcriptOf } from '../../platform/database/orm.js';
import { sql } from '../../platform/database/sql.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Context } from '../../platform/graphql/context.js';
import { translated } from '../../platform/tenancy/duplicates.js';
import { User } from './user.js';

/** Account operations use their own short transactions and never hold one while hashing a password. */
export async function inOwnTransaction<Value>(
  { services, lifetime, transcripts }: Context,
  userId: string,
  does: (work: UnitOfWork) => Promise<Value>,
): Promise<Value> {
  try {
    return await services.orm.em.fork().transactional(async (em) => {
      const work = new UnitOfWork(em);
      transcripts.push(await transcriptOf(em));
      lifetime.demand();
      await work.actAs(userId, null);
      const done = await does(work);
      lifetime.demand();
      return done;
    });
  } catch (error) {
    throw translated(error);
  }
}

/** The account of the transaction's user. */
export async function ownAccount(work: UnitOfWork, userId: string, lock: Lock): Promise<User> {
  const [user] = await work.findWhere(User, sql`id = ${userId}::uuid`, lock);
  return user!;
}
