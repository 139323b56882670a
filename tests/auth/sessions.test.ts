import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { decodeJwt } from 'jose';
import { v7 } from 'uuid';
import { RefreshTokens } from '../../src/platform/auth/refresh-tokens.js';
import { sql } from '../support/database.js';
import { client, refusal } from '../support/server.js';
import { login, me, reasonOf, refresh } from '../support/sign-in.js';
import { newPerson, type Person } from '../support/tenant.js';

const Logout = gql`mutation ($allDevices: Boolean) { logout(allDevices: $allDevices) { revokedSessions } }`;

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
    const rotate = `
      update sessions
      set previous_token_hash = token_hash, token_hash = $2, successor = null, rotated_at = now()
      where id = $1`;
    await sql(rotate, [decodeJwt(person.token).sid, hash(theirs)]);
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

  test('an access token does not refresh and a refresh token gives no access', async () => {
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
