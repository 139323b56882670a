import { NIL } from 'uuid';
import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { hashPassword, proofOf } from '../../platform/auth/passwords.js';
import { sql } from '../../platform/database/sql.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { BadInput, type Fault } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { queueMail } from '../../platform/mail/mail.js';
import { demandMail, mailedTokenInvalid } from '../users/mailed-token.js';
import { inOwnTransaction, ownAccount } from '../users/own-transaction.js';
import type { User } from '../users/user.js';
import { type ChangePasswordInput, nameFaults, type ResetPasswordInput } from './account.inputs.js';
import { beginAttempt, endAttempt, ownDevice } from './attempts.js';
import { endSessions } from './session.js';

/** Changes the password and ends the other sessions. A wrong old password counts as a failed sign-in. */
export async function changePassword(context: Context, input: ChangePasswordInput): Promise<void> {
  const { oldPassword, newPassword } = input;
  const { userId, sessionId } = context.person;
  const user = await inOwnTransaction(context, userId, (work) => ownAccount(work, userId, 'none'));
  const faults: Fault[] = nameFaults('input.newPassword', newPassword, [user.email, user.username]);
  const attempt = await beginAttempt(context, user.email, ownDevice(context));
  const proof = await proofOf(oldPassword, attempt.salt);
  const next = faults.length ? null : await hashPassword(newPassword);
  const isRight = await inOwnTransaction(context, userId, async (work) => {
    if (!(await endAttempt(work, attempt, proof, next))) return false;
    if (next) await passwordChanged(work, userId, sessionId);
    return true;
  });
  if (!isRight) faults.push({ path: 'input.oldPassword', code: 'INVALID', message: 'is not the current password' });
  if (faults.length) throw new BadInput(faults);
  context.services.viewers.invalidate(userId);
}

/**
 * Queues a message to the address, whoever has it: accounts are looked for only when the message is sent, so that known
 * and unknown addresses are answered alike.
 */
export async function requestPasswordReset(context: Context, email: string): Promise<void> {
  const mail = demandMail(context);
  await context.count('passwordResets');
  await inOwnTransaction(context, NIL, (work) => queueMail(work, 'RESET_PASSWORD', { email }));
  mail.wake();
}

/** Uses the token of a message, and ends every session; returns their number. A refused password leaves it valid. */
export async function resetPassword(context: Context, { token, newPassword }: ResetPasswordInput): Promise<number> {
  const { services } = context;
  const hash = hashOfToken(token);
  const [account] = await context.side.query<Pick<User, 'email' | 'username'> & { salt: string }>(
    sql`select * from token_account(${hash})`,
  );
  if (!account) throw mailedTokenInvalid('input.token');
  const { email, username, salt } = account;
  const faults = nameFaults('input.newPassword', newPassword, [email, username]);
  if (faults.length) throw new BadInput(faults);
  const same = await proofOf(newPassword, salt);
  const next = await hashPassword(newPassword);
  const { userId, ended } = await inOwnTransaction(context, NIL, async (work) => {
    const [used] = await work.query<{ userId: string; isSame: boolean }>(sql`
      select user_id as "userId", is_same as "isSame"
      from reset_password(${hash}, ${next}, ${same.hash}, ${same.typed})`);
    if (!used) throw mailedTokenInvalid('input.token');
    if (used.isSame)
      throw new BadInput([
        { path: 'input.newPassword', code: 'INVALID', message: 'must differ from the current password' },
      ]);
    await work.actAs(used.userId, null);
    return { userId: used.userId, ended: await passwordChanged(work, used.userId, null) };
  });
  services.viewers.invalidate(userId);
  return ended;
}

/** Ends the sessions, except one if named, and makes links worthless; returns the number of sessions. */
async function passwordChanged(work: UnitOfWork, userId: string, sessionId: string | null): Promise<number> {
  Object.assign(await ownAccount(work, userId, 'update'), { passwordChangedAt: new Date() });
  await work.flush();
  await work.query(sql`select discard_account_tokens()`);
  return endSessions(work, userId, sessionId);
}
