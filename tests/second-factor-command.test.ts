import { expect, test } from '@jest/globals';
import { own, runCommand } from './support/commands.js';
import { sql } from './support/database.js';
import { beginLogin, codeOf, complete, HasSecondFactor, protectedPerson, ticketOf } from './support/second-factor.js';
import { login, reasonOf } from './support/sign-in.js';

const command = (...args: string[]) => runCommand('second-factor', own, ...args);

test('the operator removes a lost second factor, by sign-in name or e-mail address in any case', async () => {
  const person = await protectedPerson();
  const ticket = await ticketOf(person);
  for (let n = 0; n < 3; n += 1) await reasonOf(complete(ticket, '000000'));
  const { username, email } = person;
  expect(await command('remove', email.toUpperCase())).toEqual({
    code: 0,
    output: `${username} no longer has a second factor.\n`,
  });
  expect((await login(email)).user.id).toBe(person.id);
  expect(await person.request(HasSecondFactor)).toEqual({ me: { hasSecondFactor: false } });
  expect(await reasonOf(complete(ticket, codeOf(person.secret)))).toBe('TICKET_INVALID');
  expect(await beginLogin(username)).toMatchObject({ __typename: 'AuthPayload' });
  expect(await command('remove', username)).toEqual({ code: 0, output: `${username} has no second factor.\n` });
  expect(await sql(`select from sign_in_attempts where key like 'code ' || $1 || '%'`, [person.id])).toEqual([]);
  expect(await sql(`select pg_has_role('crm_owner', 'crm_definer', 'usage') as is_definer`)).toEqual([
    { is_definer: false },
  ]);
  expect(await sql(`select has_function_privilege('crm_app', 'forget_second_factor(uuid)', 'execute') as may`)).toEqual(
    [{ may: false }],
  );
});

test('a name that nobody has, another verb, and none are told', async () => {
  expect(await command('remove', 'nobody.at.all')).toEqual({
    code: 1,
    output: 'Nobody signs in as nobody.at.all; register first, or check the name\n',
  });
  expect(await command('add', 'nobody')).toMatchObject({ code: 1, output: expect.stringContaining('only remove') });
  expect(await command('remove')).toMatchObject({ code: 1, output: expect.stringContaining('LOGIN') });
  expect(await command('--help')).toMatchObject({ code: 0, output: expect.stringContaining('remove LOGIN') });
});
