import { expect, test } from '@jest/globals';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { anotherServer, manyPeople } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

/** More than one statement deletes. */
const many = 1100;

const count = async (table: string, { id }: Tenant) =>
  (await sql<{ count: number }>(`select count(*)::int from ${table} where organization_id = $1`, [id]))[0]!.count;

test('a server deletes what is too old for the log, in batches, with the change sets, and nothing else', async () => {
  const [old, young] = [await newTenant(), await newTenant()];
  await sql(
    `insert into changes (organization_id, change_set_id, record_type, record_id, action, version, after)
     select organization_id, change_set_id, record_type, record_id, 'UPDATED', 1, '{}'
     from changes, generate_series(1, $2)
     where organization_id = $1 and record_type = 'ORGANIZATION'`,
    [old.id, many],
  );
  for (const table of ['changes', 'change_sets']) {
    await sql(`update ${table} set at = at - interval '42 days' where organization_id = $1`, [old.id]);
    await sql(`update ${table} set at = at - interval '40 days' where organization_id = $1`, [young.id]);
  }
  const before = [await count('changes', young), await count('change_sets', young)];
  await newCustomer(old.owner, { name: 'New' });

  await anotherServer({ NODE_ENV: 'test', ...manyPeople, LOG_RETENTION_DAYS: '40' });

  await eventually(async () => expect(await count('changes', old)).toBe(1));
  expect(await count('change_sets', old)).toBe(1);
  expect([await count('changes', young), await count('change_sets', young)]).toEqual(before);
});
