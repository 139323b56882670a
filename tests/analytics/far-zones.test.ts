import { beforeAll, expect, test } from '@jest/globals';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { newDeal, send } from '../support/sales.js';
import { newTenant, type Tenant } from '../support/tenant.js';

// Days begin in Tokyo nine hours before they begin in the organization's zone, UTC.
const created: [string, string][] = [
  ['100', '2024-05-01T14:59:59Z'],
  ['20', '2024-05-01T15:00:00Z'],
  ['3', '2024-05-02T14:59:59Z'],
  ['0.4', '2024-05-02T15:00:00Z'],
];
const filter = 'filter: { createdAt: { onDate: "2024-05-02" } }';
const period = 'period: { field: CREATED_AT, from: "2024-05-01", to: "2024-05-03" }';
const zone = 'timeZone: "Asia/Tokyo"';

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
  for (const [value, at] of created) {
    const customer = await newCustomer(tenant.owner, { name: `Customer ${value}` });
    const deal = await newDeal(tenant.owner, { customerId: customer.id, value });
    await send(tenant.owner, 'markWon', { id: deal.id });
    await sql('update customers set created_at = $2 where id = $1', [customer.id, at]);
    await sql('update deals set created_at = $2 where id = $1', [deal.id, at]);
  }
});

const ask = (document: string) => tenant.owner.request<Record<string, Fields>>(`{ ${document} }`);

test('the filter of deal statistics has the days of `timeZone` in every figure', async () => {
  const { far, near } = await ask(`
    far: dealStats(${filter}, ${zone}) { total wonValue { amount } byStage { count totalValue { amount } } }
    near: dealStats(${filter}) { total wonValue { amount } }`);
  const stages = (far!.byStage as { count: number; totalValue: { amount: string } }[]).filter(({ count }) => count);
  expect(stages).toEqual([{ count: 2, totalValue: { amount: '23.00' } }]);
  expect(far).toMatchObject({ total: 2, wonValue: { amount: '23.00' } });
  expect(near).toEqual({ total: 2, wonValue: { amount: '3.40' } });
});

test('the filter of customer statistics has the days of `timeZone` in every figure', async () => {
  const { far, near } = await ask(`
    far: customerStats(${filter}, ${zone}) { total totalRevenue { amount } }
    near: customerStats(${filter}) { total totalRevenue { amount } }`);
  expect(far).toEqual({ total: 2, totalRevenue: { amount: '23.00' } });
  expect(near).toEqual({ total: 2, totalRevenue: { amount: '3.40' } });
});

test('ad-hoc aggregation has the days of `timeZone` in filters, groups and rows', async () => {
  const { deals, stats } = await ask(`
    deals: dealAnalytics(${filter}, ${period}, ${zone}, groupBy: [{ field: CREATED_AT, granularity: DAY }]) {
      groups {
        key(field: CREATED_AT) { value }
        count
        own: count(${filter})
        sum { value { amount } }
        rows(first: 5) { totalCount nodes { value } }
      }
      total { count sum { value { amount } } }
    }
    stats: dealStats(${filter}, ${zone}) { total totalValue { amount } }`);
  expect(deals).toEqual({
    groups: [
      {
        key: { value: '2024-05-02' },
        count: 2,
        own: 2,
        sum: { value: { amount: '23.00' } },
        rows: { totalCount: 2, nodes: [{ value: '3.00' }, { value: '20.00' }] },
      },
    ],
    total: { count: 2, sum: { value: { amount: '23.00' } } },
  });
  expect(stats).toEqual({ total: 2, totalValue: { amount: '23.00' } });
});
