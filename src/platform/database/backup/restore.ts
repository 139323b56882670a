import { open } from 'node:fs/promises';
import { pipeline as connect } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Options } from '@mikro-orm/postgresql';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ConfigError, type DatabaseUrls } from '../../config.js';
import { withClient } from '../connection.js';
import { type DatabaseDesign, migrate } from '../migrate.js';
import { nameOf } from './back-up.js';
import { BackupReader, countLines, readHeader, type TableHeader, type Trailer } from './file.js';

/**
 * Loads a backup into an empty database in one transaction, and then migrates it to the newest schema. Throws a
 * ConfigError if the file is not a complete backup or was made by a newer server, and if the database is not empty.
 * Opens the database only after the backup's header was accepted.
 */
export async function restore(
  openDatabase: () => Promise<DatabaseUrls>,
  design: DatabaseDesign,
  file: string,
): Promise<Trailer['rows']> {
  const backup = await openBackup(file);
  const { schema } = await readHeader(backup);
  refuseNewer(design.config(''), schema);
  const urls = await openDatabase();
  refuseOtherSchema(await migrate(design, urls, schema), schema);
  const rows = await withClient(urls.migrationDatabaseUrl, async (client) => {
    await client.query('begin');
    const undo = await suspendConstraints(client);
    const loaded = await load(client, backup, undo).catch((error: NodeJS.ErrnoException) => {
      // SQLSTATE classes for invalid values, violated constraints and unknown names.
      throw /^(22|23|42)...$/.test(error.code ?? '')
        ? new ConfigError(`The file is not a complete backup: ${error.message}`)
        : error;
    });
    await client.query('commit');
    await client.query('analyze');
    return loaded;
  });
  await migrate(design, urls);
  return rows;
}

async function openBackup(file: string): Promise<BackupReader> {
  const opened = await open(file).catch((error: Error) => {
    throw new ConfigError(`The backup cannot be read: ${error.message}`);
  });
  // The reader of the stream gets its errors.
  return new BackupReader(connect(opened.createReadStream(), createGunzip(), () => undefined));
}

function refuseNewer({ migrations }: Options, schema: string): void {
  const known = migrations?.migrationsList?.some((migration) => 'name' in migration && migration.name === schema);
  if (!known)
    throw new ConfigError(
      `The backup was made by a newer server, with the schema ${schema}: restore it with that server`,
    );
}

function refuseOtherSchema(present: string, schema: string): void {
  if (present !== schema)
    throw new ConfigError(
      `The database already has the schema ${present}, and the backup ${schema}: restore into a new database, on ` +
        'which no server has started',
    );
}

/**
 * Suspends foreign keys, row-level security and triggers, so that rows can be loaded in any order. Returns the
 * statements that bring them back.
 */
async function suspendConstraints(client: Client): Promise<string[]> {
  const { rows: keys } = await client.query(
    `select conrelid::regclass::text as "table", quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint
     where contype = 'f'
       and connamespace = 'public'::regnamespace`,
  );
  const { rows: tables } = await client.query(
    `select oid::regclass::text as "table", relforcerowsecurity as forced
     from pg_class
     where relnamespace = 'public'::regnamespace
       and relkind = 'r'
       and relname <> 'migrations'`,
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

/** Loads all rows and brings the constraints back, which checks every row. */
async function load(client: Client, backup: BackupReader, undo: string[]): Promise<Trailer['rows']> {
  const rows = await loadTables(client, backup);
  await backup.end();
  await client.query(afterRestore);
  for (const statement of undo) await client.query(statement);
  return rows;
}

async function loadTables(client: Client, backup: BackupReader): Promise<Trailer['rows']> {
  const rows: Trailer['rows'] = {};
  for (;;) {
    const line: Partial<TableHeader & Trailer> = (await backup.json()) ?? {};
    const { table, columns, rows: counts } = line;
    if (counts) {
      const differs = Object.keys({ ...rows, ...counts }).filter((name) => rows[name] !== counts[name]);
      if (differs.length)
        throw new ConfigError(`The file is not a complete backup: rows of ${differs.join(', ')} are missing`);
      return rows;
    }
    if (!table || !Array.isArray(columns))
      throw new ConfigError('The file is not a complete backup: a table has no name');
    let count = 0;
    const counted = async function* () {
      for await (const block of backup.rows()) {
        count += countLines(block);
        yield block;
      }
    };
    await pipeline(counted, client.query(copyFrom(`copy ${nameOf({ table, columns })} from stdin`)));
    rows[table] = count;
  }
}

/** Runs the function that the schema of the backup has for the time when its rows are there. */
const afterRestore = `
  do $$
  begin
    if to_regproc('after_restore') is not null then perform after_restore(); end if;
  end
  $$`;
