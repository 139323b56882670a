import type { Client } from 'pg';
import { findAccount, withDefiner } from './accounts.js';
import { onDatabase } from './on-database.js';

const help = `npm run superuser -- LOGIN            makes the user with this sign-in name or e-mail address a superuser
npm run superuser -- LOGIN --revoke   revokes it

A superuser holds every permission in each organization that they are a member of, and closes and opens accounts. A
running server notices within 5 seconds.`;

await onDatabase(help, { words: ['LOGIN'], flags: ['revoke'] }, async (open, { words: [login], flags }) => {
  const isSuperuser = !flags.has('revoke');
  const { migrationDatabaseUrl } = await open({ mustExist: true });
  const { username, changed } = await withDefiner(migrationDatabaseUrl, (client) =>
    change(client, login!, isSuperuser),
  );
  const [was, is] = isSuperuser ? ['is already', 'is now'] : ['is not', 'is no longer'];
  console.log(`${username} ${changed ? is : was} a superuser.`);
});

async function change(
  client: Client,
  login: string,
  isSuperuser: boolean,
): Promise<{ username: string; changed: boolean }> {
  const { id, username } = await findAccount(client, login);
  const { rowCount } = await client.query(
    'update user_secrets set is_superuser = $2 where user_id = $1 and is_superuser <> $2',
    [id, isSuperuser],
  );
  const changed = rowCount === 1;
  // Changes of access lock the accounts of superusers, so they wait for this.
  if (changed) await client.query('update users set updated_at = now(), version = version + 1 where id = $1', [id]);
  return { username, changed };
}
