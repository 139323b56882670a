import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import { NIL } from 'uuid';
import type { Seal } from '../../platform/auth/seal.js';
import { runnerOn } from '../../platform/database/connection.js';
import { sql } from '../../platform/database/sql.js';

/** Seals the secrets of webhooks with the newest key, so that older keys may go; done at each start. */
export async function resealWebhookSecrets(
  pool: Pool,
  seal: Seal,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Promise<void> {
  const database = runnerOn(pool);
  let lost = 0;
  for (let after: string = NIL; ; ) {
    const found = await database.query<{ id: string; webhook_id: string; sealed: string }>(
      sql`select * from webhook_secrets_sealed_otherwise(${seal.mark}, ${after}::uuid)`,
    );
    for (const { id, webhook_id: webhookId, sealed } of found) {
      const opened = seal.open(sealed, webhookId);
      if (opened === null) lost += 1;
      else
        await database.query(
          sql`select reseal_webhook_secret(${id}::uuid, ${sealed}, ${seal.close(opened, webhookId)})`,
        );
    }
    const last = found.at(-1);
    if (!last) break;
    after = last.id;
  }
  if (lost)
    log.warn(
      `${lost} secrets of webhooks cannot be read, since TOKEN_KEYS lacks their keys or they were changed: their ` +
        'webhooks are disabled when they next have something to send',
    );
}
