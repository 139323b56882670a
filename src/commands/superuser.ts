import type { Client } from 'pg';
import { ConfigError } from '../platform/config.js';
import { withClient } from '../platform/database/connection.js';
import { onDatabase } from './on-database.js';

const help = `npm run superuser -- LOGIN            makes the user with this sign-in name or e-mail address a superuser
npm run superuser -- LOGIN --revoke   revokes it

A superuser holds every permission in each organization that they are a member of, and closes and opens accounts. A
running server notices within two seconds.`;

await onDatabase(help, { words: ['LOGIN'], flags: ['revoke'] }, async (open, { words: [login], flags }) => {
  const isSuperuser = !flags.has('revoke');
  const { migrationDatabaseUrl } = await open({ mustExist: true });
  const { username, changed } = await change(migrationDatabaseUrl, login!.trim().normalize('NFC'), isSuperuser);
  const [was, is] = isSuperuser ? ['is already', 'is now'] : ['is not', 'is no longer'];
  console.log(`${username} ${changed ? is : was} a superuser.`);
});

interface Outcome {
  username: string;
  changed: boolean;
}

/** Row-level security also binds the owner, who therefore joins crm_definer for this transaction. */
function change(ownerUrl: string, login: string, isSuperuser: boolean): Promise<Outcome> {
  const work = async (client: Client): Promise<Outcome> => {
    await client.query('begin; grant crm_definer to current_user; set local role crm_definer');
    const { rows } = await client.query<Outcome & { id: string }>(
      `select u.id, u.username, s.is_superuser <> $3 as changed
       from users u
       join user_secrets s on s.user_id = u.id
       where case when $1 like '%@%' then u.email = $2 else u.username_sort = folded($1) end
       for no key update of s`,
      [login, login.toLowerCase(), isSuperuser],
    );
    const [found] = rows;
    if (!found) throw new ConfigError(`Nobody signs in as ${login}; register first, or check the name`);
    if (found.changed) {
      await client.query('update user_secrets set is_superuser = $2 where user_id = $1', [found.id, isSuperuser]);
      // Changes of access lock the accounts of superusers, so they wait for this.
      await client.query('update users set updated_at = now(), version = version + 1 where id = $1', [found.id]);
    }
    await client.query('reset role; revoke crm_definer from current_user; commit');
    return found;
  };
  return withClient(ownerUrl, work, 'MIGRATION_DATABASE_URL');
}
