import type { Device } from '../../platform/auth/device-tokens.js';
import type { PasswordProof } from '../../platform/auth/passwords.js';
import { type QueryRunner, sql } from '../../platform/database/sql.js';
import { RateLimited } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';

/** One look at a password. Failures count by name and account, or by device if the account has signed in on it. */
interface Attempt {
  userId: string | null;
  /** The beginning of the stored hash; null without an active account. */
  salt: string | null;
  /** Null unless the account has signed in on it. */
  deviceId: string | null;
}

interface Begun {
  user_id: string | null;
  salt: string | null;
  retry_after_ms: number;
}

/**
 * Counts an attempt as failed in advance, so that concurrent attempts are all counted; a success resets the count.
 * Throws RATE_LIMITED while the name, or the device, must wait. While the account waits for attempts under another
 * name, there is no account: a wait would tell strangers that both names are one account's.
 */
export async function beginAttempt({ side }: Context, typed: string, device: Device | null): Promise<Attempt> {
  const name = typed.normalize('NFC').toLowerCase();
  const [begun] = await side.query<Begun>(sql`
    select *
    from begin_attempt(${name}, ${device?.userId ?? null}::uuid, ${device?.deviceId ?? null}::uuid)`);
  const { user_id: userId, salt, retry_after_ms: retryAfterMs } = begun!;
  if (retryAfterMs > 0) throw new RateLimited('LOGIN_THROTTLED', retryAfterMs);
  return { userId, salt, deviceId: device && device.userId === userId ? device.deviceId : null };
}

/** Whether the password is right; then resets the count, and stores the next hash if there is one. */
export async function endAttempt(
  work: QueryRunner,
  { userId, deviceId }: Attempt,
  { hash, typed }: PasswordProof,
  next: string | null = null,
): Promise<boolean> {
  const [found] = await work.query<{ right: boolean }>(
    sql`select end_attempt(${userId}::uuid, ${hash}, ${typed}, ${next}, ${deviceId}::uuid) as right`,
  );
  return found!.right;
}

/** A session is a device of its user, so that strangers who guess passwords do not lock the user out of changes. */
export const ownDevice = ({ person }: Context): Device => ({ userId: person.userId, deviceId: person.sessionId });
