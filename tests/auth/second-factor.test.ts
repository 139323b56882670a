import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { URI } from 'otpauth';
import { sql } from '../support/database.js';
import { hold, waiting } from '../support/locks.js';
import { mailingServer } from '../support/mail-server.js';
import {
  beginLogin,
  beginSecondFactor,
  codeOf,
  complete,
  confirm,
  freshCodes,
  HasSecondFactor,
  type Protected,
  protectedPerson,
  Remove,
  ticketOf,
  waited,
} from '../support/second-factor.js';
import { refusal } from '../support/server.js';
import { login, reasonOf } from '../support/sign-in.js';
import { newPerson, newTenant, password } from '../support/tenant.js';

const remove = (person: Protected, given: { password?: string; code?: string } = {}) =>
  person.request(Remove, { password, code: codeOf(person.secret), ...given });

const faults = async (request: Promise<unknown>) => (await refusal(request)).fields;

describe('a second factor', () => {
  test('is in force once an app has shown the right code', async () => {
    const person = await newPerson();
    const { secret, otpauthUri } = await beginSecondFactor(person);
    expect(URI.parse(otpauthUri)).toMatchObject({ issuer: 'Too Good CRM', label: person.email, digits: 6, period: 30 });
    expect(otpauthUri).toContain(`secret=${secret}&`);
    expect(await person.request(HasSecondFactor)).toEqual({ me: { hasSecondFactor: false } });
    expect((await login(person.email)).user.id).toBe(person.id);
    const recoveryCodes = await confirm(person, codeOf(secret));
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes) expect(code).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
    expect(await person.request(HasSecondFactor)).toEqual({ me: { hasSecondFactor: true } });
    expect(await reasonOf(login(person.email))).toBe('SECOND_FACTOR_REQUIRED');
  });

  test('is told to its user by mail', async () => {
    const server = await mailingServer();
    const person = await newPerson();
    const there = server.client(person.token);
    await confirm(there, codeOf((await beginSecondFactor(there)).secret));
    const [letter] = await server.mails.to(person.email);
    expect(letter!.source).toContain('Subject: Signing in now needs a code');
    expect(letter!.source).not.toContain('token=');
  });

  test('is that of the latest secret', async () => {
    const person = await newPerson();
    const [first, second] = [await beginSecondFactor(person), await beginSecondFactor(person)];
    expect(await faults(confirm(person, codeOf(first.secret)))).toMatchObject([
      { path: 'input.code', code: 'INVALID' },
    ]);
    await confirm(person, codeOf(second.secret));
    expect(await reasonOf(beginSecondFactor(person))).toBe('SECOND_FACTOR_EXISTS');
    expect(await reasonOf(confirm(person, codeOf(second.secret, 1)))).toBe('SECOND_FACTOR_EXISTS');
  });

  test('is confirmed once of twenty times at once', async () => {
    const person = await newPerson();
    const { secret } = await beginSecondFactor(person);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => confirm(person, codeOf(secret)).catch(() => null)),
    );
    const confirmed = answers.filter((codes) => codes !== null);
    expect(confirmed).toHaveLength(1);
    expect((await complete(await ticketOf(person), confirmed[0]![3]!)).user.id).toBe(person.id);
  });

  test.each(['', '   ', 'x'.repeat(51), '12345', '1234567', 'abcdef', '１２３４５６', '00000\u0000'])(
    'is not confirmed by %j',
    async (code) => {
      const person = await newPerson();
      await beginSecondFactor(person);
      expect(await refusal(confirm(person, code))).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(await person.request(HasSecondFactor)).toEqual({ me: { hasSecondFactor: false } });
    },
  );

  test('is not confirmed before it is begun, nor by a code of another account', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const { secret } = await beginSecondFactor(other);
    expect(await reasonOf(confirm(person, codeOf(secret)))).toBe('SECOND_FACTOR_NOT_BEGUN');
    await beginSecondFactor(person);
    expect(await faults(confirm(person, codeOf(secret)))).toMatchObject([{ path: 'input.code', code: 'INVALID' }]);
  });

  test('is of no concern to others', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const Other = gql`query ($id: ID!) { user(id: $id) { hasSecondFactor } }`;
    expect(await tenant.owner.request(Other, { id: member.id })).toEqual({ user: { hasSecondFactor: null } });
    expect(await member.request(Other, { id: member.id })).toEqual({ user: { hasSecondFactor: false } });
    // The organization reads its people from a view of its own.
    await tenant.employee({ userId: member.id });
    const own = { hasSecondFactor: false, isEmailVerified: false };
    const Own = gql`{ me { employee { user { hasSecondFactor isEmailVerified } } } }`;
    expect(await member.as(tenant.id).request(Own)).toEqual({ me: { employee: { user: own } } });
    const All = gql`{ organizationMembers { nodes { user { id hasSecondFactor isEmailVerified } } } }`;
    expect(await tenant.owner.request(All)).toEqual({
      organizationMembers: {
        nodes: expect.arrayContaining([
          { user: { id: tenant.owner.id, ...own } },
          { user: { id: member.id, hasSecondFactor: null, isEmailVerified: null } },
        ]),
      },
    });
  });
});

describe('removeSecondFactor', () => {
  test('lets the password alone sign in again, and a new secret be set up', async () => {
    const person = await protectedPerson();
    const ticket = await ticketOf(person);
    expect(await remove(person)).toEqual({ removeSecondFactor: { id: person.id, hasSecondFactor: false } });
    expect((await login(person.email)).user.id).toBe(person.id);
    expect(await reasonOf(complete(ticket, codeOf(person.secret, 1)))).toBe('TICKET_INVALID');
    expect(await reasonOf(complete(ticket, person.recoveryCodes[0]!))).toBe('TICKET_INVALID');
    expect(await reasonOf(remove(person))).toBe('NO_SECOND_FACTOR');
    const { secret } = await beginSecondFactor(person);
    await confirm(person, codeOf(secret));
    expect(await reasonOf(login(person.email))).toBe('SECOND_FACTOR_REQUIRED');
  });

  test('takes a recovery code for a code', async () => {
    const person = await protectedPerson();
    const [code] = person.recoveryCodes;
    expect(await remove(person, { code: code! })).toMatchObject({ removeSecondFactor: { hasSecondFactor: false } });
  });

  test('needs both proofs, and a wrong password uses no code up', async () => {
    const person = await protectedPerson();
    expect(await faults(remove(person, { password: 'not-the-password' }))).toMatchObject([
      { path: 'input.password', code: 'INVALID' },
    ]);
    expect(await faults(remove(person, { code: '000000' }))).toMatchObject([{ path: 'input.code', code: 'INVALID' }]);
    expect(await person.request(HasSecondFactor)).toEqual({ me: { hasSecondFactor: true } });
    await remove(person);
  });

  test.each<[string, object]>([
    ['passwords', { password: 'not-the-password' }],
    ['codes', { code: '000000' }],
  ])('makes the session wait after five wrong %s, apart from sign-ins elsewhere', async (_what, wrong) => {
    const person = await protectedPerson();
    for (let n = 1; n <= 5; n += 1)
      expect(await refusal(remove(person, wrong))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await refusal(remove(person))).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'LOGIN_THROTTLED',
      retryAfterMs: expect.any(Number),
    });
    expect((await complete(await ticketOf(person), codeOf(person.secret))).user.id).toBe(person.id);
    await waited(person);
    await freshCodes(person);
    await remove(person);
  });

  test('is refused if the password changes meanwhile, and uses no code up', async () => {
    const [person, other] = [await protectedPerson(), await newPerson()];
    expect(await faults(remove(person, { code: '000000' }))).toMatchObject([{ path: 'input.code', code: 'INVALID' }]);
    const code = codeOf(person.secret);
    const held = await hold('select from sign_in_attempts where key like $1', [`code ${person.id} device %`]);
    const removal = faults(remove(person, { code }));
    await waiting(1);
    await sql(
      `update user_secrets
       set password_hash = (select password_hash from user_secrets where user_id = $2)
       where user_id = $1`,
      [person.id, other.id],
    );
    await held.letGo();
    expect(await removal).toMatchObject([{ path: 'input.password', code: 'INVALID' }]);
    expect(await person.request(HasSecondFactor)).toEqual({ me: { hasSecondFactor: true } });
    expect(await remove(person, { code })).toMatchObject({ removeSecondFactor: { hasSecondFactor: false } });
  });

  test('happens once of twenty times at once', async () => {
    const person = await protectedPerson();
    const code = codeOf(person.secret);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        remove(person, { code }).then(
          () => 'removed',
          () => 'refused',
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 'removed')).toHaveLength(1);
    expect(await sql('select recovery_codes from user_secrets where user_id = $1', [person.id])).toEqual([
      { recovery_codes: [] },
    ]);
  });

  test('is not done by a new password', async () => {
    const person = await protectedPerson();
    const newPassword = 'another-horse-battery';
    const Change = gql`mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { hasSecondFactor } }`;
    expect(await person.request(Change, { input: { oldPassword: password, newPassword } })).toEqual({
      changePassword: { hasSecondFactor: true },
    });
    expect(await beginLogin(person.email, { password: newPassword })).toMatchObject({
      __typename: 'SecondFactorChallenge',
    });
  });
});
