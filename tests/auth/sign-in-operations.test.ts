import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Answer, wholeAnswer } from '../support/answers.js';
import { sql } from '../support/database.js';
import { Complete } from '../support/second-factor.js';
import { client, origin, refusal, statementsOf } from '../support/server.js';
import { ChangePassword, Login, login, newAccount, Refresh, Register, refresh, wrong } from '../support/sign-in.js';
import { newPerson, newTenant, type Person, password } from '../support/tenant.js';

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

describe('the statements of operations on accounts are counted', () => {
  const field = `mutation ($input: LoginInput!) { login(input: $input) { user { id } } }`;
  const cases: [string, (person: Person) => [document: string, variables?: object]][] = [
    ['a sign-in', ({ username }) => [field, { input: { username, password } }]],
    ['a sign-in that fails', ({ username }) => [field, { input: { username, password: 'not-the-password' } }]],
    ['a sign-in to no account', () => [field, { input: { username: v7(), password } }]],
    ['a registration', () => [Register, { input: newAccount() }]],
    ['a registration that fails', ({ username }) => [Register, { input: newAccount({ username }) }]],
    ['a refresh', ({ refreshToken }) => [Refresh, { token: refreshToken }]],
    ['a new password', () => [ChangePassword, { input: { oldPassword: password, newPassword: '87654321' } }]],
    ['an unknown link', () => ['mutation { verifyEmail(token: "x") { email } }']],
    ['an unknown invitation', () => ['mutation { acceptInvitation(token: "x") { id } }']],
    ['an unknown ticket', () => ['mutation { completeLogin(input: { ticket: "x", code: "123456" }) { expiresAt } }']],
    ['a new second factor', () => ['mutation { beginSecondFactor { secret } }']],
    ['a sign-out', () => ['mutation { logout { revokedSessions } }']],
  ];
  test.each(cases)('%s', async (_, request) => {
    const person = await newPerson();
    const [document, variables] = request(person);
    let answer: Answer | undefined;
    const sent = await statementsOf(async () => {
      answer = await wholeAnswer(person, document, variables);
    });
    expect(sent).not.toEqual([]);
    expect(answer?.extensions).toMatchObject({ cost: { statements: sent.length } });
  });
});

describe('sign-in operations stand alone in their document', () => {
  const operations: [string, string][] = [
    ['register', `register(input: { email: "x@y.example", username: "xyz", password: "12345678" }) { accessToken }`],
    ['login', `login(input: { username: "${v7()}", password: "12345678" }) { accessToken }`],
    ['refreshSession', 'refreshSession(refreshToken: "x") { accessToken }'],
    ['beginLogin', `beginLogin(input: { username: "${v7()}", password: "12345678" }) { __typename }`],
    ['completeLogin', 'completeLogin(input: { ticket: "x", code: "123456" }) { accessToken }'],
    ['beginSecondFactor', 'beginSecondFactor { secret }'],
    ['confirmSecondFactor', 'confirmSecondFactor(input: { code: "123456" }) { recoveryCodes }'],
    ['removeSecondFactor', `removeSecondFactor(input: { password: "${password}", code: "123456" }) { id }`],
    ['logout', 'logout { revokedSessions }'],
    ['changePassword', `changePassword(input: { oldPassword: "${password}", newPassword: "87654321" }) { id }`],
    ['requestPasswordReset', 'requestPasswordReset(input: { email: "x@y.example" }) { accepted }'],
    ['resetPassword', 'resetPassword(input: { token: "x", newPassword: "87654321" }) { revokedSessions }'],
    ['verifyEmail', 'verifyEmail(token: "x") { email }'],
    ['resendVerification', 'resendVerification { accepted }'],
    ['requestEmailChange', `requestEmailChange(input: { newEmail: "x@y.example", password: "x" }) { accepted }`],
    ['confirmEmailChange', 'confirmEmailChange(token: "x") { email }'],
    ['revokeSession', `revokeSession(id: "${v7()}") { revokedSessions }`],
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

  test('the name of the root type is not a mutation', async () => {
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
  /** A name that no other test tries, since failures count by name. */
  const unknown = `nobody-${v7()}`;

  test.each<[string, string, object]>([
    ['a wrong password', Login, { input: { username: unknown, password: secret } }],
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
    ['a made-up ticket', Complete, { ticket: secret, code: '123456' }],
    ['a ticket of the wrong type', Complete, { ticket: [secret], code: '123456' }],
    ['a made-up refresh token', Refresh, { token: `${secret}.${secret}.${secret}` }],
    ['a refresh token of the wrong type', Refresh, { token: [secret] }],
  ])('%s is refused without repeating it', async (_what, document, variables) => {
    const person = await newPerson();
    const answer = await refusal(person.request(document, variables));
    expect(answer.code).toMatch(/^(UNAUTHENTICATED|BAD_USER_INPUT)$/);
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  test('a body that is not JSON is refused without repeating it', async () => {
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
