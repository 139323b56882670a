import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { migrations } from '../migrations/index.js';
import { type OlderDatabase, oldCustomer, olderDatabase, oldStage } from './support/older-database.js';

let older: OlderDatabase;
const organization = v7();
const [alone, pipeline] = [v7(), v7()];

/** Rows of a table; all but those of accounts and organizations belong to the one organization. */
const insert = (table: string, rows: object[]): Promise<string[]> =>
  older.insert(table, rows, ['users', 'organizations'].includes(table) ? undefined : organization);

const user = (fields: object) => ({
  password_hash: 'x',
  timezone: 'UTC',
  language: 'en',
  is_active: true,
  is_superuser: false,
  ...fields,
});

beforeAll(async () => {
  older = await olderDatabase('0008-many-codes');
  const settled = { currency: 'USD', timezone: 'UTC', settings: {}, is_active: true };
  await insert('organizations', [{ id: organization, name: 'Zoe\u0308 & Co', slug: 'zoe', ...settled }]);
  await insert('users', [
    user({ username: 'ann', email: 'ann@x.example', phone: '++43 1+234567' }),
    user({ username: 'ann2', email: 'a\u200bnn@x.example', timezone: 'CET' }),
    user({ username: 'bob', email: 'bob@x.example', timezone: 'Nowhere/Land' }),
    user({ username: 'cat', email: 'cat@x.example', timezone: 'IST' }),
  ]);
  await insert(
    'roles',
    ['Straße', 'STRASSE', 'Zoe\u0308', 'Zo\u00eb', 'Zo\u00eb\u200b', 'Only\u200b me'].map((name, n) => ({
      name,
      slug: `r-${n}`,
      is_system_role: false,
      is_active: true,
    })),
  );
  await insert('pipelines', [{ id: pipeline, code: 'PIPE-0001', name: 'Sales', is_active: true, is_default: true }]);
  await insert('pipeline_stages', [
    oldStage(pipeline, 'Zoe\u0308', 1),
    oldStage(pipeline, 'Zo\u00eb', 2),
    oldStage(pipeline, 'Won', 3),
  ]);
  await insert('customers', [
    oldCustomer({ id: alone, name: 'Ac\u200bme', external_id: 'Zo\u00eb', website: 'https://me:secret@x.example/a' }),
    oldCustomer({ name: 'می\u200cخواهم', external_id: 'Zoe\u0308', phone: '(0)1/2345678' }),
    oldCustomer({ name: '\u200b', description: 'one\u200btwo', tags: ['Zoe\u0308', 'Zo\u00eb', 'b'] }),
  ]);
  await older.sql(`update customers set tags = array['a', null, 'b'] where id = $1`, [alone]);
  await older.upgrade();
});

afterAll(() => older.drop());

const read = async (table: string, columns: string) =>
  (await older.sql<Record<string, unknown>>(`select ${columns} from ${table} order by created_at, id`)).map((row) =>
    Object.values(row),
  );

test('a database of the version before is upgraded by the migrations that it lacks', async () => {
  const run = await older.sql<{ name: string }>('select name from migrations order by name');
  expect(run.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
});

describe('texts of the version before', () => {
  test('have one form, and names that become one get a number', async () => {
    expect((await read('roles', 'name')).flat()).toEqual([
      'Straße',
      'STRASSE (2)',
      'Zo\u00eb',
      'Zo\u00eb (2)',
      'Zo\u00eb (3)',
      'Only me',
    ]);
    expect((await read('pipeline_stages', 'name')).flat()).toEqual(['Zo\u00eb', 'Zo\u00eb (2)', 'Won']);
    expect(await read('organizations', 'name, slug')).toEqual([['Zo\u00eb & Co', 'zoe']]);
  });

  test('lose what cannot be seen where nobody needs it', async () => {
    expect(await read('customers', 'name, description, tags')).toEqual([
      ['Acme', null, ['a', 'b']],
      ['می\u200cخواهم', null, []],
      ['Unnamed', 'one\u200btwo', ['Zo\u00eb', 'b']],
    ]);
  });

  test('keep their keys apart', async () => {
    expect((await read('customers', 'external_id')).flat()).toEqual(['Zo\u00eb', null, null]);
    expect((await read('users', 'email')).slice(0, 2)).toEqual([['ann@x.example'], ['ann+2@x.example']]);
  });

  test('have the formats of today', async () => {
    expect((await read('users', 'phone')).flat()[0]).toBe('+43 1234567');
    expect(await read('customers', 'phone, website')).toEqual([
      [null, 'https://x.example/a'],
      ['(0)1/2345678', null],
      [null, null],
    ]);
  });

  test('are found by folded sort keys and searches', async () => {
    await older.sql(`select set_config('app.organization_id', $1, false)`, [organization]);
    for (const term of ['ACME', 'zoe@', '12345678'])
      expect(await older.sql('select search_customers($1) as id', [term])).toHaveLength(term === 'zoe@' ? 0 : 1);
    expect(await read('roles', 'name_sort')).toContainEqual(['strasse']);
  });
});

test('time zones that two authorities take for different ones are replaced by what stood behind them', async () => {
  const [, cet, nowhere, ist] = (await read('users', 'timezone')).flat();
  expect(cet).toMatch(/^Europe\/(Brussels|Paris|Berlin)$/);
  expect(nowhere).toBe('UTC');
  expect(ist).toMatch(/^Asia\/(Kolkata|Calcutta)$/);
});
