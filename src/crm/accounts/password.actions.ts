import { hashPassword, proofOf } from '../../platform/auth/passwords.js';
import { sql } from '../../platform/database/sql.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { BadInput, type Fault } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { type ChangePasswordInput, nameFaults } from './account.inputs.js';
import { beginAttempt, endAttempt, ownDevice } from './attempts.js';
import { inOwnTransaction, ownAccount } from './own-transaction.js';
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

/** Ends the other sessions. */
async function passwordChanged(work: UnitOfWork, userId: string, sessionId: string): Promise<void> {
  Object.assign(await ownAccount(work, userId, 'update'), { passwordChangedAt: new Date() });
  await work.flush();
  await work.query(sql`select discard_account_tokens()`);
  await endSessions(work, userId, sessionId);
}
