import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ConfigError } from '../../config.js';
import { withClient } from '../connection.js';
import { countLines, endOfTable, format, type Header, product, type TableHeader, type Trailer } from './file.js';

/**
 * Writes all rows of the database, as they were at one moment, to a file that only its owner may read. Readers and
 * writers go on meanwhile. A file of that name is replaced when the new one is whole.
 */
export async function backUp(ownerUrl: string, file: string): Promise<Trailer['rows']> {
  const half = `${file}.${process.pid}.part`;
  const target = await open(half, 'wx', 0o600).catch((error: Error) => {
    throw new ConfigError(`The backup cannot be written: ${error.message}`);
  });
  const rows: Trailer['rows'] = {};
  try {
    await withClient(
      ownerUrl,
      (client) =>
        pipeline(Readable.from(textOf(client, rows)), createGzip(), target.createWriteStream({ flush: true })),
      'MIGRATION_DATABASE_URL',
    );
    await rename(half, file);
  } catch (error) {
    await target.close().catch(() => undefined);
    await rm(half, { force: true });
    throw error;
  }
  return rows;
}

async function* textOf(client: Client, rows: Trailer['rows']): AsyncGenerator<string | Buffer> {
  await client.query('begin isolation level repeatable read');
  const tables = await tablesOf(client);
  if (!tables.length) throw new ConfigError('The database holds nothing yet: no server has started on it');
  const { rows: migrations } = await client.query('select name from migrations order by id');
  // Row-level security binds the owner, too. Nobody else sees this grant, which is rolled back.
  await client.query('grant crm_definer to current_user');
  await client.query('set local role crm_definer');
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

/** Generated columns are left to the database that they will be in. */
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
     group by c.relname
     order by c.relname`,
  );
  return rows;
}

/** A table with its columns, as COPY names them. */
export const nameOf = ({ table, columns }: TableHeader): string =>
  `${quoted(table)} (${columns.map(quoted).join(', ')})`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
