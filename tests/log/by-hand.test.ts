import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let [one, two] = [] as unknown as [Tenant, Tenant];
const customers: string[] = [];
let client: pg.Client;

beforeAll(async () => {
  [one, two] = [await newTenant(), await newTenant()];
  for (const { owner } of [one, two]) customers.push((await newCustomer(owner)).id);
  client = new pg.Client({ connectionString: urls.superuserUrl });
  await client.connect();
});
afterAll(() => client.end());

test('somebody in another time zone writes moments as the server does, and keeps the zone', async () => {
  await client.query(`set timezone = 'Asia/Kolkata'`);
  await client.query('begin');
  await client.query(`update customers set converted_at = '2026-03-01 12:00 +05:30' where id = $1`, [customers[0]]);
  const { rows } = await client.query('show timezone');
  await client.query('commit');
  expect(rows).toEqual([{ TimeZone: 'Asia/Kolkata' }]);
  expect((await client.query('show timezone')).rows).toEqual(rows);
  const [change] = await sql('select before, after from changes where record_id = $1 order by id desc limit 1', [
    customers[0],
  ]);
  expect(change).toEqual({
    before: { converted_at: null },
    after: { converted_at: '2026-03-01T06:30:00+00:00' },
  });
});

test('a transaction that goes back and forth between organizations has one change set in each', async () => {
  await client.query('begin');
  for (const [n, id] of [...customers, ...customers].entries())
    await client.query('update customers set city = $2 where id = $1', [id, `City ${n}`]);
  await client.query('commit');
  const sets = await sql<{ set: string; organization: string; changes: number }>(
    `select s.id as set, s.organization_id as organization, count(*)::int as changes
     from change_sets s
     join changes c on c.organization_id = s.organization_id and c.change_set_id = s.id
     where c.record_id = any($1) and c.after ? 'city' and c.action = 'UPDATED'
     group by 1, 2`,
    [customers],
  );
  expect(sets.map(({ organization, changes }) => [organization, changes]).sort()).toEqual(
    [
      [one.id, 2],
      [two.id, 2],
    ].sort(),
  );
  expect(new Set(sets.map(({ set }) => set)).size).toBe(1);
});
