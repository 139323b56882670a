import type { Client } from 'pg';
import { ConfigError } from '../platform/config.js';
import { withClient } from '../platform/database/connection.js';

interface Account {
  id: string;
  username: string;
}

/** Runs in a transaction as crm_definer: row-level security also binds the owner, who joins it for this transaction. */
export function withDefiner<Value>(ownerUrl: string, does: (client: Client) => Promise<Value>): Promise<Value> {
  const work = async (client: Client): Promise<Value> => {
    await client.query('begin; grant crm_definer to current_user; set local role crm_definer');
    const done = await does(client);
    await client.query('reset role; revoke crm_definer from current_user; commit');
    return done;
  };
  return withClient(ownerUrl, work, 'MIGRATION_DATABASE_URL');
}

/** Finds and locks the secrets of the account with this sign-in name or e-mail address, in any case. */
export async function findAccount(client: Client, typed: string): Promise<Account> {
  const login = typed.trim().normalize('NFC');
  const { rows } = await client.query<Account>(
    `select u.id, u.username
     from users u
     join user_secrets s on s.user_id = u.id
     where case when $1 like '%@%' then u.email = $2 else u.username_sort = folded($1) end
     for no key update of s`,
    [login, login.toLowerCase()],
  );
  if (!rows[0]) throw new ConfigError(`Nobody signs in as ${login}; register first, or check the name`);
  return rows[0];
}
