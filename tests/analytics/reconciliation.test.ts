import { beforeAll, describe, test } from '@jest/globals';
import fc from 'fast-check';
import { anyWorld, build, type SalesTenant, salesTenant } from '../support/any-sales.js';
import { metrics, statistics } from '../support/reconciled-figures.js';
import { groups } from '../support/reconciled-groups.js';
import { day } from '../support/sales.js';

let tenants: SalesTenant[];
beforeAll(async () => {
  tenants = await Promise.all([salesTenant(), salesTenant()]);
});

describe('every figure is the count or sum of its list', () => {
  test('for each role and organization, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, anyWorld, async (one, other) => {
        for (const [n, world] of [one, other].entries()) await build(world, tenants[n]!);
        for (const tenant of tenants)
          for (const caller of tenant.callers) {
            await statistics(caller, one.filter);
            await groups(caller, one.filter, one);
            await metrics(caller, tenant, one, [day(one.range[0]), day(one.range[1])]);
          }
      }),
      { numRuns: 8 },
    );
  });
});
