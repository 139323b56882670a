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

/** Creates missing roles. Roles belong to the cluster and not to a database, so no migration creates them. */
export const makeRoles = (urls: DatabaseUrls, names: DatabaseNames): Promise<void> =>
  asOwner(urls, (client) => makeMissingRoles(client, new URL(urls.databaseUrl), names));

/**
 * Migrates the database to the newest schema, or only up to migration `to`, after creating missing roles. Returns the
 * name of the last migration that has run.
 */
export const migrate = ({ config, names }: DatabaseDesign, urls: DatabaseUrls, to?: string): Promise<string> =>
  asOwner(urls, async (client) => {
    await makeMissingRoles(client, new URL(urls.databaseUrl), names);
    await prepare(client, names);
    const orm = await MikroORM.init(config(urls.migrationDatabaseUrl));
    try {
      await orm.migrator.up(to === undefined ? undefined : { to });
    } finally {
      await orm.close();
    }
    const { rows } = await client.query('select name from migrations order by id desc limit 1');
    return rows[0].name;
  });

/** Works on the database as its owner, with the lock of migrations. Throws a ConfigError if the role is another one. */
const asOwner = <Value>(
  { migrationDatabaseUrl }: DatabaseUrls,
  work: (client: Client) => Promise<Value>,
): Promise<Value> =>
  withClient(
    migrationDatabaseUrl,
    async (client) => {
      await refusePooler(client);
      const { isStandby, isOwner, name } = await factsOf(client);
      if (isStandby) throw new ConfigError('MIGRATION_DATABASE_URL leads to a standby: connect to the primary');
      if (!isOwner)
        throw new ConfigError(
          `MIGRATION_DATABASE_URL connects as a role that does not own the database ${name}: ` +
            'name the owner, and the database of DATABASE_URL',
        );
      await lock(client);
      return work(client);
    },
    'MIGRATION_DATABASE_URL',
  );

interface Facts {
  isStandby: boolean;
  isOwner: boolean;
  /** Name of the database. */
  name: string;
  /** The same for all sessions in the database, until PostgreSQL restarts. */
  identity: string;
}

/** Everybody may ask for these; services may keep the identifier of the cluster to themselves. */
async function factsOf(client: Client): Promise<Facts> {
  const { rows } = await client.query(`
    select pg_is_in_recovery() as "isStandby",
      pg_has_role(datdba, 'usage') as "isOwner",
      datname as name,
      concat_ws('/', extract(epoch from pg_postmaster_start_time()), oid) as identity
    from pg_database
    where datname = current_database()`);
  return rows[0];
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

async function makeMissingRoles(client: Client, { username, password }: URL, names: DatabaseNames): Promise<void> {
  const { serving, definer } = names;
  if (username !== serving) throw new ConfigError(`DATABASE_URL must connect as ${serving}, not as ${username}`);
  const missing = async (role: string) =>
    (await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 0;
  if (await missing(serving))
    await client.query(`create role ${serving} login password ${client.escapeLiteral(decodeURIComponent(password))}`);
  if (await missing(definer)) await client.query(`create role ${definer} nologin`);
}

/** Gives the roles the schema, and the schema the extensions that migrations need. */
async function prepare(client: Client, { serving, definer }: DatabaseNames): Promise<void> {
  await client.query(`grant usage on schema public to ${serving}, ${definer}`);
  await client.query('create extension if not exists pg_trgm');
  await client.query('create extension if not exists btree_gin');
}

/** Refuses to serve from a standby, which takes no writes, and from another database than the one to be migrated. */
export async function refuseOtherDatabase({ databaseUrl, migrationDatabaseUrl }: DatabaseUrls): Promise<void> {
  const serving = await withClient(databaseUrl, factsOf, 'DATABASE_URL');
  if (serving.isStandby)
    throw new ConfigError(
      'DATABASE_URL leads to a standby: name the primary, and the standby in DATABASE_REPLICA_URLS',
    );
  const { identity } = await withClient(migrationDatabaseUrl, factsOf, 'MIGRATION_DATABASE_URL');
  if (serving.identity !== identity)
    throw new ConfigError(
      'DATABASE_URL and MIGRATION_DATABASE_URL lead to different databases: they must name the same',
    );
}

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
