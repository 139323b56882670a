import { NIL } from 'uuid';
import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { proofOf } from '../../platform/auth/passwords.js';
import type { Claims } from '../../platform/auth/tokens.js';
import { sql } from '../../platform/database/sql.js';
import { BadInput, CodedError, Conflict, RateLimited, Taken, Unauthenticated } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { queueMail } from '../../platform/mail/mail.js';
import { demandMail, mailedTokenInvalid } from '../users/mailed-token.js';
import { inOwnTransaction, ownAccount } from '../users/own-transaction.js';
import { isKnown, type RequestEmailChangeInput } from './account.inputs.js';
import { beginAttempt, endAttempt, ownDevice } from './attempts.js';
import { endSessions } from './session.js';

/** Seconds between two messages of a kind that a user can have sent. */
const apart = 60;

/** Uses the token of the message to an address; returns the address, which is verified now. */
export async function verifyEmail({ side }: Context, token: string): Promise<string> {
  const [verified] = await side.query<{ email: string | null }>(
    sql`select verify_email(${hashOfToken(token)}) as email`,
  );
  if (!verified!.email) throw mailedTokenInvalid('token');
  return verified!.email;
}

/** Sends the message to the caller's address again. */
export async function resendVerification(context: Context): Promise<void> {
  const mail = demandMail(context);
  const { userId } = context.person;
  const wait = await inOwnTransaction(context, userId, async (work) => {
    const [found] = await work.query<{ verified: boolean }>(sql`select is_email_verified(${userId}::uuid) as verified`);
    if (found!.verified) throw new Conflict('EMAIL_ALREADY_VERIFIED', 'Your e-mail address is verified already');
    return queueMail(work, 'VERIFY_EMAIL', {}, { apart });
  });
  if (wait) throw new RateLimited('TOO_MANY_REQUESTS', wait);
  mail.wake();
}

/**
 * Sends a message to the new address, and tells the old one. Does not tell whether somebody else has the new address.
 * A wrong password counts as a failed sign-in.
 */
export async function requestEmailChange(context: Context, input: RequestEmailChangeInput): Promise<void> {
  const mail = demandMail(context);
  const { userId } = context.person;
  const { newEmail, password } = input;
  const { email } = await inOwnTransaction(context, userId, (work) => ownAccount(work, userId, 'none'));
  if (newEmail === email)
    throw new BadInput([{ path: 'input.newEmail', code: 'INVALID', message: 'is your e-mail address already' }]);
  const attempt = await beginAttempt(context, email, ownDevice(context));
  const proof = await proofOf(password, attempt.salt);
  const isPassword = isKnown(password, [newEmail]);
  const wait = await inOwnTransaction(context, userId, async (work) => {
    if (!(await endAttempt(work, attempt, proof))) return null;
    if (isPassword) return 0;
    const left = await queueMail(work, 'CHANGE_EMAIL', { newEmail }, { apart });
    if (!left) await queueMail(work, 'EMAIL_CHANGE_REQUESTED', { to: email, newEmail });
    return left;
  });
  if (wait === null)
    throw new BadInput([{ path: 'input.password', code: 'INVALID', message: 'is not the current password' }]);
  if (isPassword)
    throw new BadInput([{ path: 'input.newEmail', code: 'NOT_ALLOWED', message: 'must not be the password' }]);
  if (wait) throw new RateLimited('TOO_MANY_REQUESTS', wait);
  mail.wake();
}

/** Uses the token of the message to the new address; returns that address. Ends the other sessions. */
export async function confirmEmailChange(context: Context, token: string): Promise<string> {
  const caller = await claimsOf(context);
  const { userId, email } = await inOwnTransaction(context, NIL, async (work) => {
    const [used] = await work.query<{ userId: string; email: string }>(
      sql`select user_id as "userId", email from confirm_email_change(${hashOfToken(token)})`,
    );
    if (!used) throw mailedTokenInvalid('token');
    await work.actAs(used.userId, null);
    Object.assign(await ownAccount(work, used.userId, 'update'), { email: used.email });
    await work.flush();
    await work.query(sql`select discard_account_tokens()`);
    await endSessions(work, used.userId, caller?.userId === used.userId ? caller.sessionId : null);
    return used;
  }).catch((error: unknown) => {
    const isTaken = error instanceof CodedError && error.extensions.reason === 'EMAIL_TAKEN';
    throw isTaken ? takenMeanwhile() : error;
  });
  context.services.viewers.invalidate(userId);
  return email;
}

const takenMeanwhile = () =>
  new Taken('EMAIL_TAKEN', 'token', 'Another account has this e-mail address; ask for a change to another one');

/** The session that asks, if there is one: the link may also be opened on another device. */
async function claimsOf({ services, facts }: Context): Promise<Claims | null> {
  try {
    const credentials = await services.tokens.verify(facts.authorization);
    return 'sessionId' in credentials ? credentials : null;
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}
