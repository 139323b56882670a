import { sql } from './database.js';

/** The right is changed as the command does, which also changes the accounts. */
export const changeSuperusers = `
  with changed as (
    update user_secrets set is_superuser = $2 where user_id = any($1::uuid[])
  )
  update users set updated_at = updated_at where id = any($1::uuid[])`;

/** Makes superusers, as an operator would. */
export const makeSuperusers = (...people: { id: string }[]) =>
  sql(changeSuperusers, [people.map(({ id }) => id), true]);
