import { MikroORM, type Options } from '@mikro-orm/postgresql';
import type { Client } from 'pg';
import { ConfigError, type DatabaseUrls } from '../config.js';
import { withClient } from './connection.js';
import type { DatabaseNames } from './names.js';

/** Any number that nobody else locks: servers that start at once take turns. */
const migrationLock = 7_206_114_055;

/** The product's entities and migrations, and the names of its roles. */
export interface DatabaseDesign {
  config: (clientUrl: string) => Options;
  names: DatabaseNames;
}

/**
 * Brings the database to the newest schema, or only as far as migration `to`. Makes missing roles first. Answers the name
 * of the last migration that has run.
 */
export async function migrate(
  { config, names }: DatabaseDesign,
  { databaseUrl, migrationDatabaseUrl: ownerUrl }: DatabaseUrls,
  to?: string,
): Promise<string> {
  return withClient(
    ownerUrl,
    async (turn) => {
      await turn.query('select pg_advisory_lock($1)', [migrationLock]);
      await makeRoles(turn, new URL(databaseUrl), names);
      const orm = await MikroORM.init(config(ownerUrl));
      try {
        await orm.migrator.up(to === undefined ? undefined : { to });
      } finally {
        await orm.close();
      }
      const { rows } = await turn.query('select name from migrations order by id desc limit 1');
      return rows[0].name;
    },
    'MIGRATION_DATABASE_URL',
  );
}

/** Roles belong to the server and not to the database, so they are older than the first migration. */
async function makeRoles(client: Client, { username, password }: URL, names: DatabaseNames): Promise<void> {
  const { serving, definer } = names;
  if (username !== serving) throw new ConfigError(`DATABASE_URL must connect as ${serving}, not as ${username}`);
  const missing = async (role: string) =>
    (await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 0;
  if (await missing(serving))
    await client.query(`create role ${serving} login password ${client.escapeLiteral(decodeURIComponent(password))}`);
  if (await missing(definer)) await client.query(`create role ${definer} nologin`);
  await client.query(`grant usage on schema public to ${serving}, ${definer}`);
  await client.query('create extension if not exists pg_trgm');
  await client.query('create extension if not exists btree_gin');
}

/** Refuses to serve as a role that row-level security does not bind. */
export async function refuseUnboundRole(servingUrl: string, { serving, definer }: DatabaseNames): Promise<void> {
  const { rows } = await withClient(servingUrl, (client) => client.query(boundness, [definer]), 'DATABASE_URL');
  if (rows[0].unbound)
    throw new ConfigError(
      `DATABASE_URL connects as a superuser, with BYPASSRLS or as the owner of tables or a member of ${definer}, none of which row-level security binds: use a plain role ${serving}`,
    );
}

const boundness = `
  select rolsuper or rolbypassrls or pg_has_role($1::name, 'member') or exists (
    select from pg_class where relnamespace = 'public'::regnamespace and pg_has_role(relowner, 'member')
  ) as unbound
  from pg_roles where rolname = current_user`;
