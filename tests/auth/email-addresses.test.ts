import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { sql } from '../support/database.js';
import { type MailingServer, mailingServer, tokenIn } from '../support/mail-server.js';
import {
  anotherEmail,
  ConfirmChange,
  expireTokens,
  type Newcomer,
  newcomer,
  Own,
  RequestChange,
  Resend,
  Reset,
  resetToken,
  Verify,
  verificationToken,
} from '../support/mailed-links.js';
import { refusal } from '../support/server.js';
import { login, longerWaits, me, reasonOf, wrong } from '../support/sign-in.js';
import { newPerson, newTenant, password } from '../support/tenant.js';

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});

const own = (token: string) => server.client(token).request<{ me: object }>(Own);
const verify = (token: string) => server.client().request(Verify, { token });
const request = ({ token }: { token: string }, newEmail: string, secret = password) =>
  server.client(token).request(RequestChange, { input: { newEmail, password: secret } });
const confirm = (token: string, caller?: string) => server.client(caller).request(ConfirmChange, { token });
const invalid = { code: 'BAD_USER_INPUT', reason: 'TOKEN_NOT_USABLE', fields: [{ path: 'token' }] };

/** Lets the person ask for another message at once. */
const aMinuteLater = ({ id }: { id: string }) =>
  sql(`update outgoing_mails set created_at = created_at - interval '1 min' where user_id = $1`, [id]);

/** Asks for a change; the token of the message to the new address. */
async function changeToken(person: Newcomer, newEmail: string): Promise<string> {
  await request(person, newEmail);
  return tokenIn((await server.mails.to(newEmail)).at(-1)!, 'change-email');
}

describe('an e-mail address', () => {
  test('is verified by the token of the message that registration sends', async () => {
    const person = await newcomer(server);
    expect(await own(person.token)).toEqual({ me: { email: person.email, isEmailVerified: false, version: 1 } });
    expect(await verify(await verificationToken(server, person))).toEqual({ verifyEmail: { email: person.email } });
    expect(await own(person.token)).toEqual({ me: { email: person.email, isEmailVerified: true, version: 1 } });
  });

  test('is verified once, also by twenty at once', async () => {
    const token = await verificationToken(server, await newcomer(server));
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => verify(token)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusal(verify(token))).toMatchObject(invalid);
  });

  test('is not verified by tokens that are expired, truncated or of another kind', async () => {
    const person = await newcomer(server);
    const token = await verificationToken(server, person);
    for (const other of [token.slice(1), `${token}x`, '', await resetToken(server, person.email)])
      expect(await refusal(verify(other))).toMatchObject(invalid);
    await expireTokens(person);
    expect(await refusal(verify(token))).toMatchObject(invalid);
    expect(await own(person.token)).toMatchObject({ me: { isEmailVerified: false } });
  });

  test('that was changed meanwhile is not verified by the token of the old one', async () => {
    const person = await newcomer(server);
    const token = await verificationToken(server, person);
    await sql('update users set email = $2 where id = $1', [person.id, anotherEmail()]);
    expect(await refusal(verify(token))).toMatchObject(invalid);
    expect(await own(person.token)).toMatchObject({ me: { isEmailVerified: false } });
  });

  test('has its verification told to nobody else', async () => {
    const { owner, id } = await newTenant();
    const fellow = await newPerson();
    await owner.as(id).request(
      gql`mutation ($input: AddOrganizationMemberInput!) {
      addOrganizationMember(input: $input) { id }
    }`,
      { input: { userId: fellow.id } },
    );
    const Everybody = gql`{ users(first: 10) { nodes { id isEmailVerified } } }`;
    const { users } = await owner.as(id).request<{ users: { nodes: object[] } }>(Everybody);
    expect(users.nodes).toContainEqual({ id: fellow.id, isEmailVerified: null });
    expect(users.nodes).toContainEqual({ id: owner.id, isEmailVerified: false });
  });

  test('gets another message at most once a minute, and none once it is verified', async () => {
    const person = await newcomer(server);
    const resend = () => server.client(person.token).request(Resend);
    expect(await refusal(resend())).toMatchObject({ code: 'RATE_LIMITED', reason: 'TOO_MANY_REQUESTS' });
    await aMinuteLater(person);
    const all = await Promise.allSettled(Array.from({ length: 5 }, resend));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [first, second] = await server.mails.to(person.email, 2);
    expect(await verify(tokenIn(second!, 'verify'))).toEqual({ verifyEmail: { email: person.email } });
    await aMinuteLater(person);
    expect(await refusal(resend())).toMatchObject({ code: 'CONFLICT', reason: 'EMAIL_ALREADY_VERIFIED' });
    // Another valid link to the same address does no harm.
    expect(await verify(tokenIn(first!, 'verify'))).toEqual({ verifyEmail: { email: person.email } });
  });

  test('is not verified where no mail is sent', async () => {
    const person = await newPerson();
    expect(await person.request(Own)).toMatchObject({ me: { isEmailVerified: false } });
    const change = { input: { newEmail: anotherEmail(), password } };
    for (const asked of [person.request(Resend), person.request(RequestChange, change)])
      expect(await refusal(asked)).toMatchObject({ code: 'CONFLICT', reason: 'MAIL_NOT_CONFIGURED' });
  });
});

describe('a change of the e-mail address', () => {
  test('is made with the token of the message to the new one, and told to the old one', async () => {
    const person = await newcomer(server);
    const elsewhere = await login(person.email);
    const newEmail = anotherEmail();
    const token = await changeToken(person, newEmail);
    const letters = await server.mails.to(person.email, 2);
    const notice = letters.find(({ source }) => !source.includes('/verify?token='))!;
    expect(notice.source).toContain('Subject: Your e-mail address is about to change');
    expect(notice.source).toContain(newEmail);
    expect(notice.source).not.toContain('token=');
    expect(await own(person.token)).toMatchObject({ me: { email: person.email } });

    expect(await confirm(token, person.token)).toEqual({ confirmEmailChange: { email: newEmail } });
    expect(await own(person.token)).toEqual({ me: { email: newEmail, isEmailVerified: true, version: 2 } });
    expect(await reasonOf(me(elsewhere.accessToken))).toBe('SESSION_ENDED');
    expect(await reasonOf(login(person.email))).toBe('INVALID_CREDENTIALS');
    expect((await login(newEmail)).user.id).toBe(person.id);
  });

  test.each([
    ['without signing in', () => undefined],
    ['with the token of somebody else', async () => (await newPerson()).token],
    ['with a bad access token', () => 'garbage'],
  ])('that is confirmed %s ends every session', async (_what, caller) => {
    const person = await newcomer(server);
    await confirm(await changeToken(person, anotherEmail()), await caller());
    expect(await reasonOf(me(person.token))).toBe('SESSION_ENDED');
  });

  test('is made once, also by twenty at once', async () => {
    const person = await newcomer(server);
    const token = await changeToken(person, anotherEmail());
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => confirm(token)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusal(confirm(token))).toMatchObject(invalid);
  });

  test('to an address of somebody else is told only with the token, and the token stays valid', async () => {
    const [person, other] = [await newcomer(server), await newcomer(server)];
    const newEmail = anotherEmail();
    const token = await changeToken(person, newEmail);
    await sql('update users set email = $2 where id = $1', [other.id, newEmail]);
    await aMinuteLater(person);
    // Asking again tells nothing.
    expect(await request(person, other.email)).toEqual({ requestEmailChange: { accepted: true } });
    const again = tokenIn((await server.mails.to(other.email, 2)).at(-1)!, 'change-email');
    expect(await refusal(confirm(token))).toMatchObject(invalid);
    await sql('update users set email = $2 where id = $1', [other.id, other.email]);
    expect(await refusal(confirm(again))).toMatchObject({
      code: 'CONFLICT',
      reason: 'EMAIL_TAKEN',
      fields: [{ path: 'token', code: 'NOT_UNIQUE' }],
    });
    await sql('update users set email = $2 where id = $1', [other.id, anotherEmail()]);
    expect(await confirm(again)).toEqual({ confirmEmailChange: { email: other.email } });
  });

  test('to one address by two accounts at once is made for one of them', async () => {
    const [one, other] = [await newcomer(server), await newcomer(server)];
    const newEmail = anotherEmail();
    const tokens = [await changeToken(one, newEmail)];
    await request(other, newEmail);
    tokens.push(tokenIn((await server.mails.to(newEmail, 2)).at(-1)!, 'change-email'));
    const all = await Promise.allSettled(tokens.map((token) => confirm(token)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = all.find((outcome) => outcome.status === 'rejected')!;
    expect(await refusal(Promise.reject(refused.reason))).toMatchObject({ reason: 'EMAIL_TAKEN' });
  });

  test('needs the password, and a wrong one counts as a failed sign-in', async () => {
    const person = await newcomer(server);
    for (let n = 1; n <= 5; n += 1)
      expect(await refusal(request(person, anotherEmail(), 'not-the-password'))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.password', code: 'INVALID' }],
      });
    await longerWaits(person);
    expect(await refusal(request(person, anotherEmail()))).toMatchObject({ reason: 'LOGIN_THROTTLED' });
    expect(
      await sql(`select from outgoing_mails where user_id = $1 and template like '%CHANGE%'`, [person.id]),
    ).toEqual([]);
  });

  test('is asked for at most once a minute, and not for the address that one has', async () => {
    const person = await newcomer(server);
    expect(await refusal(request(person, ` ${person.email.toUpperCase()}`))).toMatchObject({
      fields: [{ path: 'input.newEmail', code: 'INVALID' }],
    });
    await request(person, anotherEmail());
    expect(await refusal(request(person, anotherEmail()))).toMatchObject({ reason: 'TOO_MANY_REQUESTS' });
  });

  test.each(['new@people.example\r\nBcc: all@people.example', 'New <new@people.example>', 'a@x.example,b@x.example'])(
    'refuses what is not one address: %j',
    async (newEmail) => {
      expect(await refusal(request(await newPerson(), newEmail))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.newEmail' }],
      });
    },
  );

  test('is off after a new password, whether its message has been sent or not', async () => {
    const person = await newcomer(server);
    const token = await changeToken(person, anotherEmail());
    const reset = await resetToken(server, person.email, 3);
    await server.client().request(Reset, { token: reset, newPassword: 'another-horse-battery' });
    expect(await refusal(confirm(token))).toMatchObject(invalid);
    const pending = await newcomer(server);
    const late = anotherEmail();
    await sql(
      `insert into outgoing_mails (id, template, user_id, variables, created_at, due_at)
       values (gen_random_uuid(), 'CHANGE_EMAIL', $1, $2, now(), now() + interval '1 min')`,
      [pending.id, { newEmail: late }],
    );
    const other = await resetToken(server, pending.email);
    await server.client().request(Reset, { token: other, newPassword: 'another-horse-battery' });
    expect(
      await sql(`select from outgoing_mails where user_id = $1 and template = 'CHANGE_EMAIL'`, [pending.id]),
    ).toEqual([]);
  });

  test('leaves no link behind that could reset the password through the old address', async () => {
    const person = await newcomer(server);
    const reset = await resetToken(server, person.email);
    await confirm(await changeToken(person, anotherEmail()));
    expect(
      await refusal(server.client().request(Reset, { token: reset, newPassword: 'xyz-horse-battery' })),
    ).toMatchObject({ reason: 'TOKEN_NOT_USABLE' });
    expect(await wrong(person.email)).toBe('INVALID_CREDENTIALS');
  });
});
