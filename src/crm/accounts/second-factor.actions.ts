import { hashOfRecoveryCode, newRecoveryCodes, newSecret, stepOf, uriOf } from '../../platform/auth/one-time-codes.js';
import { hashOfToken, newToken } from '../../platform/auth/opaque-tokens.js';
import { proofOf } from '../../platform/auth/passwords.js';
import { instant, sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, Unauthenticated } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { queueMail } from '../../platform/mail/mail.js';
import { inOwnTransaction, ownAccount } from '../users/own-transaction.js';
import { type SignedIn, signIn, withPassword } from './account.actions.js';
import type { LoginInput } from './account.inputs.js';
import { beginAttempt, endAttempt, ownDevice } from './attempts.js';
import { beginCode, endCode, hasSecondFactor } from './codes.js';
import type { CompleteLoginInput, ConfirmSecondFactorInput, RemoveSecondFactorInput } from './second-factor.inputs.js';

/** Names the server in apps for codes. */
const issuer = 'Too Good CRM';

interface Challenge {
  ticket: string;
  expiresAt: string;
}

/** Signs in, or returns a ticket with which a code signs in. */
export async function beginLogin(context: Context, input: LoginInput): Promise<SignedIn | Challenge> {
  const ticket = newToken();
  return withPassword(context, input, async (work, device) => {
    const issuing = sql`issue_ticket(${hashOfToken(ticket)}, ${device.deviceId}::uuid)`;
    const [issued] = await work.query<{ ends: string | null }>(sql`select ${instant(issuing)} as ends`);
    return issued!.ends ? { ticket, expiresAt: issued!.ends } : signIn(context, work, device);
  });
}

/** Signs in with a ticket and a code, each of which works once. */
export async function completeLogin(context: Context, { ticket, code }: CompleteLoginInput): Promise<SignedIn> {
  await context.count('signIns');
  const attempt = await beginCode(context, context.side, code, { ticket });
  if (!attempt)
    throw new Unauthenticated('TICKET_INVALID', 'The ticket is not valid or has expired; start with beginLogin again');
  return inOwnTransaction(context, attempt.userId, async (work) => {
    if (!(await endCode(work, attempt)))
      throw new Unauthenticated('CODE_INVALID', 'The code is wrong or already used; try the next code');
    return signIn(context, work, attempt);
  });
}

/** A new secret, which replaces one that has not been confirmed. */
export async function beginSecondFactor(context: Context): Promise<{ secret: string; otpauthUri: string }> {
  const { userId } = context.person;
  const secret = newSecret();
  return inOwnTransaction(context, userId, async (work) => {
    const { email } = await ownAccount(work, userId, 'none');
    const sealed = context.services.seal.close(secret, userId);
    const [begun] = await work.query<{ begun: boolean }>(sql`select begin_second_factor(${sealed}) as begun`);
    if (!begun!.begun) throw exists();
    return { secret, otpauthUri: uriOf(secret, issuer, email) };
  });
}

/**
 * Turns the second factor on and tells the user by mail, since a session suffices for it. Returns the recovery codes,
 * which are not seen again.
 */
export async function confirmSecondFactor(context: Context, { code }: ConfirmSecondFactorInput): Promise<string[]> {
  const { userId } = context.person;
  const codes = newRecoveryCodes();
  const { mail, seal } = context.services;
  await inOwnTransaction(context, userId, async (work) => {
    if (await hasSecondFactor(work, userId)) throw exists();
    const [pending] = await work.query<{ secret: string | null; now: string }>(
      sql`select pending_second_factor() as secret, now() as now`,
    );
    const secret = pending!.secret && seal.open(pending!.secret, userId);
    if (!secret)
      throw new Conflict('SECOND_FACTOR_NOT_BEGUN', 'Call beginSecondFactor first, and enter its secret in an app');
    const step = stepOf(secret, code, new Date(pending!.now));
    if (step === null) throw wrongCode();
    const [confirmed] = await work.query<{ confirmed: boolean }>(sql`
      select confirm_second_factor(${pending!.secret}, ${step}::bigint, ${codes.map(hashOfRecoveryCode)}::text[])
        as confirmed`);
    if (!confirmed!.confirmed) throw exists();
    if (mail) await queueMail(work, 'SECOND_FACTOR_ADDED', { to: (await ownAccount(work, userId, 'none')).email });
  });
  mail?.wake();
  return codes;
}

/** Takes password and code. Wrong ones count as failed sign-ins of this session. */
export async function removeSecondFactor(context: Context, { password, code }: RemoveSecondFactorInput): Promise<void> {
  const { userId, sessionId: deviceId } = context.person;
  const { email } = await inOwnTransaction(context, userId, async (work) => {
    if (!(await hasSecondFactor(work, userId))) throw missing();
    return ownAccount(work, userId, 'none');
  });
  const attempt = await beginAttempt(context, email, ownDevice(context));
  const proof = await proofOf(password, attempt.salt);
  const isRight = await inOwnTransaction(context, userId, (work) => endAttempt(work, attempt, proof));
  if (!isRight) throw wrongPassword();
  const codeAttempt = await inOwnTransaction(context, userId, (work) => beginCode(context, work, code, { deviceId }));
  if (!codeAttempt) throw missing();
  await inOwnTransaction(context, userId, async (work) => {
    if (!(await endCode(work, codeAttempt))) throw wrongCode();
    const [removed] = await work.query<{ done: boolean }>(
      sql`select remove_second_factor(${proof.hash}, ${proof.typed}) as done`,
    );
    // The password was changed meanwhile. The rollback gives the code back.
    if (!removed!.done) throw wrongPassword();
  });
}

const exists = () => new Conflict('SECOND_FACTOR_EXISTS', 'Your account has a second factor; remove it first');
const missing = () => new Conflict('NO_SECOND_FACTOR', 'Your account has no second factor');
const wrongPassword = () =>
  new BadInput([{ path: 'input.password', code: 'INVALID', message: 'is not the current password' }]);
const wrongCode = () =>
  new BadInput([{ path: 'input.code', code: 'INVALID', message: 'is not the current code, or was used before' }]);
