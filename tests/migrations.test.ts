import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { migrations } from '../migrations/index.js';
import { type OlderDatabase, olderDatabase } from './support/older-database.js';

let older: OlderDatabase;
const organization = v7();
const [alone, pipeline] = [v7(), v7()];

/** Rows of a table, oldest first; each has what every row needs. */
async function insert(table: string, rows: object[]): Promise<void> {
  for (const [n, row] of rows.entries()) {
    const at = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
    const ofTenant = ['users', 'organizations'].includes(table) ? {} : { organization_id: organization };
    const full = { id: v7(), version: 1, created_at: at, updated_at: at, ...ofTenant, ...row };
    const columns = Object.keys(full).map((column) => `"${column}"`);
    await older.sql(
      `insert into ${table} (${columns.join(', ')})
       select ${columns.join(', ')} from json_populate_record(null::${table}, $1)`,
      [JSON.stringify(full)],
    );
  }
}

const user = (fields: object) => ({
  password_hash: 'x',
  timezone: 'UTC',
  language: 'en',
  is_active: true,
  is_superuser: false,
  ...fields,
});
const customer = (fields: object) => ({
  code: `CUST-${v7()}`,
  name: 'Some Customer',
  email: `${v7()}@customers.example`,
  customer_type: 'INDIVIDUAL',
  status: 'ACTIVE',
  tags: [],
  ...fields,
});
const stage = (name: string, order: number) => ({
  pipeline_id: pipeline,
  name,
  order,
  probability: 0,
  is_active: true,
  is_closed_won: false,
  is_closed_lost: false,
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
  await insert('pipeline_stages', [stage('Zoe\u0308', 1), stage('Zo\u00eb', 2), stage('Won', 3)]);
  await insert('customers', [
    customer({ id: alone, name: 'Ac\u200bme', external_id: 'Zo\u00eb', website: 'https://me:secret@x.example/a' }),
    customer({ name: 'می\u200cخواهم', external_id: 'Zoe\u0308', phone: '(0)1/2345678' }),
    customer({ name: '\u200b', description: 'one\u200btwo', tags: ['Zoe\u0308', 'Zo\u00eb', 'b'] }),
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
