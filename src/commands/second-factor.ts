import type { Client } from 'pg';
import { ConfigError } from '../platform/config.js';
import { findAccount, withDefiner } from './accounts.js';
import { onDatabase } from './on-database.js';

const help = `npm run second-factor -- remove LOGIN   removes the second factor of the user with this sign-in name or
                                        e-mail address, who then signs in with the password alone

For a user who has lost both the device and the recovery codes. First make sure that it is that user who asks.`;

await onDatabase(help, { words: ['remove', 'LOGIN'] }, async (open, { words: [verb, login] }) => {
  if (verb !== 'remove') throw new ConfigError(`There is no ${verb}, only remove\n\n${help}`);
  const { migrationDatabaseUrl } = await open({ mustExist: true });
  const { username, had } = await withDefiner(migrationDatabaseUrl, (client) => remove(client, login!));
  console.log(`${username} ${had ? 'no longer has a' : 'has no'} second factor.`);
});

async function remove(client: Client, login: string): Promise<{ username: string; had: boolean }> {
  const { id, username } = await findAccount(client, login);
  const { rows } = await client.query<{ had: boolean }>('select forget_second_factor($1) as had', [id]);
  return { username, had: rows[0]!.had };
}
