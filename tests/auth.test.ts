import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { GraphQLClient, gql } from 'graphql-request';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { v7 } from 'uuid';
import { makeApp } from '../src/app.js';
import { RefreshTokens } from '../src/platform/auth/refresh-tokens.js';
import { generateKey } from '../src/platform/auth/tokens.js';
import { readConfig } from '../src/platform/config.js';
import { sql, urls } from './support/database.js';
import { client, keys, origin, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, password, type Tenant } from './support/tenant.js';

interface Tokens {
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

const Register = gql`
  mutation ($input: RegisterInput!) {
    register(input: $input) {
      accessToken refreshToken expiresAt
      user {
        id username email firstName lastName fullName phone profileImage timezone language isActive isSuperuser version
        lastLoginAt passwordChangedAt
        memberships { isOwner isActive organization { name slug } }
        profiles { profileType isPrimary status }
        employee { firstName lastName email jobTitle }
        roles { name }
      }
    }
  }
`;
const Login = gql`
  mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id } } }
`;
const Refresh = gql`
  mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken user { id } } }
`;
const Logout = gql`mutation ($allDevices: Boolean) { logout(allDevices: $allDevices) { revokedSessions } }`;
const ChangePassword = gql`mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id passwordChangedAt } }`;
const Me = gql`{ me { id } }`;

const newName = () => `u${v7().replaceAll('-', '').slice(-20)}`;

function newAccount(changes: object = {}) {
  const username = newName();
  return { email: `${username}@people.example`, username, password, ...changes };
}

async function login(username: string, secret = password, caller: GraphQLClient = client()): Promise<Tokens> {
  return (await caller.request<{ login: Tokens }>(Login, { input: { username, password: secret } })).login;
}

async function refresh(token: string, caller: GraphQLClient = client()): Promise<Tokens> {
  return (await caller.request<{ refreshSession: Tokens }>(Refresh, { token })).refreshSession;
}

const me = (token: string) => client({ token }).request<{ me: { id: string } }>(Me);
const reasonOf = async (request: Promise<unknown>) => (await refusal(request)).reason;
const wrong = (username: string) => reasonOf(login(username, 'not-the-password'));
const count = (reasons: unknown[], reason: string) => reasons.filter((found) => found === reason).length;

/** Pretends that so many sign-ins have failed in a row and that the last wait is over. */
const failed = ({ id }: Person, failures: number) =>
  sql(
    `insert into sign_in_attempts (key, failures, retry_at) values ('user ' || $1, $2, now())
     on conflict (key) do update set failures = $2, retry_at = now()`,
    [id, failures],
  );

const change = (person: Person, input: object) => client({ token: person.token }).request(ChangePassword, { input });

describe('register', () => {
  test('an account is signed in at once, its e-mail address is stored lower-case and defaults are set', async () => {
    const input = newAccount({ firstName: ' Ada ', lastName: 'King', phone: '+49 (30) 123-456', profileImage: null });
    const email = `  ${input.email.toUpperCase()} `;
    const { register } = await client().request<{ register: Tokens }>(Register, { input: { ...input, email } });
    expect(register.user).toMatchObject({
      username: input.username,
      email: input.email,
      firstName: 'Ada',
      lastName: 'King',
      fullName: 'Ada King',
      phone: '+49 (30) 123-456',
      profileImage: null,
      timezone: 'UTC',
      language: 'en',
      isActive: true,
      isSuperuser: false,
      version: 1,
      passwordChangedAt: null,
      memberships: [],
      profiles: [],
      employee: null,
      roles: [],
    });
    expect(await me(register.accessToken)).toEqual({ me: { id: register.user.id } });
    expect((await refresh(register.refreshToken)).user.id).toBe(register.user.id);
  });

  test('an account without both names is shown by its username', async () => {
    const input = newAccount({ firstName: 'Ada' });
    const { register } = await client().request<{ register: Tokens }>(Register, { input });
    expect(register.user).toMatchObject({ fullName: input.username, lastName: null });
  });

  test('with organizationName the new user owns an organization', async () => {
    const input = newAccount({ firstName: 'Ada', lastName: 'King', organizationName: ' Engines Ltd ' });
    const { register } = await client().request<{ register: Tokens }>(Register, { input });
    expect(register.user).toMatchObject({
      memberships: [{ isOwner: true, isActive: true, organization: { name: 'Engines Ltd' } }],
      profiles: [{ profileType: 'VENDOR', isPrimary: true, status: 'ACTIVE' }],
      employee: { firstName: 'Ada', lastName: 'King', email: input.email, jobTitle: 'Owner' },
      roles: [],
    });
  });

  test('the password is kept as an argon2id hash only', async () => {
    const { id } = await newPerson();
    const [row] = await sql<{ row: string; hash: string }>(
      'select users::text as row, password_hash as hash from users where id = $1',
      [id],
    );
    expect(row!.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(row!.row).not.toContain(password);
  });

  const sameName = newName();
  test.each<[string, string, string, object]>([
    ['an e-mail address without @', 'email', 'INVALID', { email: 'nobody' }],
    ['an e-mail address with a space', 'email', 'INVALID', { email: 'no body@people.example' }],
    ['an empty e-mail address', 'email', 'TOO_SHORT', { email: ' ' }],
    ['an e-mail address of 256 characters', 'email', 'TOO_LONG', { email: `${'a'.repeat(241)}@people.example` }],
    ['a username of 2 characters', 'username', 'TOO_SHORT', { username: 'ab' }],
    ['a username of 31 characters', 'username', 'TOO_LONG', { username: 'a'.repeat(31) }],
    ['a username with a space', 'username', 'INVALID', { username: 'two words' }],
    ['a username with an umlaut', 'username', 'INVALID', { username: 'günther' }],
    ['a username that is an e-mail address', 'username', 'INVALID', { username: 'pat@people.example' }],
    ['a password of 7 characters', 'password', 'TOO_SHORT', { password: '1234567' }],
    ['a password of 4 characters that take 8 code units', 'password', 'TOO_SHORT', { password: '😀😀😀😀' }],
    ['a password of 129 characters', 'password', 'TOO_LONG', { password: 'x'.repeat(129) }],
    ['a password of a megabyte', 'password', 'TOO_LONG', { password: 'x'.repeat(1_000_000) }],
    ['the username as password', 'password', 'NOT_ALLOWED', { username: sameName, password: sameName }],
    [
      'the e-mail address as password',
      'password',
      'NOT_ALLOWED',
      { email: 'pat@home.example', password: 'PAT@home.example' },
    ],
    ['another confirmation', 'passwordConfirm', 'INVALID', { passwordConfirm: 'correct-horse-batterz' }],
    ['a first name of 101 characters', 'firstName', 'TOO_LONG', { firstName: 'x'.repeat(101) }],
    ['a last name with a control character', 'lastName', 'INVALID', { lastName: 'Bell\u0007' }],
    ['a phone number with letters', 'phone', 'INVALID', { phone: '030 CALL ME NOW' }],
    ['a phone number of 6 digits', 'phone', 'INVALID', { phone: '123456' }],
    ['a phone number of 16 digits', 'phone', 'INVALID', { phone: '1234567890123456' }],
    ['a phone number of 21 characters', 'phone', 'TOO_LONG', { phone: '+1 (234) 567 - 8901 -' }],
    ['a picture on ftp', 'profileImage', 'INVALID', { profileImage: 'ftp://people.example/a.png' }],
    ['a picture that is a script', 'profileImage', 'INVALID', { profileImage: 'javascript:alert(1)' }],
    ['a picture with a long URL', 'profileImage', 'TOO_LONG', { profileImage: `https://a.example/${'a'.repeat(240)}` }],
    ['an organization name of 256 characters', 'organizationName', 'TOO_LONG', { organizationName: 'x'.repeat(256) }],
  ])('%s is refused and leaves nothing', async (_what, field, code, changes) => {
    const input = newAccount(changes);
    expect(await refusal(client().request(Register, { input }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'VALIDATION_FAILED',
      fields: [{ path: `input.${field}`, code }],
    });
    const left = await sql('select from users where username = $1 or email = $2', [input.username, input.email]);
    expect(left).toEqual([]);
  });

  test.each([
    ['of 3 characters', () => newName().slice(-3)],
    ['with every allowed sign', () => `${newName().slice(-10)}_.+-`],
    ['of 30 characters', () => newName().padEnd(30, '_')],
  ])('a username %s is accepted', async (_what, name) => {
    const username = name();
    const input = { ...newAccount(), username };
    const { register } = await client().request<{ register: Tokens }>(Register, { input });
    expect(register.user).toMatchObject({ username });
  });

  test('passwords are neither trimmed nor folded', async () => {
    const input = newAccount({ password: '  Pass  word  ' });
    await client().request(Register, { input: { ...input, passwordConfirm: input.password } });
    expect(await reasonOf(login(input.username, input.password.trim()))).toBe('INVALID_CREDENTIALS');
    expect(await reasonOf(login(input.username, input.password.toLowerCase()))).toBe('INVALID_CREDENTIALS');
    expect(await login(input.username, input.password)).toMatchObject({ user: {} });
  });

  test('all faults of an input are told together', async () => {
    const input = newAccount({ email: 'nobody', username: 'x', firstName: 'x'.repeat(101), phone: '1' });
    const { fields } = await refusal(client().request(Register, { input }));
    expect((fields as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'input.email',
      'input.firstName',
      'input.phone',
      'input.username',
    ]);
  });

  test('an e-mail address in use is refused whatever its case, and the organization is not made', async () => {
    const { email } = await newPerson();
    const organizationName = `Never made ${v7()}`;
    const input = newAccount({ email: email.toUpperCase(), organizationName });
    expect(await refusal(client().request(Register, { input }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'EMAIL_TAKEN',
      fields: [{ path: 'input.email', code: 'NOT_UNIQUE' }],
    });
    expect(await sql('select from organizations where name = $1', [organizationName])).toEqual([]);
    expect(await sql('select from users where username = $1', [input.username])).toEqual([]);
  });

  test('a username in use is refused whatever its case', async () => {
    const { username } = await newPerson();
    const input = newAccount({ username: username.toUpperCase() });
    expect(await refusal(client().request(Register, { input }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'USERNAME_TAKEN',
      fields: [{ path: 'input.username', code: 'NOT_UNIQUE' }],
    });
    expect(await sql('select from users where email = $1', [input.email])).toEqual([]);
  });

  test('of registrations at once with one e-mail address exactly one succeeds', async () => {
    const email = `${newName()}@people.example`;
    const organizationName = `Race ${v7()}`;
    const tries = await Promise.all(
      [email, email.toUpperCase(), ` ${email}`, email].map((typed) =>
        client()
          .request(Register, { input: newAccount({ email: typed, organizationName }) })
          .then(
            () => 'registered',
            (error) => reasonOf(Promise.reject(error)),
          ),
      ),
    );
    expect(tries.sort()).toEqual(['EMAIL_TAKEN', 'EMAIL_TAKEN', 'EMAIL_TAKEN', 'registered']);
    expect(await sql('select from users where email = $1', [email])).toHaveLength(1);
    expect(await sql('select from organizations where name = $1', [organizationName])).toHaveLength(1);
  });

  test('of registrations at once with one username exactly one succeeds', async () => {
    const username = newName();
    const tries = await Promise.all(
      [username, username.toUpperCase(), username].map((typed) =>
        client()
          .request(Register, { input: newAccount({ username: typed }) })
          .then(
            () => 'registered',
            (error) => reasonOf(Promise.reject(error)),
          ),
      ),
    );
    expect(tries.sort()).toEqual(['USERNAME_TAKEN', 'USERNAME_TAKEN', 'registered']);
  });
});

describe('login', () => {
  test.each<[string, (person: Person) => string]>([
    ['e-mail address', ({ email }) => email],
    ['e-mail address in capitals and spaces', ({ email }) => `  ${email.toUpperCase()}\n`],
    ['username', ({ username }) => username],
    ['username in capitals and spaces', ({ username }) => `\n ${username.toUpperCase()} `],
  ])('one signs in with the %s', async (_what, name) => {
    const person = await newPerson();
    const signedIn = await login(name(person));
    expect(signedIn.user.id).toBe(person.id);
    expect(await me(signedIn.accessToken)).toEqual({ me: { id: person.id } });
  });

  test('a username with @ in it is not given any more; one of long ago stays until it is changed', async () => {
    const input = newAccount({ username: `${newName().slice(-12)}@home` });
    expect(await refusal(client().request(Register, { input }))).toMatchObject({
      fields: [{ path: 'input.username', code: 'INVALID' }],
    });
    const person = await newPerson();
    await sql('update users set username = $1 where id = $2', [input.username, person.id]);
    const update = (username: string) =>
      person.request(
        gql`mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { version username } }`,
        {
          input: { username },
        },
      );
    expect(await update(input.username)).toMatchObject({ updateProfile: { version: 1 } });
    expect(await refusal(update(`${newName().slice(-12)}@work`))).toMatchObject({
      fields: [{ path: 'input.username', code: 'INVALID' }],
    });
  });

  test('every sign-in is a session of its own and sets lastLoginAt without a new version', async () => {
    const person = await newPerson();
    await sql('update users set last_login_at = null where id = $1', [person.id]);
    await login(person.username);
    const Account = gql`{ me { lastLoginAt version } }`;
    const { me: account } = await person.request<{ me: { lastLoginAt: string; version: number } }>(Account);
    expect(account).toEqual({ lastLoginAt: expect.any(String), version: 1 });
    expect(await sql('select from sessions where user_id = $1', [person.id])).toHaveLength(2);
  });

  test('a wrong password, an unknown account and a deactivated one give the same answer', async () => {
    const [known, closed] = [await newPerson(), await newPerson()];
    await sql('update users set is_active = false where id = $1', [closed.id]);
    const answers = await Promise.all([
      refusal(login(known.email, 'not-the-password')),
      refusal(login(known.username, 'not-the-password')),
      refusal(login(`${newName()}@people.example`)),
      refusal(login(newName())),
      refusal(login(closed.email)),
      refusal(login(closed.email, 'not-the-password')),
    ]);
    const told = answers.map(({ requestId, ...answer }) => ({ ...answer, requestId: typeof requestId }));
    expect(told[0]).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID_CREDENTIALS' });
    expect(new Set(told.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('four failures cost nothing, the fifth makes the next attempt wait, the right password too', async () => {
    const person = await newPerson();
    for (let n = 1; n <= 4; n += 1) expect(await wrong(person.email)).toBe('INVALID_CREDENTIALS');
    expect((await Promise.all([wrong(person.email), wrong(person.username)])).sort()).toEqual([
      'INVALID_CREDENTIALS',
      'LOGIN_THROTTLED',
    ]);
    await sql(`update sign_in_attempts set retry_at = retry_at + interval '1 min' where key like '%' || $1`, [
      person.id,
    ]);
    expect(await refusal(login(person.email))).toMatchObject({ code: 'RATE_LIMITED', reason: 'LOGIN_THROTTLED' });
  });

  test.each([
    [10, 32],
    [14, 512],
    [15, 900],
    [5000, 900],
  ])('after failure %i the next attempt waits %i s', async (failures, seconds) => {
    const person = await newPerson();
    await failed(person, failures - 1);
    expect(await wrong(person.email)).toBe('INVALID_CREDENTIALS');
    const { retryAfterMs } = await refusal(login(person.email));
    expect(retryAfterMs).toBeLessThanOrEqual(seconds * 1000);
    expect(retryAfterMs).toBeGreaterThan(seconds * 750);
  });

  test('a refused attempt does not make the wait longer', async () => {
    const person = await newPerson();
    await failed(person, 11);
    await wrong(person.email);
    for (let n = 0; n < 3; n += 1) expect(await wrong(person.email)).toBe('LOGIN_THROTTLED');
    expect(await sql('select failures from sign_in_attempts where key like $1', [`%${person.id}`])).toEqual([
      { failures: 12 },
    ]);
  });

  test('after the wait the right password signs in and the count starts again', async () => {
    const person = await newPerson();
    await failed(person, 9);
    expect(await login(person.username)).toMatchObject({ user: { id: person.id } });
    for (let n = 1; n <= 4; n += 1) expect(await wrong(person.email)).toBe('INVALID_CREDENTIALS');
    expect(await login(person.email)).toMatchObject({ user: { id: person.id } });
  });

  test('of twenty wrong attempts at once five are looked at', async () => {
    const person = await newPerson();
    const reasons = await Promise.all(
      Array.from({ length: 20 }, (_, n) => wrong(n % 2 ? person.email : person.username.toUpperCase())),
    );
    expect(count(reasons, 'INVALID_CREDENTIALS')).toBe(5);
    expect(count(reasons, 'LOGIN_THROTTLED')).toBe(15);
  });

  test.each([
    ['unknown', async () => newName()],
    [
      'deactivated',
      async () => {
        const { id, username } = await newPerson();
        await sql('update users set is_active = false where id = $1', [id]);
        return username;
      },
    ],
  ])('an %s account is throttled like any other', async (_what, name) => {
    const username = await name();
    const reasons = await Promise.all(Array.from({ length: 8 }, () => wrong(username)));
    expect(count(reasons, 'INVALID_CREDENTIALS')).toBe(5);
    expect(count(reasons, 'LOGIN_THROTTLED')).toBe(3);
  });

  test('one throttled account does not slow another', async () => {
    const [slow, other] = [await newPerson(), await newPerson()];
    await failed(slow, 20);
    await wrong(slow.email);
    expect(await wrong(slow.email)).toBe('LOGIN_THROTTLED');
    expect(await login(other.email)).toMatchObject({ user: { id: other.id } });
  });
});

describe('refreshSession', () => {
  const sessionLives = (token: string) => expect(me(token)).resolves.toHaveProperty('me.id');
  const sessionEnded = async (token: string) =>
    expect(await refusal(me(token))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' });
  const sinceRotation = ({ id }: Person, time: string) =>
    sql('update sessions set rotated_at = now() - $2::interval where user_id = $1', [id, time]);

  test('a refresh token is exchanged for new tokens of the same session', async () => {
    const person = await newPerson();
    const next = await refresh(person.refreshToken);
    expect(next.user.id).toBe(person.id);
    expect(next.refreshToken).not.toBe(person.refreshToken);
    expect(decodeJwt(next.accessToken).sid).toBe(decodeJwt(person.token).sid);
    await sessionLives(next.accessToken);
    await sessionLives(person.token);
    expect((await refresh(next.refreshToken)).user.id).toBe(person.id);
  });

  test('within ten seconds the token before gives the same successor again', async () => {
    const person = await newPerson();
    const first = await refresh(person.refreshToken);
    for (let n = 0; n < 3; n += 1) {
      const { accessToken, refreshToken } = await refresh(person.refreshToken);
      expect(refreshToken).toBe(first.refreshToken);
      await sessionLives(accessToken);
    }
    const next = await refresh(first.refreshToken);
    expect(next.refreshToken).not.toBe(first.refreshToken);
    await sessionLives(next.accessToken);
  });

  test('a session that a server of the version before has refreshed goes on for all its tabs', async () => {
    const person = await newPerson();
    const first = await refresh(person.refreshToken);
    const hash = (token: string) => createHash('sha256').update(token).digest('base64url');
    const theirs = new RefreshTokens(['theirs']).issue(first.refreshToken.split('.')[0]!);
    const rotate = 'select outcome from rotate_session($1::uuid, $2, $3, true)';
    const sid = decodeJwt(person.token).sid;
    expect(await sql(rotate, [sid, hash(first.refreshToken), hash(theirs)])).toEqual([{ outcome: 'rotated' }]);
    const { accessToken, refreshToken } = await refresh(first.refreshToken);
    await sessionLives(accessToken);
    await sessionLives((await refresh(refreshToken)).accessToken);
  });

  test('ten seconds after the rotation the token before ends the session', async () => {
    const person = await newPerson();
    const { accessToken, refreshToken } = await refresh(person.refreshToken);
    await sinceRotation(person, '11 s');
    expect(await reasonOf(refresh(person.refreshToken))).toBe('REFRESH_TOKEN_REUSED');
    await sessionEnded(accessToken);
    expect(await refusal(refresh(refreshToken))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a token older than the one before ends the session at once', async () => {
    const person = await newPerson();
    const second = await refresh(person.refreshToken);
    await refresh(second.refreshToken);
    expect(await reasonOf(refresh(person.refreshToken))).toBe('REFRESH_TOKEN_REUSED');
    await sessionEnded(person.token);
  });

  test("a reused token leaves the user's other sessions alone", async () => {
    const person = await newPerson();
    const other = await login(person.username);
    await refresh(person.refreshToken);
    await sinceRotation(person, '11 s');
    await refusal(refresh(person.refreshToken));
    await sessionLives(other.accessToken);
  });

  test('twenty refreshes at once with one token all get one successor, and the session goes on', async () => {
    const person = await newPerson();
    const all = await Promise.all(Array.from({ length: 20 }, () => refresh(person.refreshToken)));
    const [successor, ...others] = new Set(all.map(({ refreshToken }) => refreshToken));
    expect(others).toEqual([]);
    for (const { accessToken } of all) await sessionLives(accessToken);
    await sessionLives((await refresh(successor!)).accessToken);
  });

  test('made-up tokens are refused and end nothing', async () => {
    const person = await newPerson();
    const parts = person.refreshToken.split('.');
    const madeUp = [
      '',
      ' ',
      'x',
      'a.b.c',
      v7(),
      parts[0]!,
      `${parts[0]}.x.y`,
      `${parts[0]}.${parts[1]}.${'A'.repeat(22)}`,
      `${person.refreshToken}x`,
      `${person.refreshToken}.x`,
      `${v7()}.${parts[1]}.${parts[2]}`,
      'x'.repeat(100_000),
      person.refreshToken.toUpperCase(),
    ];
    for (const token of madeUp)
      expect(await refusal(refresh(token))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'REFRESH_TOKEN_INVALID' });
    await sessionLives(person.token);
    expect((await refresh(person.refreshToken)).user.id).toBe(person.id);
  });

  test('an access token is no refresh token and a refresh token no access token', async () => {
    const person = await newPerson();
    expect(await reasonOf(refresh(person.token))).toBe('REFRESH_TOKEN_INVALID');
    expect(await reasonOf(me(person.refreshToken))).toBe('TOKEN_INVALID');
    await sessionLives(person.token);
  });

  test.each([
    ['30 days old', `update sessions set expires_at = now() - interval '1 s' where user_id = $1`],
    ['7 days idle', `update sessions set last_used_at = now() - interval '7 days 1 s' where user_id = $1`],
    ['ended', 'update sessions set revoked_at = now() where user_id = $1'],
    ["a deactivated user's", 'update users set is_active = false where id = $1'],
  ])('a session that is %s is not refreshed', async (_what, statement) => {
    const person = await newPerson();
    await sql(statement, [person.id]);
    expect(await refusal(refresh(person.refreshToken))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'REFRESH_TOKEN_INVALID',
    });
  });

  test('a refresh within 7 days keeps a session from being idle', async () => {
    const person = await newPerson();
    await sql(`update sessions set last_used_at = now() - interval '6 days' where user_id = $1`, [person.id]);
    await refresh(person.refreshToken);
    const idle = await sql(`select from sessions where user_id = $1 and last_used_at < now() - interval '1 day'`, [
      person.id,
    ]);
    expect(idle).toEqual([]);
  });

  test('neither token is stored', async () => {
    const person = await newPerson();
    const { refreshToken } = await refresh(person.refreshToken);
    const [row] = await sql<{ row: string }>('select sessions::text as row from sessions where user_id = $1', [
      person.id,
    ]);
    for (const token of [person.refreshToken, refreshToken, person.token]) expect(row!.row).not.toContain(token);
  });
});

describe('logout', () => {
  test('ends the current session only', async () => {
    const person = await newPerson();
    const other = await login(person.username);
    expect(await person.request(Logout)).toEqual({ logout: { revokedSessions: 1 } });
    expect(await refusal(me(person.token))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' });
    expect(await reasonOf(refresh(person.refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    expect(await me(other.accessToken)).toEqual({ me: { id: person.id } });
  });

  test('on all devices ends every session of the user and nobody else', async () => {
    const [person, bystander] = [await newPerson(), await newPerson()];
    const other = await login(person.username);
    const ended = await login(person.username);
    await client({ token: ended.accessToken }).request(Logout);
    expect(await person.request(Logout, { allDevices: true })).toEqual({ logout: { revokedSessions: 2 } });
    for (const token of [person.token, other.accessToken]) expect(await reasonOf(me(token))).toBe('SESSION_ENDED');
    expect(await me(bystander.token)).toEqual({ me: { id: bystander.id } });
  });

  test('with allDevices null ends the current session only', async () => {
    const person = await newPerson();
    await login(person.username);
    expect(await person.request(Logout, { allDevices: null })).toEqual({ logout: { revokedSessions: 1 } });
  });

  test('with a token that has ended already is refused and changes nothing', async () => {
    const person = await newPerson();
    const other = await login(person.username);
    await person.request(Logout);
    for (const allDevices of [false, true])
      expect(await refusal(person.request(Logout, { allDevices }))).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'SESSION_ENDED',
      });
    expect(await me(other.accessToken)).toEqual({ me: { id: person.id } });
  });

  test('without a token is refused', async () => {
    expect(await refusal(client().request(Logout))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' });
  });

  test('works for a user without any organization', async () => {
    const person = await newPerson();
    expect(await person.request(Logout)).toEqual({ logout: { revokedSessions: 1 } });
  });
});

describe('changePassword', () => {
  const newPassword = 'another-horse-battery';

  test('the new password signs in, the old one no longer does, other sessions end', async () => {
    const person = await newPerson();
    const other = await login(person.username);
    const input = { oldPassword: password, newPassword, newPasswordConfirm: newPassword };
    expect(await change(person, input)).toEqual({
      changePassword: { id: person.id, passwordChangedAt: expect.any(String) },
    });
    expect(await reasonOf(login(person.email))).toBe('INVALID_CREDENTIALS');
    expect((await login(person.email, newPassword)).user.id).toBe(person.id);
    expect(await reasonOf(me(other.accessToken))).toBe('SESSION_ENDED');
    expect(await reasonOf(refresh(other.refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    expect(await me(person.token)).toEqual({ me: { id: person.id } });
    expect((await refresh(person.refreshToken)).user.id).toBe(person.id);
  });

  test.each<[string, string, string, (person: Person) => object]>([
    ['a new password of 7 characters', 'newPassword', 'TOO_SHORT', () => ({ newPassword: '1234567' })],
    ['a new password of 129 characters', 'newPassword', 'TOO_LONG', () => ({ newPassword: 'x'.repeat(129) })],
    ['the old password as the new one', 'newPassword', 'INVALID', () => ({ newPassword: password })],
    ['the e-mail address', 'newPassword', 'NOT_ALLOWED', ({ email }) => ({ newPassword: email })],
    ['the username', 'newPassword', 'NOT_ALLOWED', ({ username }) => ({ newPassword: username.toUpperCase() })],
    ['another confirmation', 'newPasswordConfirm', 'INVALID', () => ({ newPasswordConfirm: 'something-else' })],
    ['a wrong old password', 'oldPassword', 'INVALID', () => ({ oldPassword: 'not-the-password' })],
  ])('%s is refused and nothing changes', async (_what, field, code, changes) => {
    const person = await newPerson();
    const other = await login(person.username);
    const input = { oldPassword: password, newPassword, ...changes(person) };
    expect(await refusal(change(person, input))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'VALIDATION_FAILED',
      fields: [{ path: `input.${field}`, code }],
    });
    expect(await me(other.accessToken)).toEqual({ me: { id: person.id } });
    expect((await login(person.username)).user.id).toBe(person.id);
  });

  test('a wrong old password counts as a failed sign-in and is throttled like one', async () => {
    const person = await newPerson();
    const guess = () => refusal(change(person, { oldPassword: 'not-the-password', newPassword }));
    await failed(person, 9);
    expect(await guess()).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await guess()).toMatchObject({ code: 'RATE_LIMITED', reason: 'LOGIN_THROTTLED' });
    expect(await wrong(person.email)).toBe('LOGIN_THROTTLED');
    expect(await refusal(change(person, { oldPassword: password, newPassword }))).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'LOGIN_THROTTLED',
      retryAfterMs: expect.any(Number),
    });
  });

  test('others do not see when a password was changed', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await change(member, { oldPassword: password, newPassword });
    const Changed = gql`query ($id: ID!) { user(id: $id) { passwordChangedAt } }`;
    expect(await tenant.owner.request(Changed, { id: member.id })).toEqual({ user: { passwordChangedAt: null } });
    expect(await member.request(Changed, { id: member.id })).toEqual({
      user: { passwordChangedAt: expect.any(String) },
    });
  });
});

describe('access tokens', () => {
  const key = () => keys[0] as JWK & { kid: string };

  interface Forgery {
    header?: object;
    claims?: object;
    key?: JWK;
  }

  /** A token like the server's own, but for the changes. */
  async function forge(
    { id, token }: Person,
    { header, claims, key: signedWith = key() }: Forgery = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { ...decodeJwt(token), sub: id, iat: now, exp: now + 600, ...claims };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: key().kid, typ: decodeProtectedHeader(token).typ, ...header })
      .sign(await importJWK(signedWith, 'ES256'));
  }

  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const publicKey = ({ kty, crv, x, y }: JWK) => ({ kty, crv, x, y });

  test('are ES256, valid for ten minutes, and carry user and session only', async () => {
    const person = await newPerson('Claims');
    const claims = decodeJwt(person.token);
    expect(decodeProtectedHeader(person.token)).toMatchObject({ alg: 'ES256', kid: key().kid });
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect(claims.sub).toBe(person.id);
    expect(claims.exp! - claims.iat!).toBe(600);
  });

  test('one signed with our key is accepted, which proves that the forgeries below fail for their one change', async () => {
    const person = await newPerson();
    expect(await me(await forge(person))).toEqual({ me: { id: person.id } });
  });

  test.each<[string, string, (person: Person) => Promise<string>]>([
    ['expired', 'TOKEN_EXPIRED', (person) => forge(person, { claims: { exp: Math.floor(Date.now() / 1000) - 1 } })],
    ['without expiry', 'TOKEN_INVALID', (person) => forge(person, { claims: { exp: undefined } })],
    ['of another issuer', 'TOKEN_INVALID', (person) => forge(person, { claims: { iss: 'somebody-else' } })],
    ['for another audience', 'TOKEN_INVALID', (person) => forge(person, { claims: { aud: 'another-api' } })],
    ['of another type', 'TOKEN_INVALID', (person) => forge(person, { header: { typ: 'JWT' } })],
    ['without a type', 'TOKEN_INVALID', (person) => forge(person, { header: { typ: undefined } })],
    ['without a session', 'TOKEN_INVALID', (person) => forge(person, { claims: { sid: undefined } })],
    ['of an unknown key', 'TOKEN_INVALID', (person) => forge(person, { header: { kid: v7() } })],
    ['signed with another key', 'TOKEN_INVALID', async (person) => forge(person, { key: await generateKey() })],
    [
      'that brings its own key',
      'TOKEN_INVALID',
      async (person) => {
        const own = await generateKey();
        return forge(person, { key: own, header: { kid: own.kid, jwk: publicKey(own) } });
      },
    ],
    [
      'that says where its key is',
      'TOKEN_INVALID',
      async (person) => {
        const own = await generateKey();
        return forge(person, { key: own, header: { kid: own.kid, jku: 'https://evil.example/jwks.json' } });
      },
    ],
    [
      'with alg none',
      'TOKEN_INVALID',
      async ({ token }) => `${base64({ alg: 'none', typ: 'at+jwt', kid: key().kid })}.${token.split('.')[1]}.`,
    ],
    [
      'signed HS256 with the public key',
      'TOKEN_INVALID',
      async ({ token }) =>
        new SignJWT(decodeJwt(token))
          .setProtectedHeader({ alg: 'HS256', kid: key().kid, typ: 'at+jwt' })
          .sign(new TextEncoder().encode(JSON.stringify(publicKey(key())))),
    ],
    [
      'with another payload under its signature',
      'TOKEN_INVALID',
      async ({ token }) => {
        const [head, , signature] = token.split('.');
        return `${head}.${base64({ ...decodeJwt(token), sub: v7() })}.${signature}`;
      },
    ],
    ['that is garbage', 'TOKEN_INVALID', async () => 'garbage'],
    ['of three empty parts', 'TOKEN_INVALID', async () => '..'],
    [
      'naming a session of somebody else',
      'SESSION_ENDED',
      async (person) => forge(person, { claims: { sid: decodeJwt((await newPerson()).token).sid } }),
    ],
    ['naming a session that never was', 'SESSION_ENDED', (person) => forge(person, { claims: { sid: v7() } })],
  ])('one %s is refused', async (_what, reason, make) => {
    expect(await refusal(me(await make(await newPerson())))).toMatchObject({ code: 'UNAUTHENTICATED', reason });
  });

  test('a token that was good expires all the same', async () => {
    const person = await newPerson();
    const token = await forge(person, { claims: { exp: Math.floor(Date.now() / 1000) + 2 } });
    const me = () => client({ token }).request('{ me { id } }');
    await me();
    await new Promise((later) => setTimeout(later, 2_100));
    expect(await refusal(me())).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' });
  });

  test.each([[undefined], ['Basic cGF0OnBvZQ=='], ['Bearer'], ['Bearer '], ['']])(
    'the Authorization header %j counts as no token',
    async (authorization) => {
      const caller = new GraphQLClient(`${origin}/graphql`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(await refusal(caller.request(Me))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' });
      expect(await caller.request(gql`{ errorCodes { code } }`)).toHaveProperty('errorCodes');
    },
  );

  test("a deactivated user's token is refused", async () => {
    const person = await newPerson();
    await sql('update users set is_active = false where id = $1', [person.id]);
    expect(await refusal(me(person.token))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('the published keys have no private part and verify a token', async () => {
    const { token, id } = await newPerson();
    const jwks = (await (await fetch(`${origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    expect(jwks.keys.map((published: object) => Object.keys(published).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ]);
    expect((await jwtVerify(token, createLocalJWKSet(jwks))).payload.sub).toBe(id);
  });
});

describe('rotation of signing keys', () => {
  /** Another server on the same database, with keys of its own. */
  async function withServer(serverKeys: JWK[], work: (caller: (token?: string) => GraphQLClient) => Promise<void>) {
    const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', SIGN_INS_PER_MINUTE: '1000' });
    const app = await makeApp(config, urls.databaseUrl, serverKeys);
    try {
      const address = await app.http.listen({ host: '127.0.0.1', port: 0 });
      await work(
        (token) =>
          new GraphQLClient(`${address}/graphql`, { headers: token ? { authorization: `Bearer ${token}` } : {} }),
      );
    } finally {
      await app.close();
    }
  }

  test('the new key signs, tokens of the old one stay valid, refresh tokens too', async () => {
    const person = await newPerson();
    const newest = await generateKey();
    await withServer([newest, ...keys], async (caller) => {
      expect(await caller(person.token).request(Me)).toEqual({ me: { id: person.id } });
      const next = await refresh(person.refreshToken, caller());
      expect(decodeProtectedHeader(next.accessToken).kid).toBe(newest.kid);
    });
  });

  test('a refresh token from before the rotation is still known as reused', async () => {
    const person = await newPerson();
    const { accessToken, refreshToken } = await refresh(person.refreshToken);
    await refresh(refreshToken);
    await withServer([await generateKey(), ...keys], async (caller) => {
      expect(await reasonOf(refresh(person.refreshToken, caller()))).toBe('REFRESH_TOKEN_REUSED');
      expect(await reasonOf(caller(accessToken).request(Me))).toBe('SESSION_ENDED');
    });
  });

  test('tokens of a retired key are refused', async () => {
    const person = await newPerson();
    await withServer([await generateKey()], async (caller) => {
      expect(await reasonOf(caller(person.token).request(Me))).toBe('TOKEN_INVALID');
      expect(await login(person.username, password, caller())).toMatchObject({ user: { id: person.id } });
    });
  });
});

describe('public operations', () => {
  test('ignore the organization header and a bad token', async () => {
    const person = await newPerson();
    for (const organizationId of ['no-id', v7(), (await newTenant()).id]) {
      const caller = client({ token: 'garbage', organizationId });
      expect((await login(person.email, password, caller)).user.id).toBe(person.id);
      expect(await caller.request(Register, { input: newAccount() })).toHaveProperty('register.user.id');
      expect(await caller.request(gql`{ errorCodes { code } }`)).toHaveProperty('errorCodes');
    }
    const caller = client({ token: 'garbage', organizationId: v7() });
    expect((await refresh(person.refreshToken, caller)).user.id).toBe(person.id);
  });

  test('answer for the account that signs in, not for the one whose token is sent along', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const caller = client({ token: one.owner.token, organizationId: one.id });
    const Answer = gql`
      mutation ($input: LoginInput!) {
        login(input: $input) { user { id memberships { organization { id } } employee { email } } }
      }
    `;
    expect(await caller.request(Answer, { input: { username: other.owner.email, password } })).toEqual({
      login: {
        user: {
          id: other.owner.id,
          memberships: [{ organization: { id: other.id } }],
          employee: { email: other.owner.email },
        },
      },
    });
  });
});

describe('sign-in operations stand alone in their document', () => {
  const operations: [string, string][] = [
    ['register', `register(input: { email: "x@y.example", username: "xyz", password: "12345678" }) { accessToken }`],
    ['login', 'login(input: { username: "nobody", password: "12345678" }) { accessToken }'],
    ['refreshSession', 'refreshSession(refreshToken: "x") { accessToken }'],
    ['logout', 'logout { revokedSessions }'],
    ['changePassword', `changePassword(input: { oldPassword: "${password}", newPassword: "87654321" }) { id }`],
  ];

  test.each(operations)('%s refuses another mutation beside it, and neither happens', async (_name, operation) => {
    const person = await newPerson();
    const sibling = 'sibling: updateProfile(input: { firstName: "Changed" }) { id }';
    for (const document of [
      `mutation { ${operation} ${sibling} }`,
      `mutation { ${sibling} ${operation} }`,
      `mutation { ${sibling} ...rest } fragment rest on Mutation { ... on Mutation { ${operation} } }`,
      `mutation { one: ${operation} two: ${operation} }`,
    ])
      expect(await refusal(person.request(document))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await person.request(gql`{ me { firstName } }`)).toEqual({ me: { firstName: 'Pat' } });
    expect((await login(person.username)).user.id).toBe(person.id);
    expect(await sql(`select from users where email = 'x@y.example'`)).toEqual([]);
  });

  test('the name of the root type is no mutation', async () => {
    const person = await newPerson();
    expect(await person.request(gql`mutation { __typename logout { revokedSessions } }`)).toEqual({
      __typename: 'Mutation',
      logout: { revokedSessions: 1 },
    });
  });

  test('a hundred logins under aliases are refused', async () => {
    const attempts = Array.from(
      { length: 100 },
      (_, n) => `a${n}: login(input: { username: "u", password: "p" }) { accessToken }`,
    );
    await refusal(client().request(`mutation { ${attempts.join(' ')} }`));
    expect(await wrong('u')).toBe('INVALID_CREDENTIALS');
  });
});

describe('secrets', () => {
  const secret = 'hunter2-is-my-secret';

  test.each<[string, string, object]>([
    ['a wrong password', Login, { input: { username: 'nobody', password: secret } }],
    ['a missing field beside the password', Login, { input: { password: secret } }],
    ['a field too many beside the password', Login, { input: { username: 'nobody', password: secret, extra: 1 } }],
    ['a password of the wrong type', Login, { input: { username: 'nobody', password: [secret] } }],
    ['a password in place of the input', Login, { input: secret }],
    ['a registration with a missing field', Register, { input: { email: 'a@b.example', password: secret } }],
    ['a registration with a bad field', Register, { input: newAccount({ email: 'nobody', password: secret }) }],
    ['another confirmation', Register, { input: newAccount({ password: secret, passwordConfirm: `${secret}!` }) }],
    ['a password change with a missing field', ChangePassword, { input: { oldPassword: secret } }],
    [
      'a password change with a wrong password',
      ChangePassword,
      { input: { oldPassword: secret, newPassword: `${secret}!` } },
    ],
    ['a made-up refresh token', Refresh, { token: `${secret}.${secret}.${secret}` }],
    ['a refresh token of the wrong type', Refresh, { token: [secret] }],
  ])('%s is refused without repeating it', async (_what, document, variables) => {
    const person = await newPerson();
    const answer = await refusal(person.request(document, variables));
    expect(answer.code).toMatch(/^(UNAUTHENTICATED|BAD_USER_INPUT)$/);
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  test('a body that is no JSON is refused without repeating it', async () => {
    const body = `{"query":"mutation","variables":{"password":"${secret}"`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${origin}/graphql`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain(secret);
  });

  test('the schema knows no field for them', async () => {
    const person = await newPerson();
    for (const field of ['password', 'passwordHash', 'sessions', 'refreshToken'])
      expect(await refusal(person.request(`{ me { ${field} } }`))).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });
});

describe('accounts', () => {
  const Account = gql`
    { me { id username email firstName lastName fullName profileImage phone title department bio location timezone language version updatedAt } }
  `;
  const UpdateProfile = gql`
    mutation ($input: UpdateProfileInput!, $expectedVersion: Int) {
      updateProfile(input: $input, expectedVersion: $expectedVersion) {
        id username firstName lastName fullName profileImage phone title department bio location timezone language version updatedAt
      }
    }
  `;
  const UpdateUser = gql`
    mutation ($id: ID!, $input: UpdateUserInput!, $expectedVersion: Int) {
      updateUser(id: $id, input: $input, expectedVersion: $expectedVersion) { id firstName isActive version }
    }
  `;
  type Profile = { updateProfile: { version: number; updatedAt: string } };
  const makeSuperuser = ({ id }: Person) => sql('update users set is_superuser = true where id = $1', [id]);

  test('updateProfile changes what is given, clears what is null and leaves the rest', async () => {
    const person = await newPerson();
    const all = {
      firstName: 'Ada',
      lastName: 'King',
      profileImage: 'https://people.example/ada.png',
      phone: '+1 555 0100 00',
      title: 'Countess',
      department: 'Engines',
      bio: 'Line one\nLine two',
      location: 'London',
      timezone: 'Europe/London',
      language: 'en-GB',
    };
    expect(await person.request(UpdateProfile, { input: all })).toMatchObject({
      updateProfile: { ...all, fullName: 'Ada King', version: 2 },
    });
    expect(await person.request(UpdateProfile, { input: { lastName: null, title: ' Lady ' } })).toMatchObject({
      updateProfile: { ...all, lastName: null, title: 'Lady', fullName: person.username, version: 3 },
    });
    expect(await person.request(Account)).toMatchObject({ me: { ...all, lastName: null, title: 'Lady', version: 3 } });
  });

  test('a write that changes nothing leaves version and time alone', async () => {
    const person = await newPerson();
    const { updateProfile: first } = await person.request<Profile>(UpdateProfile, { input: { title: 'Lady' } });
    for (const input of [{}, { title: 'Lady' }, { title: ' Lady ', bio: null }])
      expect(await person.request(UpdateProfile, { input })).toMatchObject({
        updateProfile: { version: first.version, updatedAt: first.updatedAt },
      });
  });

  test.each([
    ['username', null, 'REQUIRED'],
    ['timezone', null, 'REQUIRED'],
    ['language', null, 'REQUIRED'],
    ['username', 'x', 'TOO_SHORT'],
    ['username', 'pat@people.example', 'INVALID'],
    ['language', 'not a language', 'INVALID'],
    ['phone', '12', 'INVALID'],
    ['profileImage', 'data:text/html,hi', 'INVALID'],
    ['location', 'x'.repeat(201), 'TOO_LONG'],
    ['bio', 'x'.repeat(10_001), 'TOO_LONG'],
    ['bio', 'form\u000cfeed', 'INVALID'],
  ])('updateProfile refuses %s: %j', async (field, value, code) => {
    const person = await newPerson();
    expect(await refusal(person.request(UpdateProfile, { input: { title: 'Lady', [field]: value } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: `input.${field}`, code }],
    });
    expect(await person.request(Account)).toMatchObject({ me: { title: null, version: 1 } });
  });

  test.each([['Mars/Olympus'], ['utc+25'], ['']])('updateProfile refuses the time zone %j', async (timezone) => {
    const person = await newPerson();
    expect(await refusal(person.request(UpdateProfile, { input: { timezone } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test.each([
    ['email', 'new@people.example'],
    ['isActive', false],
    ['isSuperuser', true],
    ['password', '12345678'],
  ])('updateProfile knows no field %s', async (field, value) => {
    const person = await newPerson();
    expect(await refusal(person.request(UpdateProfile, { input: { [field]: value } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test('a stale expectedVersion is refused with the current one', async () => {
    const person = await newPerson();
    await person.request(UpdateProfile, { input: { title: 'Lady' }, expectedVersion: 1 });
    expect(await refusal(person.request(UpdateProfile, { input: { title: 'Sir' }, expectedVersion: 1 }))).toMatchObject(
      {
        code: 'VERSION_CONFLICT',
        currentVersion: 2,
      },
    );
    expect(await person.request(Account)).toMatchObject({ me: { title: 'Lady', version: 2 } });
    expect(await person.request(UpdateProfile, { input: { title: 'Sir' }, expectedVersion: null })).toMatchObject({
      updateProfile: { title: 'Sir', version: 3 },
    });
  });

  test('of changes at once with the same expectedVersion one succeeds', async () => {
    const person = await newPerson();
    const tries = await Promise.all(
      ['A', 'B', 'C', 'D'].map((title) =>
        person.request(UpdateProfile, { input: { title }, expectedVersion: 1 }).then(
          () => 'changed',
          async (error) => (await refusal(Promise.reject(error))).code,
        ),
      ),
    );
    expect(tries.sort()).toEqual(['VERSION_CONFLICT', 'VERSION_CONFLICT', 'VERSION_CONFLICT', 'changed']);
  });

  test("somebody else's username is refused in any case, one's own may change its case", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const rename = (username: string) => person.request(UpdateProfile, { input: { username, title: 'Lady' } });
    expect(await refusal(rename(other.username.toUpperCase()))).toMatchObject({
      code: 'CONFLICT',
      reason: 'USERNAME_TAKEN',
      fields: [{ path: 'input.username', code: 'NOT_UNIQUE' }],
    });
    expect(await person.request(Account)).toMatchObject({ me: { username: person.username, title: null, version: 1 } });
    expect(await rename(person.username.toUpperCase())).toMatchObject({
      updateProfile: { username: person.username.toUpperCase() },
    });
    expect((await login(person.username)).user.id).toBe(person.id);
  });

  test('updateUser changes oneself, also without any organization', async () => {
    const person = await newPerson();
    expect(await person.request(UpdateUser, { id: person.id, input: { firstName: 'Ada' } })).toEqual({
      updateUser: { id: person.id, firstName: 'Ada', isActive: true, version: 2 },
    });
  });

  test('updateUser of anybody else is refused, whether there is such a user and whatever the input', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    const stranger = await newPerson();
    for (const caller of [tenant.owner, member])
      for (const id of [caller === member ? tenant.owner.id : member.id, stranger.id, v7()])
        for (const input of [{ firstName: 'Eve' }, { isActive: false }, { firstName: 'x'.repeat(101) }])
          expect(await refusal(caller.request(UpdateUser, { id, input }))).toMatchObject({
            code: 'FORBIDDEN',
            reason: 'SELF_ONLY',
          });
  });

  test('only superusers set isActive', async () => {
    const tenant = await newTenant();
    const set = (isActive: boolean) => tenant.owner.request(UpdateUser, { id: tenant.owner.id, input: { isActive } });
    expect(await refusal(set(false))).toMatchObject({ code: 'FORBIDDEN', reason: 'SUPERUSER_ONLY' });
    await set(true);
  });

  test('a superuser closes the account of a member: every session ends, sign-in is refused, until it is opened', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const second = await login(member.username);
    await makeSuperuser(tenant.owner);
    const set = (isActive: boolean) => tenant.owner.request(UpdateUser, { id: member.id, input: { isActive } });
    expect(await set(false)).toMatchObject({ updateUser: { id: member.id, isActive: false, version: 2 } });
    for (const token of [member.token, second.accessToken])
      expect(await refusal(me(token))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await reasonOf(refresh(second.refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    expect(await reasonOf(login(member.email))).toBe('INVALID_CREDENTIALS');
    expect(await set(true)).toMatchObject({ updateUser: { isActive: true, version: 3 } });
    expect(await refusal(me(member.token))).toMatchObject({ reason: 'SESSION_ENDED' });
    expect((await login(member.email)).user.id).toBe(member.id);
  });

  test('a superuser does not close the account of the only owner of an organization', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const superuser = await tenant.member();
    await makeSuperuser(superuser);
    const join = (of: Tenant, person: Person, isOwner: boolean) =>
      of.owner
        .as(of.id)
        .request(gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`, {
          input: { userId: person.id, isOwner },
        });
    const close = () => superuser.request(UpdateUser, { id: tenant.owner.id, input: { isActive: false } });
    const lastOwner = { code: 'CONFLICT', reason: 'LAST_OWNER' };
    expect(await refusal(close())).toMatchObject(lastOwner);
    const second = await newPerson();
    await join(tenant, second, true);
    // Of another organization this user becomes the only owner.
    await join(other, tenant.owner, true);
    await sql('update memberships set is_owner = false where user_id = $1', [other.owner.id]);
    expect(await refusal(close())).toMatchObject(lastOwner);
    await sql('update memberships set is_owner = true where user_id = $1', [other.owner.id]);
    await expect(close()).resolves.toMatchObject({ updateUser: { isActive: false } });
    // An owner whose account is closed is none.
    const leave = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;
    const [own] = await sql('select id from memberships where user_id = $1', [second.id]);
    expect(await refusal(second.request(leave, own))).toMatchObject(lastOwner);
  });

  test('a superuser changes members only, needs an organization for it and cannot close the own account', async () => {
    const tenant = await newTenant();
    const [stranger, lonely] = [await newPerson(), await newPerson()];
    await makeSuperuser(tenant.owner);
    await makeSuperuser(lonely);
    const input = { firstName: 'Eve' };
    for (const id of [stranger.id, v7()])
      expect(await refusal(tenant.owner.request(UpdateUser, { id, input }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'id', code: 'NOT_FOUND' }],
      });
    expect(await refusal(lonely.request(UpdateUser, { id: stranger.id, input }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'NO_ORGANIZATION',
    });
    expect(
      await refusal(tenant.owner.request(UpdateUser, { id: tenant.owner.id, input: { isActive: false } })),
    ).toMatchObject({
      code: 'CONFLICT',
      reason: 'SELF_ACTION',
    });
    expect(await refusal(tenant.owner.request(UpdateUser, { id: 'no-id', input }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_ID',
    });
  });
});
