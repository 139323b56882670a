import { setTimeout as pause } from 'node:timers/promises';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import type { Client } from 'pg';
import { ConfigError, type DatabaseUrls } from '../config.js';
import { withClient } from './connection.js';
import type { DatabaseNames } from './names.js';
import { refusePooler } from './pooler.js';
import { Waiting } from './waiting.js';

/** Key of the advisory lock that makes servers that start at the same time migrate one after the other; arbitrary. */
const migrationLock = 7_206_114_055;
const tryEveryMs = 250;

/** The product's entities and migrations, and the names of its roles. */
export interface DatabaseDesign {
  config: (clientUrl: string) => Options;
  names: DatabaseNames;
}

/**
 * Migrates the database to the newest schema, or only up to migration `to`, after creating missing roles. Returns the
 * name of the last migration that has run.
 */
export async function migrate(
  { config, names }: DatabaseDesign,
  { databaseUrl, migrationDatabaseUrl: ownerUrl }: DatabaseUrls,
  to?: string,
): Promise<string> {
  return withClient(
    ownerUrl,
    async (client) => {
      await refusePooler(client);
      await refuseOtherOwner(client);
      await lock(client);
      await makeRoles(client, new URL(databaseUrl), names);
      const orm = await MikroORM.init(config(ownerUrl));
      try {
        await orm.migrator.up(to === undefined ? undefined : { to });
      } finally {
        await orm.close();
      }
      const { rows } = await client.query('select name from migrations order by id desc limit 1');
      return rows[0].name;
    },
    'MIGRATION_DATABASE_URL',
  );
}

/** Refuses a connection that cannot migrate. */
async function refuseOtherOwner(client: Client): Promise<void> {
  const { rows } = await client.query(`
    select pg_is_in_recovery() as "isStandby", pg_has_role(datdba, 'usage') as "isOwner", datname as database
    from pg_database
    where datname = current_database()`);
  const { isStandby, isOwner, database } = rows[0];
  if (isStandby) throw new ConfigError('MIGRATION_DATABASE_URL leads to a standby: connect to the primary');
  if (!isOwner)
    throw new ConfigError(
      `MIGRATION_DATABASE_URL connects as a role that does not own the database ${database}: ` +
        'name the owner, and the database of DATABASE_URL',
    );
}

/** Waits for another server that migrates the database, and says so. */
async function lock(client: Client): Promise<void> {
  for (const waiting = new Waiting(); ; await pause(tryEveryMs)) {
    const { rows } = await client.query(tryLock, [migrationLock]);
    const { locked, holder } = rows[0];
    if (locked) return waiting.end();
    const advice = `; if that one is gone, end its session: select pg_terminate_backend(${holder})`;
    waiting.tell(`Waits for another server that migrates the database${waiting.seconds < 60 || !holder ? '' : advice}`);
  }
}

/** The session that holds the lock, for the case that its server is gone and PostgreSQL has not noticed. */
const tryLock = `
  select pg_try_advisory_lock($1) as locked, (
    select pid
    from pg_locks
    where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())
      and classid::bigint = $1::bigint >> 32
      and objid::bigint = $1::bigint & 4294967295
    limit 1
  ) as holder`;

/** Roles belong to the cluster and not to a database, so no migration creates them. */
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

/** Refuses to serve another database than the one that was migrated, or a standby, which takes no writes. */
export async function refuseOtherDatabase({ databaseUrl, migrationDatabaseUrl }: DatabaseUrls): Promise<void> {
  const [serving, migrated] = await Promise.all(
    [databaseUrl, migrationDatabaseUrl].map((url) =>
      withClient(url, async (client) => (await client.query(place)).rows[0]),
    ),
  );
  if (serving.isStandby)
    throw new ConfigError(
      'DATABASE_URL leads to a standby: name the primary, and the standby in DATABASE_REPLICA_URLS',
    );
  if (serving.id !== migrated.id)
    throw new ConfigError(
      'DATABASE_URL and MIGRATION_DATABASE_URL lead to different databases: they must name the same',
    );
}

/** Everybody may ask for these; services may keep the identifier of the cluster to themselves. */
const place = `
  select pg_is_in_recovery() as "isStandby", concat_ws('/', pg_postmaster_start_time(), oid) as id
  from pg_database
  where datname = current_database()`;

/** Refuses to serve as a role that bypasses row-level security. */
export async function refuseUnboundRole(servingUrl: string, { serving, definer }: DatabaseNames): Promise<void> {
  const { rows } = await withClient(servingUrl, (client) => client.query(boundness, [definer]), 'DATABASE_URL');
  if (rows[0].unbound)
    throw new ConfigError(
      `DATABASE_URL connects as a superuser, with BYPASSRLS or as the owner of tables or a member of ${definer}, ` +
        `which all bypass row-level security: use a plain role ${serving}`,
    );
}

const boundness = `
  select rolsuper
    or rolbypassrls
    or pg_has_role($1::name, 'member')
    or exists (
      select from pg_class
      where relnamespace = 'public'::regnamespace
        and pg_has_role(relowner, 'member')
    ) as unbound
  from pg_roles
  where rolname = current_user`;
