import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { withClient } from '../src/platform/database/connection.js';
import { ask, boot, newFolder, stop, urlOf } from './support/boot.js';
import { emptyDatabase, own, runCommand, settingsOf } from './support/commands.js';
import { sql, urlsOf } from './support/database.js';
import { olderDatabase } from './support/older-database.js';
import { newTenant } from './support/tenant.js';

const folder = newFolder();
const file = join(folder, 'crm.gz');
/** Looks at a database past all policies. */
const looked = async <Row extends pg.QueryResultRow>(database: string, text: string): Promise<Row[]> =>
  withClient(urlsOf(database).superuserUrl, async (client) => (await client.query<Row>(text)).rows);

/**
 * All rows of all tables but that of the migrations, generated columns included, as text in a fixed order, without ids
 * of transactions.
 */
async function everyRow(database: string): Promise<Record<string, string[]>> {
  const tables = await looked<{ name: string }>(
    database,
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'migrations'`,
  );
  const all: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await looked<{ text: string }>(
      database,
      `select (to_jsonb(t) - 'xid')::text as text from ${name} t order by 1`,
    );
    all[name] = rows.map(({ text }) => text);
  }
  return all;
}

/** The same without the rows of one table that others refer to. */
const withoutOrganizations = (text: string): string =>
  text
    .replace(/(\{"table":"organizations".*\n)[\s\S]*?(\\\.\n)/, '$1$2')
    .replace(/"organizations":\d+/, '"organizations":0');

const nameIn = ({ DATABASE_URL }: { DATABASE_URL: string }) => new URL(DATABASE_URL).pathname.slice(1);

beforeAll(async () => {
  const { owner } = await newTenant();
  const create = `
    mutation ($rows: [CreateCustomerRow!]!) {
      createCustomers(rows: $rows) { results { errors { message } } }
    }
  `;
  const texts = ['a\\b\nd', '\\.', '\\N', 'Zoë 🙂', 'one\u2028two', '{"a":null}'];
  const rows = texts.map((description, n) => ({
    input: { email: `c${n}@backup.example`, description, tags: ['a\\b', '{', 'Zoë'] },
  }));
  const { createCustomers } = await owner.request<{ createCustomers: { results: unknown[] } }>(create, { rows });
  expect(createCustomers).toEqual({ results: rows.map(() => ({ errors: [] })) });
});

describe('a backup', () => {
  test('holds every row, is readable by its owner alone, and leaves nothing else behind', async () => {
    expect(await runCommand('backup', own, file)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/rows of \d+ tables/),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['crm.gz']);
    const granted = `select from pg_auth_members
      where roleid = 'crm_definer'::regrole and member = 'crm_owner'::regrole and set_option`;
    expect(await sql(granted)).toEqual([]);
  });

  test('is restored row by row into an empty database, with its rules', async () => {
    const target = await emptyDatabase();
    expect(await runCommand('restore', target, file)).toMatchObject({ code: 0 });
    const restored = await everyRow(nameIn(target));
    expect(restored).toEqual(await everyRow(nameIn(own)));
    expect(restored.customers!.length).toBeGreaterThan(5);
    for (const rules of [
      `select conrelid::regclass::text as a, conname as b, pg_get_constraintdef(oid) as c
       from pg_constraint
       order by 1, 2`,
      `select relname as a, relforcerowsecurity as b from pg_class where relkind = 'r' order by 1`,
      `select tgrelid::regclass::text as a, tgname as b, tgenabled as c
       from pg_trigger
       where not tgisinternal
       order by 1, 2`,
    ])
      expect(await looked(nameIn(target), rules)).toEqual(await looked(nameIn(own), rules));
    const again = await runCommand('restore', target, file);
    expect(again).toMatchObject({ code: 1, output: expect.stringMatching(/^The database is not empty/) });
  });

  test('of an older schema is brought to the newest one', async () => {
    const older = await olderDatabase('0012-accounts');
    // Since 0013 a backup may read them, which the version before had no command for.
    await older.sql('create policy definer on idempotency_keys to crm_definer using (true)');
    await older.sql('grant select on idempotency_keys to crm_definer');
    await older.insert('organizations', [
      { name: 'Old', slug: 'old', currency: 'USD', timezone: 'UTC', settings: {}, is_active: true },
    ]);
    const old = join(folder, 'old.gz');
    expect(await runCommand('backup', settingsOf(older.name), old)).toMatchObject({ code: 0 });
    await older.drop();
    const target = await emptyDatabase();
    expect(await runCommand('restore', target, old)).toMatchObject({ code: 0 });
    expect((await everyRow(nameIn(target))).organizations).toHaveLength(1);
    const [last] = await looked(nameIn(target), 'select name from migrations order by id desc limit 1');
    expect(last).toEqual((await looked(nameIn(own), 'select name from migrations order by id desc limit 1'))[0]);
  });

  const spoilt: [string, (text: string) => Buffer, RegExp][] = [
    ['cut off', () => readFileSync(file).subarray(0, -50), /not a complete backup/],
    ['without its last lines', (text) => gzipSync(text.slice(0, text.lastIndexOf('\\.'))), /not a complete backup/],
    [
      'with a row less',
      (text) => gzipSync(text.replace(/(\{"table":"memberships".*\n).*\n/, '$1')),
      /not a complete backup/,
    ],
    ['of another product', (text) => gzipSync(text.replace('too-good-crm', 'other')), /not a backup of this server/],
    ['of a newer format', (text) => gzipSync(text.replace('"format":1', '"format":2')), /format 2/],
    ['of a newer schema', (text) => gzipSync(text.replace(/"schema":"\d+/, '"schema":"9999')), /newer/],
    ['with text after its end', (text) => gzipSync(`${text}more\n`), /not a complete backup.*follows/],
    [
      'with another file after it',
      () => Buffer.concat([readFileSync(file), Buffer.from('more')]),
      /not a complete backup/,
    ],
    [
      'with rows that miss their parent',
      (text) => gzipSync(withoutOrganizations(text)),
      /not a complete backup.*foreign key/,
    ],
    ['with a line that names no table', (text) => gzipSync(text.replace('\n{', '\n[1]\n{')), /not a complete backup/],
    ['that is empty', () => Buffer.alloc(0), /not a complete backup/],
    ['that is not gzip', () => Buffer.from('hello'), /not a complete backup/],
  ];
  /** Of all spoilt ones: what is refused leaves it as empty as it was. */
  let refusing: Awaited<ReturnType<typeof emptyDatabase>>;
  beforeAll(async () => {
    refusing = await emptyDatabase();
  });

  test.each(spoilt)('%s is refused in one sentence, and nothing is loaded', async (_name, spoil, message) => {
    const bad = join(folder, 'bad.gz');
    writeFileSync(bad, spoil(gunzipSync(readFileSync(file)).toString('utf8')));
    const { code, output } = await runCommand('restore', refusing, bad);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringMatching(message) });
    expect(output.trim()).not.toContain('\n');
    expect(Object.values(await everyRow(nameIn(refusing))).flat()).toEqual([]);
  });

  test('is restored where spoilt ones were refused', async () => {
    expect(await runCommand('restore', refusing, file)).toMatchObject({ code: 0 });
  });

  test('begins another incarnation of the log, also in the emptied database that it was taken from', async () => {
    const database = nameIn(refusing);
    const incarnation = () => looked(database, 'select incarnation from log_position()');
    const before = await incarnation();
    await looked(database, 'drop schema public cascade');
    await looked(database, 'create schema public authorization crm_owner');
    expect(await runCommand('restore', refusing, file)).toMatchObject({ code: 0 });
    expect(await incarnation()).not.toEqual(before);
  });

  test('needs a file that can be written or read, and says what it takes', async () => {
    const cases = [
      await runCommand('backup', own, join(folder, 'none/crm.gz')),
      await runCommand('restore', own, join(folder, 'none.gz')),
      await runCommand('backup', own),
      await runCommand('restore', own, '--force', file),
      await runCommand('backup', await emptyDatabase(), join(folder, 'empty.gz')),
    ];
    for (const { code, output } of cases) {
      expect(code).toBe(1);
      expect(output).not.toMatch(/^\s+at /m);
    }
    expect(cases[0]!.output).toMatch(/cannot be written/);
    expect(cases[1]!.output).toMatch(/cannot be read/);
    expect(cases[4]!.output).toMatch(/is empty: no server/);
    expect(readdirSync(folder).filter((name) => /empty|part/.test(name))).toEqual([]);
    expect(cases[2]!.output).toMatch(/It takes FILE.*npm run backup/s);
  });
});

test('the embedded database is backed up while the server runs, and restored into a new folder', async () => {
  const login =
    'mutation { login(input: { username: "olivia.grant", password: "demo-password" }) { user { username } } }';
  const [DATA_FOLDER, copy] = [newFolder(), newFolder()];
  const backup = join(folder, 'embedded.gz');
  const server = boot({ DATA_FOLDER });
  await urlOf(server);
  expect(await runCommand('backup', { DATA_FOLDER }, backup)).toMatchObject({ code: 0 });
  await stop(server);
  expect(await runCommand('restore', { DATA_FOLDER: copy }, backup)).toMatchObject({ code: 0 });
  const restored = boot({ DATA_FOLDER: copy });
  expect((await ask(await urlOf(restored), login)).errors).toBeUndefined();
  await stop(restored);
});
