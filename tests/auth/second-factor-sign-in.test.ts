import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { sql } from '../support/database.js';
import {
  beginLogin,
  beginSecondFactor,
  codeOf,
  complete,
  confirm,
  freshCodes,
  type Protected,
  protectedPerson,
  ticketOf,
  waited,
} from '../support/second-factor.js';
import { client, refusal } from '../support/server.js';
import { login, me, newName, reasonOf } from '../support/sign-in.js';
import { newPerson, newTenant, password } from '../support/tenant.js';

const outcomes = async (requests: Promise<unknown>[]) => {
  const all = await Promise.all(
    requests.map((request) =>
      request.then(
        () => 'signed in',
        () => 'refused',
      ),
    ),
  );
  return all.filter((outcome) => outcome === 'signed in').length;
};

const twenty = <Value>(make: (n: number) => Promise<Value>) => Array.from({ length: 20 }, (_, n) => make(n));

const wrongCode = (ticket: string) => reasonOf(complete(ticket, '000000'));

/** Other tickets wait as well, once codes were wrong. */
const expireTicket = ({ id }: { id: string }) =>
  sql('update sign_in_tickets set expires_at = now() where user_id = $1', [id]);

describe('beginLogin', () => {
  test('signs in at once without a second factor, also when its document comes again', async () => {
    const tenant = await newTenant();
    for (let n = 0; n < 3; n += 1) {
      const signedIn = await beginLogin(tenant.owner.email);
      expect(signedIn).toMatchObject({ __typename: 'AuthPayload', user: { id: tenant.owner.id } });
      expect(await me(signedIn.accessToken!)).toEqual({ me: { id: tenant.owner.id } });
    }
  });

  test('asks for a code otherwise, and opens no session', async () => {
    const person = await protectedPerson();
    const sessions = () => sql('select from sessions where user_id = $1', [person.id]);
    const before = await sessions();
    const begun = Date.now();
    const { __typename, ticket, expiresAt } = await beginLogin(person.username.toUpperCase());
    expect(__typename).toBe('SecondFactorChallenge');
    expect(Buffer.from(ticket, 'base64url')).toHaveLength(32);
    expect(expiresAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
    expect(Date.parse(expiresAt) - begun).toBeGreaterThan(299_000);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(300_000);
    expect(await sessions()).toHaveLength(before.length);
    expect((await complete(ticket, codeOf(person.secret))).user.id).toBe(person.id);
    expect(await sessions()).toHaveLength(before.length + 1);
  });

  test('refuses a wrong password, an unknown account and a closed one alike', async () => {
    const [person, closed] = [await protectedPerson(), await protectedPerson()];
    await sql('update users set is_active = false where id = $1', [closed.id]);
    const answers = await Promise.all([
      refusal(beginLogin(person.email, { password: 'not-the-password' })),
      refusal(beginLogin(newName())),
      refusal(beginLogin(closed.email)),
    ]);
    const told = answers.map(({ requestId, ...answer }) => JSON.stringify(answer));
    expect(answers[0]).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID_CREDENTIALS' });
    expect(new Set(told).size).toBe(1);
  });

  test('counts as login does, and the right password ends the count although a code is missing', async () => {
    const person = await protectedPerson();
    for (let n = 0; n < 8; n += 1) expect(await reasonOf(login(person.email))).toBe('SECOND_FACTOR_REQUIRED');
    for (let n = 0; n < 8; n += 1) expect(await ticketOf(person)).toBeTruthy();
    for (let n = 0; n < 5; n += 1)
      expect(await reasonOf(beginLogin(person.email, { password: 'wrong' }))).toBe('INVALID_CREDENTIALS');
    expect(await reasonOf(beginLogin(person.email))).toBe('LOGIN_THROTTLED');
  });
});

describe('a code', () => {
  test.each([-1, 0, 1])('of %i steps later signs in', async (steps) => {
    const person = await protectedPerson();
    expect((await complete(await ticketOf(person), codeOf(person.secret, steps))).user.id).toBe(person.id);
  });

  test.each([-120, -3, 3, 120])('of %i steps later does not', async (steps) => {
    const person = await protectedPerson();
    expect(await reasonOf(complete(await ticketOf(person), codeOf(person.secret, steps)))).toBe('CODE_INVALID');
  });

  test('may have spaces, as apps show it', async () => {
    const person = await protectedPerson();
    const code = codeOf(person.secret);
    await complete(await ticketOf(person), ` ${code.slice(0, 3)} ${code.slice(3)} `);
  });

  test('signs in once, and earlier ones no more', async () => {
    const person = await protectedPerson();
    const code = codeOf(person.secret, 1);
    await complete(await ticketOf(person), code);
    for (const used of [code, codeOf(person.secret, 0), codeOf(person.secret, -1)])
      expect(await reasonOf(complete(await ticketOf(person), used))).toBe('CODE_INVALID');
  });

  test('that has confirmed the second factor does not sign in', async () => {
    const person = await newPerson();
    const { secret } = await beginSecondFactor(person);
    const code = codeOf(secret);
    await confirm(person, code);
    expect(await reasonOf(complete(await ticketOf(person), code))).toBe('CODE_INVALID');
  });

  test('signs in once of twenty times at once, with one ticket', async () => {
    const person = await protectedPerson();
    const [ticket, code] = [await ticketOf(person), codeOf(person.secret)];
    expect(await outcomes(twenty(() => complete(ticket, code)))).toBe(1);
  });

  test('signs in once of twenty times at once, with a ticket each', async () => {
    const person = await protectedPerson();
    // One after the other, since sign-ins at the same time count as failures until each has succeeded.
    const tickets: string[] = [];
    while (tickets.length < 20) tickets.push(await ticketOf(person));
    const code = codeOf(person.secret);
    expect(await outcomes(tickets.map((ticket) => complete(ticket, code)))).toBe(1);
  });

  test('of another account does not sign in', async () => {
    const [person, other] = [await protectedPerson(), await protectedPerson()];
    const ticket = await ticketOf(person);
    for (const code of [codeOf(other.secret), other.recoveryCodes[0]!])
      expect(await reasonOf(complete(ticket, code))).toBe('CODE_INVALID');
  });

  test('of recovery signs in once, typed in any way', async () => {
    const person = await protectedPerson();
    const [first, second] = person.recoveryCodes as [string, string];
    const typed = first.toUpperCase().replaceAll('-', ' ');
    expect((await complete(await ticketOf(person), typed)).user.id).toBe(person.id);
    expect(await reasonOf(complete(await ticketOf(person), first))).toBe('CODE_INVALID');
    const ticket = await ticketOf(person);
    expect(await outcomes(twenty(() => complete(ticket, second)))).toBe(1);
    expect(
      await sql('select cardinality(recovery_codes) as left from user_secrets where user_id = $1', [person.id]),
    ).toEqual([{ left: 8 }]);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['a long text', 'x'.repeat(51)],
  ])('%s is bad input and does not count', async (_what, code) => {
    const person = await protectedPerson();
    const ticket = await ticketOf(person);
    for (let n = 0; n < 6; n += 1)
      expect(await refusal(complete(ticket, code))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.code' }],
      });
    await complete(ticket, codeOf(person.secret));
  });
});

describe('a ticket', () => {
  test('survives four wrong codes', async () => {
    const person = await protectedPerson();
    const ticket = await ticketOf(person);
    for (let n = 0; n < 4; n += 1) expect(await wrongCode(ticket)).toBe('CODE_INVALID');
    expect((await complete(ticket, codeOf(person.secret))).user.id).toBe(person.id);
  });

  test('ends with the fifth, and the next one has to wait, longer each time', async () => {
    const person = await protectedPerson();
    const ticket = await ticketOf(person);
    for (let n = 0; n < 5; n += 1) expect(await wrongCode(ticket)).toBe('CODE_INVALID');
    expect(await reasonOf(complete(ticket, codeOf(person.secret)))).toBe('TICKET_INVALID');
    const next = await ticketOf(person);
    expect(await refusal(complete(next, codeOf(person.secret)))).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'LOGIN_THROTTLED',
      retryAfterMs: expect.any(Number),
    });
    await waited(person);
    expect(await wrongCode(next)).toBe('CODE_INVALID');
    const { retryAfterMs } = await refusal(complete(next, codeOf(person.secret)));
    expect(retryAfterMs).toBeGreaterThan(1000);
    await waited(person);
    expect((await complete(next, codeOf(person.secret))).user.id).toBe(person.id);
    // A right code ends the count.
    await freshCodes(person);
    const last = await ticketOf(person);
    for (let n = 0; n < 4; n += 1) expect(await wrongCode(last)).toBe('CODE_INVALID');
    await complete(last, codeOf(person.secret));
  });

  test('is looked at five times of twenty at once', async () => {
    const person = await protectedPerson();
    const ticket = await ticketOf(person);
    const reasons = await Promise.all(twenty(() => wrongCode(ticket)));
    expect(reasons.filter((reason) => reason === 'CODE_INVALID')).toHaveLength(5);
  });

  test.each<[string, (person: Protected, ticket: string) => Promise<string> | string]>([
    ['truncated', (_, ticket) => ticket.slice(0, -1)],
    ['made up', () => 'a'.repeat(43)],
    ['no text of the kind', () => "' or true --"],
    ['a refresh token', ({ refreshToken }) => refreshToken.slice(0, 255)],
    ['an access token', ({ token }) => token.slice(0, 255)],
    ['the hash in the database', async ({ id }) => (await tickets(id))[0]!.hash],
    [
      'expired',
      async (person, ticket) => {
        await expireTicket(person);
        return ticket;
      },
    ],
    [
      'used',
      async (person, ticket) => {
        await complete(ticket, codeOf(person.secret));
        await freshCodes(person);
        return ticket;
      },
    ],
    [
      'of a closed account',
      async ({ id }, ticket) => {
        await sql('update users set is_active = false where id = $1', [id]);
        return ticket;
      },
    ],
    [
      'of a former password',
      async (person, ticket) => {
        const Change = gql`mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }`;
        await person.request(Change, { input: { oldPassword: password, newPassword: 'another-horse-battery' } });
        return ticket;
      },
    ],
  ])('that is %s is refused', async (_what, spoiled) => {
    const person = await protectedPerson();
    const ticket = await spoiled(person, await ticketOf(person));
    for (const code of [codeOf(person.secret), person.recoveryCodes[0]!])
      expect(await refusal(complete(ticket, code))).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'TICKET_INVALID',
      });
  });

  test('signs in its own account, whatever token is sent along', async () => {
    const [person, other] = [await protectedPerson(), await newPerson()];
    const caller = client({ token: other.token });
    expect((await complete(await ticketOf(person), codeOf(person.secret), caller)).user.id).toBe(person.id);
  });

  test('of one sign-in is not spoiled by another', async () => {
    const person = await protectedPerson();
    const [first, second] = [await ticketOf(person), await ticketOf(person)];
    await complete(second, codeOf(person.secret));
    await freshCodes(person);
    await complete(first, codeOf(person.secret));
  });

  const tickets = (id: string) => sql<{ hash: string }>('select hash from sign_in_tickets where user_id = $1', [id]);
});

test('a device that signed in before waits apart from strangers who know the password', async () => {
  const person = await protectedPerson();
  const { deviceToken } = await complete(await ticketOf(person), codeOf(person.secret));
  expect(deviceToken).toEqual(expect.any(String));
  await freshCodes(person);
  const strange = await ticketOf(person);
  for (let n = 0; n < 5; n += 1) await wrongCode(strange);
  expect(await reasonOf(complete(await ticketOf(person), codeOf(person.secret)))).toBe('LOGIN_THROTTLED');
  const { ticket } = await beginLogin(person.email, { deviceToken });
  const again = await complete(ticket, codeOf(person.secret));
  expect(again.user.id).toBe(person.id);
  await freshCodes(person);
  const later = await beginLogin(person.email, { deviceToken: again.deviceToken });
  expect((await complete(later.ticket, codeOf(person.secret))).user.id).toBe(person.id);
});
