import { expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { own, runCommand } from './support/commands.js';
import { sql } from './support/database.js';
import { notice } from './support/server.js';
import { newPerson } from './support/tenant.js';

const superuser = (...args: string[]) => runCommand('superuser', own, ...args);

test('the operator makes and unmakes superusers, by sign-in name or e-mail address in any case', async () => {
  const person = await newPerson();
  const me = async () => {
    await notice();
    return (await person.request<{ me: object }>(gql`{ me { isSuperuser version } }`)).me;
  };
  const { username, email } = person;
  const said = (text: string) => ({ code: 0, output: `${username} ${text}\n` });
  expect(await superuser(username.toUpperCase())).toEqual(said('is now a superuser.'));
  expect(await me()).toEqual({ isSuperuser: true, version: 2 });
  expect(await superuser(email.toUpperCase())).toEqual(said('is already a superuser.'));
  expect(await superuser(email, '--revoke')).toEqual(said('is no longer a superuser.'));
  expect(await me()).toEqual({ isSuperuser: false, version: 3 });
  expect(await superuser('--revoke', username)).toEqual(said('is not a superuser.'));
  expect(await me()).toEqual({ isSuperuser: false, version: 3 });
  // The owner of the database is crm_definer no longer than that.
  expect(await sql(`select pg_has_role('crm_owner', 'crm_definer', 'usage') as is_definer`)).toEqual([
    { is_definer: false },
  ]);
});

test('a name that nobody has, and none, are told', async () => {
  for (const args of [['nobody.at.all'], ['nobody@people.example', '--revoke']]) {
    const { code, output } = await superuser(...args);
    expect({ code, output }).toEqual({
      code: 1,
      output: `Nobody signs in as ${args[0]}; register first, or check the name\n`,
    });
  }
  expect(await superuser()).toMatchObject({ code: 1, output: expect.stringContaining('LOGIN') });
  expect(await superuser('--help')).toMatchObject({ code: 0, output: expect.stringContaining('--revoke') });
});
