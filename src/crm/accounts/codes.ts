import { hashOfRecoveryCode, stepOf } from '../../platform/auth/one-time-codes.js';
import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { type QueryRunner, sql } from '../../platform/database/sql.js';
import { RateLimited } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';

/** One look at a code. Failures count by account, or by device if the account has signed in on it. */
interface CodeAttempt {
  userId: string;
  deviceId: string | null;
  /** Null unless a sign-in awaits the code. */
  ticketHash: string | null;
  /** Null if the code is none of the current time. */
  step: number | null;
  recoveryHash: string;
}

/**
 * Looks at a code of a ticket, or of the transaction's user. Counts it as wrong in advance, as sign-in does. Null if
 * the ticket is not valid or there is no second factor. Throws RATE_LIMITED while the account or device must wait.
 */
export async function beginCode(
  { services }: Context,
  database: QueryRunner,
  code: string,
  { ticket = null, deviceId = null }: { ticket?: string | null; deviceId?: string | null },
): Promise<CodeAttempt | null> {
  const ticketHash = ticket && hashOfToken(ticket);
  const [found] = await database.query<{
    user_id: string;
    device_id: string | null;
    secret: string | null;
    retry_after_ms: number;
    now: string;
  }>(sql`select * from begin_code(${ticketHash}, ${deviceId}::uuid), now()`);
  if (!found) return null;
  if (found.retry_after_ms > 0) throw new RateLimited('LOGIN_THROTTLED', found.retry_after_ms);
  const secret = services.seal.open(found.secret!, found.user_id);
  return {
    userId: found.user_id,
    deviceId: found.device_id,
    ticketHash,
    // Without the key only recovery codes are right.
    step: secret === null ? null : stepOf(secret, code, new Date(found.now)),
    recoveryHash: hashOfRecoveryCode(code),
  };
}

/** Whether the code is right and unused. If so, uses it up, with its ticket, and ends the count of failures. */
export async function endCode(
  work: QueryRunner,
  { ticketHash, step, recoveryHash, deviceId }: CodeAttempt,
): Promise<boolean> {
  const [found] = await work.query<{ right: boolean }>(
    sql`select end_code(${ticketHash}, ${step}::bigint, ${recoveryHash}, ${deviceId}::uuid) as right`,
  );
  return found!.right;
}

export async function hasSecondFactor(work: QueryRunner, userId: string): Promise<boolean> {
  const [found] = await work.query<{ has: boolean }>(sql`select has_second_factor(${userId}::uuid) as has`);
  return found!.has;
}
