import { randomUUID } from 'node:crypto';
import { NIL } from 'uuid';
import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { hashPassword, proofOf } from '../../platform/auth/passwords.js';
import type { Claims } from '../../platform/auth/tokens.js';
import { type QueryRunner, sql } from '../../platform/database/sql.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Forbidden, refuse, Unauthenticated } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { queueMail } from '../../platform/mail/mail.js';
import { foundOrganization } from '../founding/found-organization.js';
import { acceptInvited, demandInvited } from '../invitations/received-invitation.js';
import { inOwnTransaction } from '../users/own-transaction.js';
import { emailTaken, usernameTaken } from '../users/user.actions.js';
import { User } from '../users/user.js';
import type { LoginInput, RegisterInput } from './account.inputs.js';
import { beginAttempt, endAttempt } from './attempts.js';
import { hasSecondFactor } from './codes.js';
import { Session } from './session.js';

/** Tokens of a session, as handed to its client. */
export interface SignedIn {
  accessToken: string;
  expiresAt: string;
  refreshToken: string;
  /** Null for a session that was there before. */
  deviceToken: string | null;
}

/** An account that signs in, and the device if the account has signed in on it before. */
export interface SigningIn {
  userId: string;
  deviceId: string | null;
}

/** Creates the account, its organization if one is named, and its first session in one transaction. */
export async function register(context: Context, input: RegisterInput): Promise<SignedIn> {
  await context.count('registrations');
  const { password, passwordConfirm: _, organizationName, invitationToken: token, ...profile } = input;
  const isInvited = token != null;
  await refuseRegistration(context, isInvited, context.side);
  if (isInvited) await demandInvited(context, token, profile.email);
  await refuseTaken(context, profile);
  const user = Object.assign(new User(), profile, { lastLoginAt: new Date() });
  const passwordHash = await hashPassword(password);
  const signedIn = await inOwnTransaction(context, user.id, async (work) => {
    // Concurrent first registrations take turns.
    if (context.services.settings.registration === 'first')
      await work.query(sql`select pg_advisory_xact_lock(hashtext('registration'))`);
    await refuseRegistration(context, isInvited, work);
    work.persist(user);
    await work.flush();
    await work.query(sql`select create_user_secrets(${user.id}::uuid, ${passwordHash})`);
    if (organizationName) await foundOrganization(work, user, { name: organizationName });
    if (isInvited) await acceptInvited(work, user.id, token);
    else if (context.services.mail) await queueMail(work, 'VERIFY_EMAIL');
    return openSession(context, work, user.id, randomUUID());
  });
  context.services.mail?.wake();
  return signedIn;
}

async function refuseRegistration({ services }: Context, isInvited: boolean, database: QueryRunner): Promise<void> {
  const { registration } = services.settings;
  if (registration === 'open' || (registration === 'first' && isInvited)) return;
  if (registration === 'first' && !(await hasUsers(database))) return;
  throw new Forbidden('REGISTRATION_CLOSED', 'Registration is closed on this server; ask its operator for an account');
}

async function hasUsers(database: QueryRunner): Promise<boolean> {
  const [found] = await database.query<{ has: boolean }>(sql`select has_users() as has`);
  return found!.has;
}

async function refuseTaken({ side }: Context, { email, username }: Pick<User, 'email' | 'username'>): Promise<void> {
  const [taken] = await side.query<{ email_taken: boolean; username_taken: boolean }>(
    sql`select * from taken_names(${email}, ${username})`,
  );
  refuse([taken!.email_taken && emailTaken(), taken!.username_taken && usernameTaken()]);
}

/**
 * Signs in an account without a second factor. A wrong password, an unknown account and a closed account get the same
 * response in the same time.
 */
export async function login(context: Context, input: LoginInput): Promise<SignedIn> {
  const signedIn = await withPassword(context, input, async (work, device) =>
    (await hasSecondFactor(work, device.userId)) ? null : signIn(context, work, device),
  );
  if (signedIn) return signedIn;
  throw new Unauthenticated(
    'SECOND_FACTOR_REQUIRED',
    'This account has a second factor; sign in with beginLogin, then completeLogin with a code',
  );
}

/** Works as the account that has this name and password, in the transaction that ends the count of failures. */
export async function withPassword<Value>(
  context: Context,
  { username, password, deviceToken }: LoginInput,
  does: (work: UnitOfWork, device: SigningIn) => Promise<Value>,
): Promise<Value> {
  await context.count('signIns');
  const device = deviceToken ? context.services.deviceTokens.read(deviceToken) : null;
  const attempt = await beginAttempt(context, username, device);
  const proof = await proofOf(password, attempt.salt);
  return inOwnTransaction(context, attempt.userId ?? NIL, async (work) => {
    if (!(await endAttempt(work, attempt, proof)))
      throw new Unauthenticated('INVALID_CREDENTIALS', 'No active account has this name and password');
    return does(work, { userId: attempt.userId!, deviceId: attempt.deviceId });
  });
}

/** Opens a session of an account that has proved who it is. */
export async function signIn(context: Context, work: UnitOfWork, { userId, deviceId }: SigningIn): Promise<SignedIn> {
  await work.query(sql`
    update users
    set last_login_at = now()
    where id = ${userId}::uuid`);
  return openSession(context, work, userId, deviceId ?? randomUUID());
}

interface Rotated {
  outcome: string;
  user_id: string;
  /** Sealed; null unless the token was sent a second time within seconds. */
  successor: string | null;
}

/** Exchanges a refresh token for new tokens. Reuse of a token ends its session. */
export async function refreshSession(context: Context, token: string): Promise<SignedIn> {
  await context.count('refreshes');
  const { refreshTokens } = context.services;
  const read = refreshTokens.read(token);
  const invalid = new Unauthenticated('REFRESH_TOKEN_INVALID', 'The refresh token is not valid; sign in again');
  if (!read) throw invalid;
  const { sessionId, authentic } = read;
  const refreshToken = refreshTokens.issue(sessionId);
  const [rotated] = await context.side.query<Rotated>(sql`
    select *
    from rotate_session(${sessionId}::uuid, ${hashOfToken(token)}, ${hashOfToken(refreshToken)},
      ${refreshTokens.seal(refreshToken, token)}, ${authentic})`);
  const { outcome, user_id: userId, successor } = rotated!;
  // Tabs that send the same token at the same time get the same successor.
  if (outcome === 'repeated') return hand(context, { userId, sessionId }, refreshTokens.open(successor!, token));
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

/** Ends a session of the caller, or all of them; returns their number. */
export async function logout({ services, side, person }: Context, sessionId: string | null): Promise<number> {
  const [found] = await side.query<{ ended: number }>(sql`
    select end_sessions(set_config('app.user_id', ${person.userId}, true)::uuid, ${sessionId}::uuid) as ended`);
  services.viewers.invalidate(person.userId);
  return found!.ended;
}

async function openSession(context: Context, work: UnitOfWork, userId: string, deviceId: string): Promise<SignedIn> {
  const { facts, services } = context;
  const [clock] = await work.query<{ now: string }>(sql`select now() as now`);
  const session = new Session();
  session.begin(new Date(clock!.now));
  const refreshToken = services.refreshTokens.issue(session.id);
  session.userId = userId;
  session.tokenHash = hashOfToken(refreshToken);
  session.userAgent = facts.userAgent?.slice(0, 500) ?? null;
  session.ipAddress = facts.address;
  work.persist(session);
  await work.flush();
  const deviceToken = services.deviceTokens.issue({ userId, deviceId });
  return { ...(await hand(context, { userId, sessionId: session.id }, refreshToken)), deviceToken };
}

async function hand({ services }: Context, claims: Claims, refreshToken: string): Promise<SignedIn> {
  return { ...(await services.tokens.sign(claims)), refreshToken, deviceToken: null };
}
