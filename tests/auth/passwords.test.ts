import { beforeAll, describe, expect, test } from '@jest/globals';
import { hashPassword } from '../../src/platform/auth/passwords.js';
import { sql } from '../support/database.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { anotherEmail, newcomer, RequestChange, Reset, resetToken } from '../support/mailed-links.js';
import { client, refusal } from '../support/server.js';
import { ChangePassword, login, newAccount, Register } from '../support/sign-in.js';
import { newPerson, password } from '../support/tenant.js';

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});

const invalid = (path: string, code = 'INVALID') => ({ code: 'BAD_USER_INPUT', fields: [{ path, code }] });

describe.each([
  ['NUL', 'correct\u0000horse'],
  ['a bell', 'correct\u0007horse'],
  ['a tab', 'correct\thorse'],
  ['a control character of Latin-1', 'correct\u0085horse'],
  ['half a character', 'correct\ud83dhorse'],
])('a password with %s', (_what, typed) => {
  test('is refused wherever it is set', async () => {
    const register = client().request(Register, { input: newAccount({ password: typed }) });
    expect(await refusal(register)).toMatchObject(invalid('input.password'));
    const person = await newPerson();
    const change = person.request(ChangePassword, { input: { oldPassword: password, newPassword: typed } });
    expect(await refusal(change)).toMatchObject(invalid('input.newPassword'));
    const token = await resetToken(server, (await newcomer(server)).email);
    const reset = server.client().request(Reset, { token, newPassword: typed });
    expect(await refusal(reset)).toMatchObject(invalid('input.newPassword'));
  });

  test('still signs in and is changed if it was set before', async () => {
    const person = await newPerson();
    await sql('update user_secrets set password_hash = $2 where user_id = $1', [person.id, await hashPassword(typed)]);
    expect((await login(person.email, typed)).user.id).toBe(person.id);
    await person.request(ChangePassword, { input: { oldPassword: typed, newPassword: 'another-horse' } });
    expect((await login(person.email, 'another-horse')).user.id).toBe(person.id);
  });
});

test('a password may have line breaks', async () => {
  const account = newAccount({ password: 'correct\r\nhorse' });
  await client().request(Register, { input: account });
  expect((await login(account.email, account.password)).user.id).toEqual(expect.any(String));
});

describe('a new e-mail address that is the password', () => {
  const chosen = anotherEmail();
  const ask = async (person: { token: string }, typed: string) =>
    server.client(person.token).request(RequestChange, { input: { newEmail: chosen.toUpperCase(), password: typed } });

  test('is refused, and no message goes to it', async () => {
    const person = await newcomer(server);
    const own = server.client(person.token);
    await own.request(ChangePassword, { input: { oldPassword: password, newPassword: chosen } });
    expect(await refusal(ask(person, chosen))).toMatchObject(invalid('input.newEmail', 'NOT_ALLOWED'));
    const queued = await sql(`select from outgoing_mails where user_id = $1 and template like '%CHANGE%'`, [person.id]);
    expect(queued).toEqual([]);
    // The attempt has succeeded, and there is nothing to wait for.
    await own.request(RequestChange, { input: { newEmail: anotherEmail(), password: chosen } });
  });

  test('is told only to somebody who knows the password', async () => {
    const person = await newcomer(server);
    expect(await refusal(ask(person, chosen))).toMatchObject(invalid('input.password'));
  });
});
