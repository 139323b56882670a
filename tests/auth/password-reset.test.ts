import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { eventually, settled } from '../support/eventually.js';
import { type MailingServer, mailingServer, tokenIn } from '../support/mail-server.js';
import {
  anHourLater,
  anotherEmail,
  expireTokens,
  newcomer,
  RequestReset,
  Reset,
  resetToken,
  verificationToken,
} from '../support/mailed-links.js';
import { client, refusal, statementsOf } from '../support/server.js';
import { login, longerWaits, me, reasonOf, refresh, wrong } from '../support/sign-in.js';
import { password } from '../support/tenant.js';

const newPassword = 'another-horse-battery';
let server: MailingServer;

beforeAll(async () => {
  server = await mailingServer();
});

const reset = (token: string, secret = newPassword) =>
  server.client().request<{ resetPassword: { revokedSessions: number } }>(Reset, { token, newPassword: secret });
const ask = (email: string) => server.client().request(RequestReset, { email });
const invalid = { code: 'BAD_USER_INPUT', reason: 'TOKEN_NOT_USABLE', fields: [{ path: 'input.token' }] };

/** Nothing is left to send now. Other files on this database leave messages that wait for their next try. */
const sentAll = () =>
  eventually(async () => {
    const left = await sql(
      `select from outgoing_mails
       where sent_at is null and failed_at is null and (lease is not null or due_at <= now())`,
    );
    return left.length === 0;
  });

describe('a forgotten password', () => {
  test('is replaced with the token of a message; every session ends and nobody is signed in', async () => {
    const person = await newcomer(server);
    const other = await login(person.username);
    const token = await resetToken(server, person.email);
    expect(await reset(token)).toEqual({ resetPassword: { revokedSessions: 2 } });
    for (const access of [person.token, other.accessToken]) expect(await reasonOf(me(access))).toBe('SESSION_ENDED');
    for (const { refreshToken } of [person, other])
      expect(await reasonOf(refresh(refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    expect(await reasonOf(login(person.email))).toBe('INVALID_CREDENTIALS');
    const { accessToken } = await login(person.email, newPassword);
    const Changed = gql`{ me { passwordChangedAt } }`;
    expect(await client({ token: accessToken }).request(Changed)).toEqual({
      me: { passwordChangedAt: expect.any(String) },
    });
  });

  test('lifts the wait after failed sign-ins', async () => {
    const person = await newcomer(server);
    for (let n = 1; n <= 5; n += 1) await wrong(person.email);
    await longerWaits(person);
    expect(await wrong(person.email)).toBe('LOGIN_THROTTLED');
    await reset(await resetToken(server, person.email));
    expect((await login(person.email, newPassword)).user.id).toBe(person.id);
  });

  test.each([
    ['of 7 characters', 'TOO_SHORT', () => '1234567'],
    ['of 129 characters', 'TOO_LONG', () => 'x'.repeat(129)],
    ['equal to the old one', 'INVALID', () => password],
    ['equal to the e-mail address', 'NOT_ALLOWED', ({ email }: { email: string }) => email.toUpperCase()],
    ['equal to the username', 'NOT_ALLOWED', ({ username }: { username: string }) => username],
  ])('a new password %s is refused, and the token stays valid', async (_what, code, secret) => {
    const person = await newcomer(server);
    const token = await resetToken(server, person.email);
    expect(await refusal(reset(token, secret(person)))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'VALIDATION_FAILED',
      fields: [{ path: 'input.newPassword', code }],
    });
    expect(await me(person.token)).toEqual({ me: { id: person.id } });
    await reset(token);
  });
});

describe('a token', () => {
  test('is used once, also by twenty at once', async () => {
    const person = await newcomer(server);
    const token = await resetToken(server, person.email);
    const all = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => reset(token, `${newPassword}-${n}`)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of all)
      if (one.status === 'rejected')
        expect(await refusal(Promise.reject(one.reason))).toMatchObject({ reason: 'TOKEN_NOT_USABLE' });
    expect(await refusal(reset(token))).toMatchObject(invalid);
    const winner = all.findIndex(({ status }) => status === 'fulfilled');
    expect((await login(person.email, `${newPassword}-${winner}`)).user.id).toBe(person.id);
  });

  test.each<[string, (token: string) => Promise<string> | string]>([
    ['truncated', (token) => token.slice(0, -1)],
    ['longer', (token) => `${token}A`],
    ['in other letters', (token) => token.toUpperCase()],
    ['empty', () => 'x'],
    ['an id', () => v7()],
    ['the hash that is stored', async () => (await sql<{ hash: string }>('select hash from account_tokens'))[0]!.hash],
    ['of another kind', async () => verificationToken(server, await newcomer(server))],
  ])('that is %s is refused like one that is unknown', async (_what, change) => {
    const person = await newcomer(server);
    const token = await resetToken(server, person.email);
    const { requestId, ...told } = await refusal(reset(await change(token)));
    const { requestId: _other, ...unknown } = await refusal(reset('A'.repeat(43)));
    expect(told).toEqual(unknown);
    expect(told).toMatchObject(invalid);
    expect((await reset(token)).resetPassword.revokedSessions).toBe(1);
  });

  test('expires after 30 minutes by the clock of the database, whatever that of the server says', async () => {
    const person = await newcomer(server);
    const token = await resetToken(server, person.email);
    const [row] = await sql<{ minutes: number }>(
      `select extract(epoch from expires_at - created_at)::float / 60 as minutes
       from account_tokens where user_id = $1 and kind = 'RESET_PASSWORD'`,
      [person.id],
    );
    expect(row!.minutes).toBe(30);
    await expireTokens(person);
    expect(await refusal(reset(token))).toMatchObject(invalid);
    await anHourLater(person);
    const next = await resetToken(server, person.email, 3);
    const anHour = Date.now() + 3_600_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => anHour);
    try {
      expect(await reset(next)).toHaveProperty('resetPassword');
    } finally {
      clock.mockRestore();
    }
  });

  test('of an account that was closed, or that has another address by now, is refused', async () => {
    const [closed, moved] = [await newcomer(server), await newcomer(server)];
    const tokens = [await resetToken(server, closed.email), await resetToken(server, moved.email)];
    await sql('update users set is_active = false where id = $1', [closed.id]);
    await sql('update users set email = $2 where id = $1', [moved.id, anotherEmail()]);
    for (const token of tokens) expect(await refusal(reset(token))).toMatchObject(invalid);
  });

  test('is worthless after the password was changed in another way', async () => {
    const person = await newcomer(server);
    const tokens = [await resetToken(server, person.email), await resetToken(server, person.email, 3)];
    await reset(tokens[1]!);
    expect(await refusal(reset(tokens[0]!, 'one-more-battery'))).toMatchObject(invalid);
    const { accessToken } = await login(person.email, newPassword);
    const third = await resetToken(server, person.email, 4);
    const Change = gql`mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }`;
    const input = { oldPassword: newPassword, newPassword: 'one-more-battery' };
    await client({ token: accessToken }).request(Change, { input });
    expect(await refusal(reset(third))).toMatchObject(invalid);
  });
});

test('no session survives a reset while all of them refresh and others sign in', async () => {
  const person = await newcomer(server);
  const sessions = [person, ...(await Promise.all(Array.from({ length: 4 }, () => login(person.email))))];
  const token = await resetToken(server, person.email);
  const refreshes = sessions.flatMap(({ refreshToken }) => [refresh(refreshToken), refresh(refreshToken)]);
  const signIns = Array.from({ length: 4 }, () => login(person.email));
  const [, ...others] = await Promise.allSettled([reset(token), ...refreshes, ...signIns]);
  for (const other of others)
    if (other.status === 'fulfilled') {
      expect(await reasonOf(me(other.value.accessToken))).toBe('SESSION_ENDED');
      expect(await reasonOf(refresh(other.value.refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    }
  expect(await sql('select from sessions where user_id = $1 and revoked_at is null', [person.id])).toEqual([]);
});

describe('requestPasswordReset', () => {
  test('answers alike for known, unknown and closed accounts, with the same statements', async () => {
    const [known, closed] = [await newcomer(server), await newcomer(server)];
    await sentAll();
    await sql('update users set is_active = false where id = $1', [closed.id]);
    const withoutSending = (texts: string[]) => texts.filter((text) => !/issue_mail_token|end_mail/.test(text));
    const seen = [];
    for (const email of [known.email, anotherEmail(), closed.email]) {
      const answers: unknown[] = [];
      const statements = await statementsOf(async () => {
        const { requestId, ...answer } = (await ask(email)) as Record<string, unknown>;
        answers.push(answer);
      });
      seen.push({ answers, statements: withoutSending(statements) });
      await sentAll();
    }
    expect(seen[0]).toMatchObject({ answers: [{ requestPasswordReset: { accepted: true } }] });
    expect(seen[0]!.statements).toHaveLength(1);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect((await server.mails.to(known.email, 2)).length).toBe(2);
    expect(server.mails.letters.filter(({ to }) => to.includes(closed.email))).toHaveLength(1);
  });

  test('sends at most three messages an hour to an account, and says so to nobody', async () => {
    const person = await newcomer(server);
    for (let n = 1; n <= 5; n += 1)
      expect(await ask(person.email)).toEqual({ requestPasswordReset: { accepted: true } });
    await sentAll();
    await settled(() => server.mails.letters.length);
    expect(await server.mails.to(person.email, 4)).toHaveLength(4);
    await anHourLater(person);
    expect(
      tokenIn((await ask(person.email).then(() => server.mails.to(person.email, 5))).at(-1)!, 'reset'),
    ).toBeTruthy();
  });

  test('takes twenty requests an hour from one address', async () => {
    const strict = await mailingServer({ PASSWORD_RESETS_PER_HOUR: '20' });
    const email = anotherEmail();
    for (let n = 1; n <= 20; n += 1) await strict.client().request(RequestReset, { email });
    expect(await refusal(strict.client().request(RequestReset, { email }))).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'TOO_MANY_REQUESTS',
      retryAfterMs: expect.any(Number),
    });
  });

  test.each([
    'nobody@people.example\r\nBcc: everybody@people.example',
    'nobody@people.example\nSubject: Hello',
    'nobody@people.example,everybody@people.example',
    'Nobody <nobody@people.example>',
    'nobody',
    '',
  ])('refuses what is not one address: %j', async (email) => {
    expect(await refusal(ask(email))).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.email' }] });
  });

  test('is told apart from a server that sends no mail', async () => {
    expect(await refusal(client().request(RequestReset, { email: anotherEmail() }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'MAIL_NOT_CONFIGURED',
    });
  });
});
