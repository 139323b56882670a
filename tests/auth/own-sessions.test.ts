import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { decodeJwt } from 'jose';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { anotherServer, client, refusal } from '../support/server.js';
import { login, longerWaits, me, newName, reasonOf, refresh, wrong } from '../support/sign-in.js';
import { newPerson, type Person, password } from '../support/tenant.js';

interface OwnSession {
  id: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  userAgent: string | null;
  ipAddress: string | null;
  isCurrent: boolean;
}

const Mine = gql`{ mySessions { id createdAt lastUsedAt expiresAt userAgent ipAddress isCurrent } }`;
const Revoke = gql`mutation ($id: ID!) { revokeSession(id: $id) { revokedSessions } }`;

const mine = async (token: string) => (await client({ token }).request<{ mySessions: OwnSession[] }>(Mine)).mySessions;
const revoke = (token: string, id: string) => client({ token }).request(Revoke, { id });
const sessionOf = (token: string) => String(decodeJwt(token).sid);

describe('mySessions', () => {
  test('lists the sessions of the caller, the one that was used last first', async () => {
    const [person] = [await newPerson(), await newPerson()];
    const other = await login(person.username);
    await sql(`update sessions set last_used_at = last_used_at - interval '1 min', user_agent = 'Old' where id = $1`, [
      sessionOf(person.token),
    ]);
    const sessions = await mine(person.token);
    expect(sessions.map(({ id, isCurrent }) => ({ id, isCurrent }))).toEqual([
      { id: sessionOf(other.accessToken), isCurrent: false },
      { id: sessionOf(person.token), isCurrent: true },
    ]);
    for (const session of sessions) {
      expect(session).toMatchObject({ ipAddress: '127.0.0.1', createdAt: expect.stringMatching(/T.*\.\d{3}Z$/) });
      // Seven days after the last use.
      expect(Date.parse(session.expiresAt) - Date.parse(session.lastUsedAt)).toBe(7 * 86_400_000);
    }
    expect(sessions[1]!.userAgent).toBe('Old');
  });

  test('lists none that has ended, in whatever way', async () => {
    const person = await newPerson();
    for (const change of ['revoked_at = now()', 'expires_at = now()', `last_used_at = now() - interval '7 days'`])
      await sql(`update sessions set ${change} where id = $1`, [sessionOf((await login(person.email)).accessToken)]);
    expect(await mine(person.token)).toMatchObject([{ isCurrent: true }]);
  });

  test('tells when a session was used last', async () => {
    const person = await newPerson();
    await sql(`update sessions set last_used_at = last_used_at - interval '2 days' where user_id = $1`, [person.id]);
    const [before] = await mine(person.token);
    const { accessToken } = await refresh(person.refreshToken);
    const [after] = await mine(accessToken);
    expect(Date.parse(after!.lastUsedAt) - Date.parse(before!.lastUsedAt)).toBeGreaterThan(86_400_000);
    expect(after!.id).toBe(before!.id);
  });
});

describe('revokeSession', () => {
  test('ends another session of the caller, also on other servers within five seconds', async () => {
    const person = await newPerson();
    const other = await login(person.username);
    const elsewhere = await anotherServer({});
    const there = () =>
      fetch(`${elsewhere}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${other.accessToken}` },
        body: JSON.stringify({ query: '{ me { id } }' }),
      }).then((response) => response.json() as Promise<{ errors?: { extensions: object }[] }>);
    expect((await there()).errors).toBeUndefined();
    expect(await revoke(person.token, sessionOf(other.accessToken))).toEqual({ revokeSession: { revokedSessions: 1 } });
    expect(await reasonOf(me(other.accessToken))).toBe('SESSION_ENDED');
    expect(await reasonOf(refresh(other.refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    const ended = [{ extensions: { reason: 'SESSION_ENDED' } }];
    await eventually(async () => expect((await there()).errors).toMatchObject(ended), { within: 5_000 });
    expect(await mine(person.token)).toHaveLength(1);
  });

  test('ends the session of the request itself', async () => {
    const person = await newPerson();
    await revoke(person.token, sessionOf(person.token));
    expect(await reasonOf(me(person.token))).toBe('SESSION_ENDED');
  });

  test.each<[string, (person: Person) => Promise<string>]>([
    ['of somebody else', async () => sessionOf((await newPerson()).token)],
    ['that nobody has', async () => v7()],
    [
      'that has ended',
      async ({ email }) => {
        const { accessToken } = await login(email);
        await client({ token: accessToken }).request(gql`mutation { logout { revokedSessions } }`);
        return sessionOf(accessToken);
      },
    ],
  ])('does not find a session %s', async (_what, id) => {
    const person = await newPerson();
    const { requestId, path, ...told } = await refusal(revoke(person.token, await id(person)));
    expect(told).toMatchObject({ code: 'NOT_FOUND', fields: [{ path: 'id' }] });
    const { requestId: _id, path: _path, ...unknown } = await refusal(revoke(person.token, v7()));
    expect(told).toEqual(unknown);
  });

  test('leaves the sessions of others alone', async () => {
    const [person, stranger] = [await newPerson(), await newPerson()];
    await refusal(revoke(person.token, sessionOf(stranger.token)));
    expect(await me(stranger.token)).toEqual({ me: { id: stranger.id } });
    expect(await refusal(revoke(person.token, 'no-id'))).toMatchObject({ reason: 'INVALID_ID' });
  });
});

describe('a device', () => {
  const Login = gql`mutation ($input: LoginInput!) { login(input: $input) { deviceToken user { id } } }`;
  const signIn = async (username: string, deviceToken?: string | null, secret = password) =>
    (
      await client().request<{ login: { deviceToken: string; user: { id: string } } }>(Login, {
        input: { username, password: secret, deviceToken },
      })
    ).login;

  /** Strangers guess until the account must wait. */
  async function besieged(): Promise<Person & { deviceToken: string }> {
    const person = await newPerson();
    const { deviceToken } = await signIn(person.email);
    for (let n = 1; n <= 5; n += 1) await wrong(person.email);
    await longerWaits(person);
    expect(await wrong(person.email)).toBe('LOGIN_THROTTLED');
    return { ...person, deviceToken };
  }

  test('on which the owner has signed in before signs in while strangers make the account wait', async () => {
    const { id, email, deviceToken } = await besieged();
    expect((await signIn(email, deviceToken)).user.id).toBe(id);
    expect(await wrong(email)).toBe('LOGIN_THROTTLED');
    expect(await reasonOf(signIn(email))).toBe('LOGIN_THROTTLED');
  });

  test('keeps its token over sign-ins, and gets none by a refresh', async () => {
    const person = await newPerson();
    const { deviceToken } = await signIn(person.email);
    expect((await signIn(person.username, deviceToken)).deviceToken).toBe(deviceToken);
    expect((await signIn(person.email)).deviceToken).not.toBe(deviceToken);
    const Refresh = gql`mutation ($token: String!) { refreshSession(refreshToken: $token) { deviceToken } }`;
    expect(await client().request(Refresh, { token: person.refreshToken })).toEqual({
      refreshSession: { deviceToken: null },
    });
  });

  test('has to wait for its own failures, and for nobody else’s', async () => {
    const person = await newPerson();
    const { deviceToken } = await signIn(person.email);
    for (let n = 1; n <= 5; n += 1)
      expect(await reasonOf(signIn(person.email, deviceToken, 'not-the-password'))).toBe('INVALID_CREDENTIALS');
    await longerWaits(person);
    expect(await reasonOf(signIn(person.email, deviceToken))).toBe('LOGIN_THROTTLED');
    expect((await signIn(person.email)).user.id).toBe(person.id);
    // A success elsewhere lifts nothing here.
    expect(await reasonOf(signIn(person.email, deviceToken))).toBe('LOGIN_THROTTLED');
  });

  test.each<[string, (own: string) => Promise<string> | string]>([
    ['of another account', async () => (await signIn((await newPerson()).email)).deviceToken],
    ['truncated', (own) => own.slice(0, -4)],
    ['changed', (own) => `B${own.slice(1)}`],
    ['empty', () => ''],
    ['nonsense', () => 'nonsense'],
  ])('token that is %s counts as none', async (_what, other) => {
    const { email, deviceToken } = await besieged();
    expect(await reasonOf(signIn(email, await other(deviceToken)))).toBe('LOGIN_THROTTLED');
  });

  test('token tells strangers nothing about an account', async () => {
    const { deviceToken } = await signIn((await newPerson()).email);
    const answers = await Promise.all(
      [newName(), (await newPerson()).email].map((name) => refusal(signIn(name, deviceToken, 'not-the-password'))),
    );
    expect(new Set(answers.map(({ reason, message }) => `${reason} ${message}`)).size).toBe(1);
  });
});
