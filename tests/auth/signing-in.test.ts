import { describe, expect, test } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { gql } from 'graphql-request';
import { sql } from '../support/database.js';
import { hold, waiting } from '../support/locks.js';
import { client, refusal } from '../support/server.js';
import {
  ChangePassword,
  login,
  longerWaits,
  me,
  nameKeys,
  newAccount,
  newName,
  Register,
  reasonOf,
  refresh,
  wrong,
} from '../support/sign-in.js';
import { newPerson, newTenant, type Person, password } from '../support/tenant.js';

const count = (reasons: unknown[], reason: string) => reasons.filter((found) => found === reason).length;

/** Pretends that a number of sign-ins have failed in a row and that the last wait is over. */
const failed = ({ id }: Person, failures: number) =>
  sql(
    `insert into sign_in_attempts (key, failures, retry_at)
     select keys.key, $2, now() from (values ('user ' || $1) union all ${nameKeys}) as keys (key)
     on conflict (key) do update set failures = $2, retry_at = now()`,
    [id, failures],
  );

const change = (person: Person, input: object) => client({ token: person.token }).request(ChangePassword, { input });

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

  test('a password that was hashed in another way signs in, and one that was not hashed does not', async () => {
    const person = await newPerson();
    const keep = (hash: string) =>
      sql('update user_secrets set password_hash = $1 where user_id = $2', [hash, person.id]);
    await keep(await hash(password, { memoryCost: 8192, timeCost: 3, parallelism: 2, salt: Buffer.alloc(24, 'salt') }));
    expect((await login(person.email)).user.id).toBe(person.id);
    for (const other of [password, '', '$argon2id$v=19$m=19456,t=2,p=1$$', '$2b$12$salt']) {
      await keep(other);
      expect(await reasonOf(login(person.email))).toBe('INVALID_CREDENTIALS');
    }
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
    expect((await Promise.all([wrong(person.email), wrong(person.email)])).sort()).toEqual([
      'INVALID_CREDENTIALS',
      'LOGIN_THROTTLED',
    ]);
    await longerWaits(person);
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
    const counts = await sql(
      `select key like 'user %' as account, failures from sign_in_attempts
       where key = 'user ' || $1 or key in (${nameKeys}) and failures > 11
       order by 1`,
      [person.id],
    );
    expect(counts).toEqual([
      { account: false, failures: 12 },
      { account: true, failures: 12 },
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
      Array.from({ length: 20 }, (_, n) => wrong(n % 2 ? person.username : person.username.toUpperCase())),
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

  /** Two names of one account, or two that nobody has. */
  const pairs: [string, string, () => Promise<[string, string]>][] = (['known', 'unknown'] as const).flatMap((kind) => {
    const named = async (names: (account: ReturnType<typeof newAccount>) => [string, string]) => {
      const input = newAccount({ username: `sam${newName().slice(-10)}` });
      if (kind === 'known') await client().request(Register, { input });
      return names(input);
    };
    return [
      [kind, 'user name and e-mail address', () => named(({ username, email }) => [username, email])],
      [kind, 'e-mail address and user name', () => named(({ username, email }) => [email, username])],
    ];
  });

  test.each(pairs)('of %s names, %s do not tell whether they are one account', async (_kind, _which, names) => {
    const [one, other] = await names();
    for (let n = 1; n <= 5; n += 1) expect(await wrong(one)).toBe('INVALID_CREDENTIALS');
    for (let n = 1; n <= 5; n += 1) expect(await wrong(other)).toBe('INVALID_CREDENTIALS');
    await sql(`update sign_in_attempts set retry_at = retry_at + interval '1 min' where key like 'name %'`);
    expect([await wrong(one), await wrong(other)]).toEqual(['LOGIN_THROTTLED', 'LOGIN_THROTTLED']);
  });

  test.each(['known', 'unknown'])('a name that is %s is the same in letters that fold alike', async (kind) => {
    const username = `sam${newName().slice(-10)}`;
    if (kind === 'known') await client().request(Register, { input: newAccount({ username }) });
    for (let n = 1; n <= 5; n += 1) expect(await wrong(username)).toBe('INVALID_CREDENTIALS');
    await sql(`update sign_in_attempts set retry_at = retry_at + interval '1 min' where key like 'name %'`);
    expect(await wrong(username.replace('s', '\u017f'))).toBe('LOGIN_THROTTLED');
    expect(await wrong(username.toUpperCase())).toBe('LOGIN_THROTTLED');
  });

  test('while an account waits, no password is looked at under its other name', async () => {
    const person = await newPerson();
    for (let n = 1; n <= 5; n += 1) await wrong(person.username);
    await longerWaits(person);
    expect(await reasonOf(login(person.email))).toBe('INVALID_CREDENTIALS');
    await sql(`update sign_in_attempts set retry_at = now() where key = 'user ' || $1`, [person.id]);
    expect((await login(person.email)).user.id).toBe(person.id);
    // The success has ended the wait of the first name as well.
    expect((await login(person.username)).user.id).toBe(person.id);
  });

  test('one throttled account does not slow another', async () => {
    const [slow, other] = [await newPerson(), await newPerson()];
    await failed(slow, 20);
    await wrong(slow.email);
    expect(await wrong(slow.email)).toBe('LOGIN_THROTTLED');
    expect(await login(other.email)).toMatchObject({ user: { id: other.id } });
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

  test('a wrong old password is throttled like a failed sign-in, apart from those of strangers', async () => {
    const person = await newPerson();
    const guess = () => refusal(change(person, { oldPassword: 'not-the-password', newPassword }));
    await failed(person, 9);
    expect(await wrong(person.email)).toBe('INVALID_CREDENTIALS');
    await longerWaits(person);
    expect(await wrong(person.email)).toBe('LOGIN_THROTTLED');
    for (let n = 1; n <= 5; n += 1) expect(await guess()).toMatchObject({ code: 'BAD_USER_INPUT' });
    await longerWaits(person);
    expect(await guess()).toMatchObject({ code: 'RATE_LIMITED', reason: 'LOGIN_THROTTLED' });
    expect(await refusal(change(person, { oldPassword: password, newPassword }))).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'LOGIN_THROTTLED',
      retryAfterMs: expect.any(Number),
    });
  });

  test('a sign-in with the old password that waits for the change is refused', async () => {
    const person = await newPerson();
    const held = await hold('select from user_secrets where user_id = $1', [person.id]);
    const changing = change(person, { oldPassword: password, newPassword });
    await waiting(1);
    const late = reasonOf(login(person.email));
    await waiting(2);
    await held.letGo();
    await changing;
    expect(await late).toBe('INVALID_CREDENTIALS');
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
