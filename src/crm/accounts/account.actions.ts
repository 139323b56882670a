import { createHash } from 'node:crypto';
import { NIL } from 'uuid';
import { hashPassword, type PasswordProof, proofOf } from '../../platform/auth/passwords.js';
import type { Claims } from '../../platform/auth/tokens.js';
import type { Lock } from '../../platform/database/entities.js';
import { sql } from '../../platform/database/sql.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { BadInput, type Fault, Forbidden, RateLimited, refuse, Unauthenticated } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { translated } from '../../platform/tenancy/duplicates.js';
import { foundOrganization } from '../founding/found-organization.js';
import { emailTaken, usernameTaken } from '../users/user.actions.js';
import { User } from '../users/user.js';
import { type ChangePasswordInput, type LoginInput, nameFaults, type RegisterInput } from './account.inputs.js';
import { Session } from './session.js';

/** Tokens of a session, as handed to its client. */
export interface SignedIn {
  accessToken: string;
  expiresAt: string;
  refreshToken: string;
}

/** Creates the account, its organization if one is named, and its first session in one transaction. */
export async function register(context: Context, input: RegisterInput): Promise<SignedIn> {
  await context.count('registrations');
  const { password, passwordConfirm: _, organizationName, ...profile } = input;
  await refuseRegistration(context, async (text) => (await context.services.sidePool.query(text)).rows);
  await refuseTaken(context, profile);
  const user = Object.assign(new User(), profile, { lastLoginAt: new Date() });
  const passwordHash = await hashPassword(password);
  return inOwnTransaction(context, user.id, async (work) => {
    // Concurrent first registrations take turns.
    if (context.services.registration === 'first')
      await work.query(sql`select pg_advisory_xact_lock(hashtext('registration'))`);
    await refuseRegistration(context, (text) => work.query(sql.raw(text)));
    work.persist(user);
    await work.flush();
    await work.query(sql`select create_user_secrets(${user.id}::uuid, ${passwordHash})`);
    if (organizationName) await foundOrganization(work, user, { name: organizationName });
    return openSession(context, work, user.id);
  });
}

async function refuseRegistration(
  { services }: Context,
  query: (text: string) => Promise<{ has: boolean }[]>,
): Promise<void> {
  const { registration } = services;
  if (registration === 'open') return;
  if (registration === 'first' && !(await query('select has_users() as has'))[0]!.has) return;
  throw new Forbidden('REGISTRATION_CLOSED', 'Registration is closed on this server; ask its operator for an account');
}

async function refuseTaken(
  { services }: Context,
  { email, username }: Pick<User, 'email' | 'username'>,
): Promise<void> {
  const { rows } = await services.sidePool.query('select * from taken_names($1, $2)', [email, username]);
  refuse([rows[0].email_taken && emailTaken(), rows[0].username_taken && usernameTaken()]);
}

/** Signs in. A wrong password, an unknown account and a closed account get the same response in the same time. */
export async function login(context: Context, { username, password }: LoginInput): Promise<SignedIn> {
  await context.count('signIns');
  const attempt = await beginAttempt(context, username);
  const proof = await proofOf(password, attempt.salt);
  return inOwnTransaction(context, attempt.userId ?? NIL, async (work) => {
    if (!(await endAttempt(work, attempt.userId, proof)))
      throw new Unauthenticated('INVALID_CREDENTIALS', 'No active account has this name and password');
    await work.query(sql`
      update users
      set last_login_at = now()
      where id = ${attempt.userId}::uuid`);
    return openSession(context, work, attempt.userId!);
  });
}

interface Attempt {
  userId: string | null;
  /** The beginning of the stored hash; null without an active account. */
  salt: string | null;
}

/**
 * Counts an attempt as failed in advance, so that concurrent attempts are all counted; a success resets the count.
 * Throws RATE_LIMITED while the account must wait.
 */
async function beginAttempt({ services }: Context, typed: string): Promise<Attempt> {
  const name = typed.normalize('NFC').toLowerCase();
  const unknown = createHash('sha256').update(name).digest('base64url');
  const { rows } = await services.sidePool.query('select * from begin_attempt($1, $2)', [name, unknown]);
  const { user_id: userId, salt, retry_after_ms: retryAfterMs } = rows[0];
  if (retryAfterMs > 0) throw new RateLimited('LOGIN_THROTTLED', retryAfterMs);
  return { userId, salt };
}

/** Whether the password is right; then resets the count, and stores the next hash if there is one. */
async function endAttempt(
  work: UnitOfWork,
  userId: string | null,
  { hash, typed }: PasswordProof,
  next: string | null = null,
): Promise<boolean> {
  const [found] = await work.query<{ right: boolean }>(
    sql`select end_attempt(${userId}::uuid, ${hash}, ${typed}, ${next}) as right`,
  );
  return found!.right;
}

/** Exchanges a refresh token for new tokens. Reuse of a token ends its session. */
export async function refreshSession(context: Context, token: string): Promise<SignedIn> {
  await context.count('refreshes');
  const { sidePool, refreshTokens } = context.services;
  const read = refreshTokens.read(token);
  const invalid = new Unauthenticated('REFRESH_TOKEN_INVALID', 'The refresh token is not valid; sign in again');
  if (!read) throw invalid;
  const { sessionId, authentic } = read;
  const refreshToken = refreshTokens.issue(sessionId);
  const { rows } = await sidePool.query('select * from rotate_session($1, $2, $3, $4, $5)', [
    sessionId,
    refreshTokens.hash(token),
    refreshTokens.hash(refreshToken),
    refreshTokens.seal(refreshToken, token),
    authentic,
  ]);
  const { outcome, user_id: userId, successor } = rows[0];
  // Tabs that send the same token at the same time get the same successor.
  if (outcome === 'repeated') return hand(context, { userId, sessionId }, refreshTokens.open(successor, token));
  if (outcome === 'reused') {
    context.services.viewers.invalidate(userId);
    throw new Unauthenticated(
      'REFRESH_TOKEN_REUSED',
      'This refresh token was used before; for safety its session has ended, sign in again',
    );
  }
  if (outcome !== 'rotated') throw invalid;
  return hand(context, { userId, sessionId }, refreshToken);
}

/** Ends this session or all sessions of the user; returns their number. */
export async function logout({ services, viewer }: Context, allDevices: boolean): Promise<number> {
  const { rows } = await services.sidePool.query(
    `select end_sessions(set_config('app.user_id', $1, true)::uuid, $2) as ended`,
    [viewer.userId, allDevices ? null : viewer.sessionId],
  );
  services.viewers.invalidate(viewer.userId);
  return rows[0].ended;
}

/** Changes the password and ends the other sessions. A wrong old password counts as a failed sign-in. */
export async function changePassword(context: Context, input: ChangePasswordInput): Promise<void> {
  const { oldPassword, newPassword } = input;
  const { userId, sessionId } = context.viewer;
  const user = await inOwnTransaction(context, userId, (work) => own(work, userId, 'none'));
  const faults: Fault[] = nameFaults('input.newPassword', newPassword, [user.email, user.username]);
  const { salt } = await beginAttempt(context, user.email);
  const proof = await proofOf(oldPassword, salt);
  const next = faults.length ? null : await hashPassword(newPassword);
  const isRight = await inOwnTransaction(context, userId, async (work) => {
    if (!(await endAttempt(work, userId, proof, next))) return false;
    if (next) await passwordChanged(work, userId, sessionId);
    return true;
  });
  if (!isRight) faults.push({ path: 'input.oldPassword', code: 'INVALID', message: 'is not the current password' });
  if (faults.length) throw new BadInput(faults);
  context.services.viewers.invalidate(userId);
}

/** Ends the other sessions. */
async function passwordChanged(work: UnitOfWork, userId: string, sessionId: string): Promise<void> {
  Object.assign(await own(work, userId, 'update'), { passwordChangedAt: new Date() });
  await work.flush();
  await work.query(sql`
    update sessions
    set revoked_at = now()
    where user_id = ${userId}::uuid
      and id <> ${sessionId}::uuid
      and revoked_at is null`);
}

async function own(work: UnitOfWork, userId: string, lock: Lock): Promise<User> {
  const [user] = await work.findWhere(User, sql`id = ${userId}::uuid`, lock);
  return user!;
}

/** Account operations use their own short transactions and never hold one while hashing a password. */
async function inOwnTransaction<Value>(
  { services, lifetime }: Context,
  userId: string,
  does: (work: UnitOfWork) => Promise<Value>,
): Promise<Value> {
  try {
    return await services.orm.em.fork().transactional(async (em) => {
      const work = new UnitOfWork(em);
      lifetime.demand();
      await work.actAs(userId, null);
      const done = await does(work);
      lifetime.demand();
      return done;
    });
  } catch (error) {
    throw translated(error);
  }
}

async function openSession(context: Context, work: UnitOfWork, userId: string): Promise<SignedIn> {
  const { facts, services } = context;
  const session = new Session();
  const refreshToken = services.refreshTokens.issue(session.id);
  session.userId = userId;
  session.tokenHash = services.refreshTokens.hash(refreshToken);
  session.userAgent = facts.userAgent?.slice(0, 500) ?? null;
  session.ipAddress = facts.address;
  work.persist(session);
  await work.flush();
  return hand(context, { userId, sessionId: session.id }, refreshToken);
}

async function hand({ services }: Context, claims: Claims, refreshToken: string): Promise<SignedIn> {
  return { ...(await services.tokens.sign(claims)), refreshToken };
}
