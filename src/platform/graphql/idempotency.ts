import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import type { EntityManager } from '../database/orm.js';
import { BadInput, CodedError } from '../errors.js';

const longest = 255;

interface Keyed {
  userId: string;
  organizationId: string | null;
  /** Names of the root fields. */
  operation: string[];
  key: string;
  /** What was sent: the document, its operation and its variables. */
  request: unknown[];
}

/**
 * A mutation that may be sent again: the answer of the first time is kept in the same transaction as its work, for 24
 * hours, and given again. Two at once are told apart by a lock that ends with the transaction.
 */
export class KeyedMutation {
  private readonly userId: string;
  private readonly scope: string;
  private readonly request: string;

  constructor({ userId, organizationId, operation, key, request }: Keyed) {
    if (key.length < 1 || key.length > longest)
      throw new BadInput([
        { path: 'Idempotency-Key', code: 'OUT_OF_RANGE', message: `must have 1 to ${longest} characters` },
      ]);
    this.userId = userId;
    this.scope = hash([userId, organizationId, operation, key]);
    this.request = hash(request);
  }

  /** The answer of the first time; null when this is it. IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED. */
  async replay(em: EntityManager): Promise<ExecutionResult | null> {
    const [turn]: { mine: boolean }[] = await em.execute(
      'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as mine',
      [this.scope],
    );
    if (!turn!.mine)
      throw new CodedError('IDEMPOTENCY_IN_PROGRESS', 'A request with this key is still running; wait and repeat it');
    const [kept] = await em.execute(
      `select request, answer from idempotency_keys
       where user_id = ? and scope = ? and created_at > now() - interval '24 hours'`,
      [this.userId, this.scope],
    );
    if (!kept) return null;
    if (kept.request !== this.request)
      throw new CodedError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another request; give each one of its own');
    return { data: JSON.parse(kept.answer), extensions: { idempotency: { replayed: true } } };
  }

  /** Keeps the answer with the work that it tells of, and lets go of what is too old. */
  async keep(em: EntityManager, { data }: ExecutionResult): Promise<void> {
    await em.execute(`delete from idempotency_keys where user_id = ? and created_at <= now() - interval '24 hours'`, [
      this.userId,
    ]);
    await em.execute(
      'insert into idempotency_keys (user_id, scope, request, answer, created_at) values (?, ?, ?, ?, now())',
      [this.userId, this.scope, this.request, JSON.stringify(data)],
    );
  }
}

const hash = (parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
