import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import { NIL } from 'uuid';
import type { Seal } from '../../platform/auth/seal.js';

/** Seals the secrets of second factors with the newest key, so that older keys may go; done at each start. */
export async function resealSecondFactors(pool: Pool, seal: Seal, log: Pick<FastifyBaseLogger, 'warn'>): Promise<void> {
  let lost = 0;
  for (let after = NIL; ; ) {
    const { rows } = await pool.query('select * from second_factors_sealed_otherwise($1, $2)', [seal.mark, after]);
    for (const { user_id: userId, secret } of rows) {
      const opened = seal.open(secret, userId);
      if (opened === null) lost += 1;
      else await pool.query('select reseal_second_factor($1, $2, $3)', [userId, secret, seal.close(opened, userId)]);
    }
    if (!rows.length) break;
    after = rows.at(-1).user_id;
  }
  if (lost)
    log.warn(
      `${lost} second factors cannot be read, since TOKEN_KEYS lacks their keys or they were changed: only their ` +
        'recovery codes work',
    );
}
