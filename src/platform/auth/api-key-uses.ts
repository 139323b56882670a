import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Log } from '../log.js';

/** Milliseconds within which further uses of a key are not written. */
const apart = 30_000;

const noteUse = `select note_api_key_use($2, $3) from set_config('app.organization_id', $1, true)`;

/** Writes when and from where API keys were used last, beside their requests and at most every 30 seconds. */
export class ApiKeyUses {
  private readonly written = new LRUCache<string, true>({ max: 10_000, ttl: apart });

  constructor(
    private readonly pool: Pool,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  note(apiKeyId: string, organizationId: string, address: string): void {
    if (this.written.has(apiKeyId)) return;
    this.written.set(apiKeyId, true);
    this.pool.query(noteUse, [organizationId, apiKeyId, address]).catch((err: unknown) => {
      this.written.delete(apiKeyId);
      this.log.warn({ err, apiKeyId }, 'the last use of an API key was not written');
    });
  }
}
