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

test('a day whose midnight comes twice has both hours, in filters, groups and figures', async () => {
  const { owner, id } = await newTenant();
  const SetZone = 'mutation ($id: ID!) { updateOrganization(id: $id, input: { timezone: "Atlantic/Azores" }) { id } }';
  await owner.request(SetZone, { id });
  // 24 October 23:30, 25 October 00:30, and once more 00:30, as the clocks go back at one o'clock.
  for (const [place, at] of ['2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].entries()) {
    const customer = await newCustomer(owner, { name: `Customer ${place}` });
    await sql('update customers set created_at = $2 where id = $1', [customer.id, at]);
  }
  const { before, on, stats, customerAnalytics, analytics } = await owner.request<Record<string, object>>(`{
    before: customers(filter: { createdAt: { onDate: "2026-10-24" } }) { totalCount }
    on: customers(filter: { createdAt: { from: "2026-10-25" } }) { totalCount }
    stats: customerStats(filter: { createdAt: { onDate: "2026-10-25" } }) { total }
    customerAnalytics(groupBy: [{ field: CREATED_AT, granularity: DAY }]) {
      groups { count own: count(filter: { createdAt: { onDate: "2026-10-25" } }) }
    }
    analytics {
      before: dashboard(from: "2026-10-24", to: "2026-10-24") { customers { total } }
      on: dashboard(from: "2026-10-25", to: "2026-10-25") { customers { total } }
    }
  }`);
  expect({ before, on, stats }).toEqual({ before: { totalCount: 1 }, on: { totalCount: 2 }, stats: { total: 2 } });
  expect(customerAnalytics).toEqual({
    groups: [
      { count: 1, own: 0 },
      { count: 2, own: 2 },
    ],
  });
  expect(analytics).toEqual({ before: { customers: { total: 1 } }, on: { customers: { total: 2 } } });
});
