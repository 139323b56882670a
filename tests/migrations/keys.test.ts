import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type OlderDatabase, oldCustomer, olderDatabase } from '../support/older-database.js';

let older: OlderDatabase;
const [one, other] = [v7(), v7()] as [string, string];
let employee: string;
let customer: string;

const keysOf = (table: string) =>
  older.sql<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
     where conrelid = $1::regclass and contype = 'f' and convalidated order by 1`,
    [table],
  );
let before: Awaited<ReturnType<typeof keysOf>>;

beforeAll(async () => {
  older = await olderDatabase('0013-backups');
  const plain = { name: 'Old', currency: 'USD', timezone: 'UTC', settings: {}, is_active: true };
  await older.insert('organizations', [
    { ...plain, id: one, slug: 'one' },
    { ...plain, id: other, slug: 'other' },
  ]);
  [employee] = (await older.insert(
    'employees',
    [
      {
        ...{ code: 'EMP-0001', first_name: 'Em', last_name: 'Ployee', email: 'em@x.example' },
        ...{ employment_type: 'FULL_TIME', status: 'ACTIVE' },
      },
    ],
    one,
  )) as [string];
  [customer] = (await older.insert('customers', [oldCustomer({ assigned_to_id: employee })], one)) as [string];
  before = await keysOf('customers');
  await older.upgrade();
});

afterAll(() => older.drop());

test('rows and foreign keys of the version before are there again, and checked', async () => {
  expect(before.length).toBeGreaterThan(2);
  expect(await keysOf('customers')).toEqual(before);
  expect(await older.sql('select assigned_to_id from customers')).toEqual([{ assigned_to_id: employee }]);
});

test('nobody sees more than before', async () => {
  expect(await older.sql(`select relname from pg_class where relrowsecurity and not relforcerowsecurity`)).toEqual([]);
});

test('two organizations may have the same id, and point to their own records only', async () => {
  await older.insert('customers', [oldCustomer({ id: customer })], other);
  const stolen = older.sql('update customers set assigned_to_id = $1 where organization_id = $2', [employee, other]);
  await expect(stolen).rejects.toMatchObject({ constraint: 'customers_organization_id_assigned_to_id_foreign' });
  await older.sql('delete from employees where organization_id = $1 and id = $2', [one, employee]);
  const rows = await older.sql('select organization_id, assigned_to_id from customers where id = $1', [customer]);
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row.assigned_to_id).toBeNull();
});
