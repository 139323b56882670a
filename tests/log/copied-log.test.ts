import { expect, test } from '@jest/globals';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { changeIds, walk } from '../support/log.js';
import { anotherServer } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

test('changes that were copied from a cluster with greater ids of transactions are read like others', async () => {
  const tenant = await newTenant();
  await newCustomer(tenant.owner);
  const before = changeIds(await walk(tenant.owner));
  await sql(`update changes set xid = '900000000000' where organization_id = $1`, [tenant.id]);

  await anotherServer({});

  const all = await walk(tenant.owner);
  expect(changeIds(all)).toEqual(before);
  expect(changeIds(await walk(tenant.owner, { after: all.cursor }))).toEqual([]);
  await newCustomer(tenant.owner);
  expect((await walk(tenant.owner, { after: all.cursor })).changes).toHaveLength(1);
});
