import { randomBytes } from 'node:crypto';
import { createWriteStream, openSync, rmSync } from 'node:fs';
import { readlink, realpath, rename, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ConfigError, type DatabaseUrls } from '../../config.js';
import { withClient } from '../connection.js';
import type { DatabaseNames } from '../names.js';
import { countLines, endOfTable, format, type Header, product, type TableHeader, type Trailer } from './file.js';

/**
 * Writes all rows of the database, in one snapshot, to a file that only its owner may read. Other transactions go on
 * meanwhile. An existing file is replaced once the new one is complete; a link to it stays a link. Opens the database
 * only if the file can be written.
 */
export async function backUp(
  openDatabase: () => Promise<DatabaseUrls>,
  { definer }: DatabaseNames,
  file: string,
): Promise<Trailer['rows']> {
  const draft = await targetOf(resolve(file)).then(draftOf).catch(cannotWrite);
  const rows: Trailer['rows'] = {};
  try {
    const { migrationDatabaseUrl } = await openDatabase();
    await withClient(
      migrationDatabaseUrl,
      (client) => pipeline(Readable.from(textOf(client, definer, rows)), createGzip(), draft.stream),
      'MIGRATION_DATABASE_URL',
    );
    await draft.publish();
  } finally {
    draft.discard();
  }
  return rows;
}

function cannotWrite(error: Error): never {
  throw error instanceof ConfigError ? error : new ConfigError(`The backup cannot be written: ${error.message}`);
}

/** Follows links, even to a file that does not exist yet. Refuses anything that exists and is not a regular file. */
async function targetOf(path: string): Promise<string> {
  const found = await stat(path).catch(unlessMissing);
  if (found && !found.isFile())
    throw new ConfigError(
      `The backup cannot be written: ${path} is ${found.isDirectory() ? 'a folder' : 'not a regular file'}`,
    );
  if (found) return realpath(path);
  const link = await readlink(path).catch(unlessMissing);
  return link === null ? path : targetOf(resolve(await realpath(dirname(path)), link));
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error;
  return null;
}

/**
 * A new file beside the target, which takes its name once it is complete. It holds password hashes, so it is also
 * deleted when a signal ends the process. It is opened synchronously, so that no signal can arrive before that is
 * arranged.
 */
function draftOf(path: string) {
  const draft = `${path}.${randomBytes(6).toString('hex')}.part`;
  const stream = createWriteStream(draft, { fd: openSync(draft, 'wx', 0o600), flush: true });
  const remove = () => rmSync(draft, { force: true });
  process.once('exit', remove);
  return {
    stream,
    publish: () => rename(draft, path),
    discard() {
      process.off('exit', remove);
      stream.destroy();
      remove();
    },
  };
}

async function* textOf(client: Client, definer: string, rows: Trailer['rows']): AsyncGenerator<string | Buffer> {
  await client.query('begin isolation level repeatable read');
  const tables = await tablesOf(client);
  if (!tables.length) throw new ConfigError('The database is empty: no server has started on it yet');
  const { rows: migrations } = await client.query('select name from migrations order by id');
  // Row-level security applies to the owner as well. The grant is rolled back, so no other session ever sees it.
  await client.query(`grant ${definer} to current_user`);
  await client.query(`set local role ${definer}`);
  const header: Header = { product, format, schema: migrations.at(-1).name, takenAt: new Date().toISOString() };
  yield `${JSON.stringify(header)}\n`;
  for (const table of tables) {
    yield `${JSON.stringify(table)}\n`;
    let count = 0;
    for await (const chunk of client.query(copyTo(`copy ${nameOf(table)} to stdout`)) as AsyncIterable<Buffer>) {
      count += countLines(chunk);
      yield chunk;
    }
    yield endOfTable;
    rows[table.table] = count;
  }
  yield `${JSON.stringify({ rows } satisfies Trailer)}\n`;
  await client.query('rollback');
}

/**
 * All tables, without what the database that restores the backup makes itself: generated columns, and ids of
 * transactions, which mean nothing in another cluster.
 */
async function tablesOf(client: Client): Promise<TableHeader[]> {
  const { rows } = await client.query<TableHeader>(
    `select c.relname as "table", json_agg(a.attname order by a.attnum) as columns
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace
       and c.relkind = 'r'
       and c.relname <> 'migrations'
       and a.attnum > 0
       and not a.attisdropped
       and a.attgenerated = ''
       and a.atttypid <> 'xid8'::regtype
     group by c.relname
     order by c.relname`,
  );
  return rows;
}

/** A table with its columns, quoted for COPY. */
export const nameOf = ({ table, columns }: TableHeader): string =>
  `${quoted(table)} (${columns.map(quoted).join(', ')})`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
