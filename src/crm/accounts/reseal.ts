import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import { NIL } from 'uuid';
import type { Seal } from '../../platform/auth/seal.js';
import { runnerOn } from '../../platform/database/connection.js';
import { sql } from '../../platform/database/sql.js';

/** Seals the secrets of second factors with the newest key, so that older keys may go; done at each start. */
export async function resealSecondFactors(pool: Pool, seal: Seal, log: Pick<FastifyBaseLogger, 'warn'>): Promise<void> {
  const database = runnerOn(pool);
  let lost = 0;
  for (let after: string = NIL; ; ) {
    const found = await database.query<{ user_id: string; secret: string }>(
      sql`select * from second_factors_sealed_otherwise(${seal.mark}, ${after}::uuid)`,
    );
    for (const { user_id: userId, secret } of found) {
      const opened = seal.open(secret, userId);
      if (opened === null) lost += 1;
      else
        await database.query(
          sql`select reseal_second_factor(${userId}::uuid, ${secret}, ${seal.close(opened, userId)})`,
        );
    }
    const last = found.at(-1);
    if (!last) break;
    after = last.user_id;
  }
  if (lost)
    log.warn(
      `${lost} second factors cannot be read, since TOKEN_KEYS lacks their keys or they were changed: only their ` +
        'recovery codes work',
    );
}
