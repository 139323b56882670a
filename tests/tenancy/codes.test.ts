import { expect, test } from '@jest/globals';
import { openPool } from '../../src/platform/database/orm.js';
import { Codes } from '../../src/platform/tenancy/codes.js';
import { newCustomer } from '../support/customers.js';
import { urls } from '../support/database.js';
import { hold, waiting } from '../support/locks.js';
import { newTenant } from '../support/tenant.js';

test('requests that wait for a code share a statement, and none is skipped', async () => {
  const { id: organizationId, owner } = await newTenant();
  await newCustomer(owner);
  const pool = openPool(urls.databaseUrl, 4, () => undefined);
  let statements = 0;
  pool.on('acquire', () => {
    statements += 1;
  });
  const codes = new Codes(pool);
  const counter = await hold('select from code_counters where organization_id = $1', [organizationId]);
  const drawn = Promise.all([1, 2, 3, 4].map(() => codes.draw({ organizationId, kind: 'CUST' }, 1)));
  await waiting(1);
  await counter.letGo();
  expect((await drawn).flat().toSorted()).toEqual(['CUST-0002', 'CUST-0003', 'CUST-0004', 'CUST-0005']);
  expect(statements).toBeLessThanOrEqual(2);
  expect((await newCustomer(owner)).code).toBe('CUST-0006');
  await pool.end();
});
