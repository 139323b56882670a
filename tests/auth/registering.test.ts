import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { client, refusal } from '../support/server.js';
import { login, me, newAccount, newName, Register, reasonOf, refresh, type Tokens } from '../support/sign-in.js';
import { newPerson, password } from '../support/tenant.js';

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
      `select u::text || s::text as row, s.password_hash as hash
       from users u
       join user_secrets s on s.user_id = u.id
       where u.id = $1`,
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
