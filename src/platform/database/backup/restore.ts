import { open } from 'node:fs/promises';
import { pipeline as connect } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Options } from '@mikro-orm/postgresql';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ConfigError, type DatabaseUrls } from '../../config.js';
import { withClient } from '../connection.js';
import { migrate } from '../migrate.js';
import { nameOf } from './back-up.js';
import { BackupReader, countLines, readHeader, type TableHeader, type Trailer } from './file.js';

/**
 * Loads a backup into a database without rows, all of it or nothing, and then brings it to the newest schema. Throws a
 * ConfigError for a file that is no whole backup, or of a newer server, and for a database that holds something.
 */
export async function restore(
  { databaseUrl, migrationDatabaseUrl }: DatabaseUrls,
  config: (clientUrl: string) => Options,
  file: string,
): Promise<Trailer['rows']> {
  const backup = await openBackup(file);
  const { schema } = await readHeader(backup);
  refuseNewer(config(migrationDatabaseUrl), schema);
  await migrate(config, migrationDatabaseUrl, databaseUrl, schema);
  const rows = await withClient(migrationDatabaseUrl, async (client) => {
    await client.query('begin');
    await refuseOtherSchema(client, schema);
    const undo = await liftRules(client);
    const loaded = await load(client, backup).catch((error: NodeJS.ErrnoException) => {
      // PostgreSQL's classes for wrong values, broken rules and unknown names.
      throw /^(22|23|42)...$/.test(error.code ?? '')
        ? new ConfigError(`The file is no whole backup: ${error.message}`)
        : error;
    });
    for (const statement of undo) await client.query(statement);
    await client.query('commit');
    await client.query('analyze');
    return loaded;
  });
  await migrate(config, migrationDatabaseUrl, databaseUrl);
  return rows;
}

async function openBackup(file: string): Promise<BackupReader> {
  const opened = await open(file).catch((error: Error) => {
    throw new ConfigError(`The backup cannot be read: ${error.message}`);
  });
  // Its reader is told of what goes wrong.
  return new BackupReader(connect(opened.createReadStream(), createGunzip(), () => undefined));
}

function refuseNewer({ migrations }: Options, schema: string): void {
  const known = migrations?.migrationsList?.some((one) => 'name' in one && one.name === schema);
  if (!known) throw new ConfigError(`The backup was made by a newer server, with the schema ${schema}: use that one`);
}

async function refuseOtherSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query('select name from migrations order by id desc limit 1');
  if (rows[0].name !== schema)
    throw new ConfigError(
      `The database already has the schema ${rows[0].name}, and the backup ${schema}: restore into a new database, on which no server has started`,
    );
}

/** Lets rows come in any order and past all policies; answers the statements that bring the rules back. */
async function liftRules(client: Client): Promise<string[]> {
  const { rows: keys } = await client.query(
    `select conrelid::regclass::text as "table", quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  const { rows: tables } = await client.query(
    `select oid::regclass::text as "table", relforcerowsecurity as forced
     from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'migrations'`,
  );
  for (const { table, name } of keys) await client.query(`alter table ${table} drop constraint ${name}`);
  for (const { table } of tables)
    await client.query(`alter table ${table} no force row level security, disable trigger user`);
  for (const { table } of tables)
    if ((await client.query(`select from ${table} limit 1`)).rowCount)
      throw new ConfigError(`The database is not empty (${table} has rows): restore into a new one`);
  return [
    ...keys.map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`),
    ...tables.map(({ table, forced }) => {
      const force = forced ? 'force row level security, ' : '';
      return `alter table ${table} ${force}enable trigger user`;
    }),
  ];
}

async function load(client: Client, backup: BackupReader): Promise<Trailer['rows']> {
  const rows: Trailer['rows'] = {};
  for (;;) {
    const head = (await backup.json()) as TableHeader | Trailer | null;
    if (!head) throw new ConfigError('The file is no whole backup: a table has no name');
    if ('rows' in head) {
      const differs = Object.keys({ ...rows, ...head.rows }).filter((table) => rows[table] !== head.rows[table]);
      if (differs.length)
        throw new ConfigError(`The file is no whole backup: rows of ${differs.join(', ')} are missing`);
      return rows;
    }
    let count = 0;
    const counted = async function* () {
      for await (const block of backup.rows()) {
        count += countLines(block);
        yield block;
      }
    };
    await pipeline(counted, client.query(copyFrom(`copy ${nameOf(head)} from stdin`)));
    rows[head.table] = count;
  }
}
