import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type Fields, newCustomer } from '../support/customers.js';
import { type ExploredSales, exploredSales, type Group } from '../support/explored-sales.js';
import { memberWith } from '../support/permissions.js';
import { newDeal, send } from '../support/sales.js';
import { refusal, statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

let world: ExploredSales;
beforeAll(async () => {
  world = await exploredSales();
});

const groupsOf = async (args: string, selection: string, query?: string) =>
  (await world.explore(args, `groups { ${selection} }`, undefined, query)).groups;

const labelled = (groups: Group[]) => groups.map(({ keys, count }) => [...keys.map(({ label }) => label), count]);

describe('two categories at once', () => {
  test('give one group for each pair that has rows', async () => {
    const groups = await groupsOf(
      'groupBy: [{ field: STATUS }, { field: CURRENCY }], orderBy: { by: KEY, direction: ASC }',
      'keys { field value label } isOther count',
    );
    expect(groups).toEqual([
      {
        keys: [
          { field: 'STATUS', value: 'OPEN', label: 'Open' },
          { field: 'CURRENCY', value: 'USD', label: 'USD' },
        ],
        isOther: false,
        count: 2,
      },
      expect.objectContaining({
        keys: [expect.anything(), { field: 'CURRENCY', value: 'EUR', label: 'EUR' }],
        count: 1,
      }),
      expect.objectContaining({
        keys: [expect.anything(), { field: 'CURRENCY', value: 'USD', label: 'USD' }],
        count: 3,
      }),
    ]);
  });

  test('each have their own limit and their own Other', async () => {
    const groups = await groupsOf(
      'groupBy: [{ field: PRIORITY }, { field: ASSIGNED_TO }], limit: 1',
      'keys { label } isOther count rows { totalCount }',
    );
    expect(labelled(groups)).toEqual([
      ['High', 'Ann Early', 3],
      ['Other', 'Other', 3],
    ]);
    for (const { count, rows } of groups) expect(rows).toEqual({ totalCount: count });
  });

  test('compare with the period before', async () => {
    const period = 'period: { field: ACTUAL_CLOSE_DATE, from: "2024-03-01", to: "2024-03-31" }';
    const groups = await groupsOf(
      `${period}, compareTo: PREVIOUS_PERIOD, groupBy: [{ field: PRIORITY }, { field: CURRENCY }]`,
      'keys { label } count previous { count }',
    );
    expect(groups.map(({ keys, count, previous }) => [...keys.map(({ label }) => label), count, previous])).toEqual([
      ['High', 'USD', 1, { count: 1 }],
      ['High', 'EUR', 1, { count: 0 }],
      ['Medium', 'USD', 1, { count: 0 }],
    ]);
  });
});

test('a row is in the group of each of its tags, and once in Other', async () => {
  const tenant = await newTenant();
  const { id: customerId } = await tenant.owner
    .request<{ made: { id: string } }>(
      'mutation { made: createCustomer(input: { name: "Kim", email: "kim@x.example" }) { id } }',
    )
    .then(({ made }) => made);
  for (const tags of [['a', 'b', 'c'], ['a'], ['b', 'c'], []]) await newDeal(tenant.owner, { customerId, tags });
  const of = (args: string) =>
    world.explore(
      `groupBy: [{ field: TAG }]${args}`,
      'total { count } groups { keys { label } count rows { totalCount nodes { tags } } }',
      tenant.owner,
    );
  const all = await of(', orderBy: { by: KEY, direction: ASC }');
  expect(labelled(all.groups)).toEqual([
    ['a', 2],
    ['b', 2],
    ['c', 2],
    ['None', 1],
  ]);
  const cut = await of(', limit: 1');
  expect(labelled(cut.groups)).toEqual([
    ['a', 2],
    ['Other', 3],
  ]);
  for (const { count, rows } of [...all.groups, ...cut.groups]) expect(rows).toMatchObject({ totalCount: count });
  expect(all.total).toEqual({ count: 4 });
});

describe('compared with the previous year', () => {
  test('months, days and weeks', async () => {
    const tenant = await newTenant();
    const { id: customerId } = (
      await tenant.owner.request<{ made: { id: string } }>(
        'mutation { made: createCustomer(input: { name: "Kim", email: "kim@x.example" }) { id } }',
      )
    ).made;
    for (const on of ['2023-02-28', '2024-02-28', '2024-02-29', '2025-02-28'])
      await send(tenant.owner, 'markWon', {
        id: (await newDeal(tenant.owner, { customerId })).id,
        actualCloseDate: on,
      });
    const counts = async (from: string, to: string, granularity?: string) => {
      const by = granularity ? `, groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: ${granularity} }]` : '';
      const period = `period: { field: ACTUAL_CLOSE_DATE, from: "${from}", to: "${to}" }, compareTo: PREVIOUS_YEAR`;
      const { groups, previousTotal } = await world.explore<{ groups: Group[]; previousTotal: Fields }>(
        period + by,
        'previousTotal { count } groups { keys { label } count previous { count } }',
        tenant.owner,
      );
      const before = groups.map(({ previous }) => (previous as { count: number }).count);
      expect(before.reduce((sum, count) => sum + count, 0)).toBe(previousTotal.count);
      return groups.map(({ keys, count }, n) => [...keys.map(({ label }) => label), count, before[n]]);
    };
    expect(await counts('2025-02-02', '2025-02-28')).toEqual([[1, 2]]);
    expect(await counts('2025-02-28', '2025-02-28', 'DAY')).toEqual([['Feb 28', 1, 2]]);
    expect(await counts('2024-02-01', '2024-02-29', 'DAY')).toEqual([
      ['Feb 28', 1, 1],
      ['Feb 29', 1, 0],
    ]);
    expect(await counts('2024-02-15', '2024-03-10', 'MONTH')).toEqual([['Feb 2024', 2, 1]]);
    expect(await counts('2025-01-01', '2025-12-31', 'YEAR')).toEqual([['2025', 1, 2]]);
    expect(await counts('2024-02-26', '2024-03-03', 'WEEK')).toEqual([['Week of Feb 26', 2, 1]]);
  });
});

describe('further measures', () => {
  test('median, of money in each currency and of numbers over all', async () => {
    const [all] = await groupsOf(
      '',
      `median { value { amount otherCurrencies { amount currency } } probability }
       won: median(filter: { status: { eq: WON } }) { value { amount } }
       none: median(filter: { title: { eq: "nothing" } }) { value { amount } probability }`,
    );
    expect(all).toEqual({
      // USD 10, 50, 100 and 200; probabilities 10, 10 and four times 100.
      median: { value: { amount: '75.00', otherCurrencies: [{ amount: '80.00', currency: 'EUR' }] }, probability: 100 },
      won: { value: { amount: '100.00' } },
      none: { value: null, probability: null },
    });
  });

  test('percentages are averaged, never added up', async () => {
    const [all] = await groupsOf('', 'sum { probability } avg { probability }');
    expect(all).toEqual({ sum: { probability: null }, avg: { probability: expect.any(Number) } });
  });

  test('countDistinct needs the permission to read what it counts', async () => {
    const tenant = await newTenant();
    const analyst = (await memberWith(tenant, ['activity:read', 'analytics:read'])).as(tenant.id);
    const distinct = (field: string) =>
      analyst.request(`{ activityAnalytics { total { countDistinct(field: ${field}) } } }`);
    await expect(distinct('STATUS')).resolves.toMatchObject({ activityAnalytics: { total: { countDistinct: 0 } } });
    for (const [field, permission] of Object.entries({ DEAL: 'deal:read', CUSTOMER: 'customer:read' }))
      expect(await refusal(distinct(field))).toMatchObject({ code: 'FORBIDDEN', permission });
  });

  test('winRate and countDistinct, with filters of their own', async () => {
    const [all] = await groupsOf(
      '',
      `winRate expensive: winRate(filter: { value: { gt: "1000" } })
       owners: countDistinct(field: ASSIGNED_TO) customers: countDistinct(field: CUSTOMER)
       currencies: countDistinct(field: CURRENCY, filter: { status: { eq: OPEN } })`,
    );
    expect(all).toEqual({ winRate: 100, expensive: 0, owners: 2, customers: 1, currencies: 1 });
    const byOwner = await groupsOf(
      'groupBy: [{ field: ASSIGNED_TO }]',
      'count currencies: countDistinct(field: CURRENCY)',
    );
    expect(byOwner).toEqual([
      { count: 3, currencies: 2 },
      { count: 2, currencies: 1 },
      { count: 1, currencies: 1 },
    ]);
  });

  test('key picks an entry of keys, asOf tells the moment', async () => {
    const before = Date.now();
    const { groups, asOf } = await world.explore<{ groups: Group[]; asOf: string }>(
      'groupBy: [{ field: STATUS }, { field: ACTUAL_CLOSE_DATE, granularity: YEAR }]',
      `asOf groups {
        key(field: ACTUAL_CLOSE_DATE) { label }
        status: key(field: STATUS) { value label }
        none: key(field: TAG) { label }
      }`,
    );
    expect(groups).toEqual([
      { key: { label: '2024' }, status: { value: 'WON', label: 'Won' }, none: null },
      { key: { label: 'None' }, status: { value: 'OPEN', label: 'Open' }, none: null },
    ]);
    expect(Math.abs(Date.parse(asOf) - before)).toBeLessThan(60_000);
  });

  test('add one statement for all that cannot be added up over currencies', async () => {
    const sent = (selection: string) => statementsOf(() => groupsOf('groupBy: [{ field: STATUS }]', selection));
    expect(await sent('count winRate sum { value { amount } } median { value { amount } }')).toHaveLength(2);
    const undivided = 'median { probability } owners: countDistinct(field: ASSIGNED_TO)';
    expect(await sent(`count ${undivided} customers: countDistinct(field: CUSTOMER)`)).toHaveLength(3);
  });
});

describe('employees and vendors', () => {
  test('are grouped and counted', async () => {
    const { owner } = await newTenant();
    await owner.request(`mutation {
      createEmployees(mode: ATOMIC, rows: [
        { input: { firstName: "Ann", lastName: "A", email: "a@x.example", department: "Sales" } }
        { input: {
          firstName: "Bob", lastName: "B", email: "b@x.example", department: "Sales", employmentType: INTERN
        } }
        { input: { firstName: "Cy", lastName: "C", email: "c@x.example", status: ON_LEAVE } }
      ]) { mode }
      createVendors(mode: ATOMIC, rows: [
        { input: { name: "Acme", email: "a@x.example", country: "CH", creditLimit: "100", rating: 4 } }
        { input: { name: "Bolt", email: "b@x.example", country: "CH", creditLimit: "300", rating: 5 } }
        { input: { name: "Cord", email: "c@x.example" } }
      ]) { mode }
    }`);
    // The owner has an employee record as well.
    const ours = 'filter: { email: { endsWith: "@x.example" } }';
    const answer = await owner.request<Record<string, Fields>>(`{
      employeeAnalytics(
        ${ours}, groupBy: [{ field: DEPARTMENT }, { field: EMPLOYMENT_TYPE }], orderBy: { by: KEY, direction: ASC }
      ) {
        groups { keys { label } count }
      }
      vendorAnalytics(groupBy: [{ field: COUNTRY }]) {
        groups { keys { label } count avg { rating } median { creditLimit { amount } } }
      }
      employeeStats(${ours}) {
        total active inactive onLeave terminated
        byEmploymentType { type count } byDepartment { department count active }
      }
    }`);
    expect(labelled(answer.employeeAnalytics!.groups as Group[])).toEqual([
      ['Sales', 'Full time', 1],
      ['Sales', 'Intern', 1],
      ['None', 'Full time', 1],
    ]);
    expect(answer.vendorAnalytics!.groups).toEqual([
      { keys: [{ label: 'CH' }], count: 2, avg: { rating: 4.5 }, median: { creditLimit: { amount: '200.00' } } },
      { keys: [{ label: 'None' }], count: 1, avg: { rating: null }, median: { creditLimit: null } },
    ]);
    expect(answer.employeeStats).toEqual({
      total: 3,
      active: 2,
      inactive: 0,
      onLeave: 1,
      terminated: 0,
      byEmploymentType: [
        { type: 'FULL_TIME', count: 2 },
        { type: 'PART_TIME', count: 0 },
        { type: 'CONTRACT', count: 0 },
        { type: 'INTERN', count: 1 },
      ],
      byDepartment: [
        { department: 'Sales', count: 2, active: 2 },
        { department: null, count: 1, active: 0 },
      ],
    });
  });

  test('two categories fit without a limit, and with the greatest only if their enums are small', async () => {
    const measures = ['sum', 'avg', 'min', 'max'].map((measure) => `${measure} { value { amount } }`).join(' ');
    const priced = (by: string, limit = '') => groupsOf(`groupBy: [${by}]${limit}`, `keys { label } count ${measures}`);
    const both = '{ field: CUSTOMER }, { field: ASSIGNED_TO }';
    expect(await priced(both)).not.toEqual([]);
    expect(await refusal(priced(both, ', limit: 50'))).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
    expect(await groupsOf('groupBy: [{ field: STATUS }, { field: PRIORITY }]', 'keys { label } count')).not.toEqual([]);
  });
});

test('means and medians are rounded half up in decimals, also of the greatest amounts', async () => {
  const { owner } = await newTenant();
  const Create = gql`mutation ($input: CreateVendorInput!) { createVendor(input: $input) { id } }`;
  for (const rating of ['2.13', '2.14'])
    await owner.request(Create, { input: { name: `Rated ${rating}`, email: `${rating}@vendors.example`, rating } });
  for (const creditLimit of ['9999999999999.98', '9999999999999.99']) await newCustomer(owner, { creditLimit });
  const answer = await owner.request<Record<string, object>>(gql`
    {
      vendorAnalytics { total { avg { rating } median { rating } sum { rating } } }
      customerAnalytics { total { avg { creditLimit { amount } } median { creditLimit { amount } } } }
    }
  `);
  expect(answer).toEqual({
    vendorAnalytics: { total: { avg: { rating: 2.14 }, median: { rating: 2.14 }, sum: { rating: 4.27 } } },
    customerAnalytics: {
      total: {
        avg: { creditLimit: { amount: '9999999999999.99' } },
        median: { creditLimit: { amount: '9999999999999.99' } },
      },
    },
  });
});
