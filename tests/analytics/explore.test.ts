import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type ExploredSales, exploredSales, type Group } from '../support/explored-sales.js';
import { newLead } from '../support/sales.js';
import { refusal, statementsOf } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

let world: ExploredSales;
beforeAll(async () => {
  world = await exploredSales();
});

const money = '{ amount otherCurrencies { amount currency } }';

const groupsOf = async (args: string, selection = 'keys { field value label } isOther count', sender?: Person) =>
  (await world.explore(args, `groups { ${selection} }`, sender)).groups;

const counted = (groups: Group[]) => groups.map(({ keys, count }) => [...keys.map(({ label }) => label), count]);
const wrong = (path: string, code: string) => ({ code: 'BAD_USER_INPUT', fields: [{ path, code }] });

describe('worked examples', () => {
  test('1: without groupBy there is one group, which is everything', async () => {
    expect(await world.explore('', 'groups { keys { label } isOther count } total { count }')).toEqual({
      groups: [{ keys: [], isOther: false, count: 6 }],
      total: { count: 6 },
    });
    expect(await groupsOf('filter: { title: { eq: "nothing" } }', 'count')).toEqual([{ count: 0 }]);
    expect(await groupsOf('filter: { title: { eq: "nothing" } }, groupBy: [{ field: STATUS }]', 'count')).toEqual([]);
  });

  test('2: by an enum, most rows first; measures take filters of their own', async () => {
    const groups = await groupsOf(
      'groupBy: [{ field: STATUS }]',
      `keys { field value label } count high: count(filter: { priority: { eq: HIGH } })
       all: sum { value ${money} }
       dear: sum(filter: { value: { gte: "100" } }) { value ${money} expectedRevenue ${money} }
       avg { value ${money} probability } min { value ${money} } max { value ${money} }`,
    );
    expect(groups).toEqual([
      {
        keys: [{ field: 'STATUS', value: 'WON', label: 'Won' }],
        count: 4,
        high: 3,
        all: { value: { amount: '350.00', otherCurrencies: [{ amount: '80.00', currency: 'EUR' }] } },
        dear: {
          value: { amount: '300.00', otherCurrencies: [] },
          expectedRevenue: { amount: '300.00', otherCurrencies: [] },
        },
        avg: {
          value: { amount: '116.67', otherCurrencies: [{ amount: '80.00', currency: 'EUR' }] },
          probability: 100,
        },
        min: { value: { amount: '50.00', otherCurrencies: [{ amount: '80.00', currency: 'EUR' }] } },
        max: { value: { amount: '200.00', otherCurrencies: [{ amount: '80.00', currency: 'EUR' }] } },
      },
      expect.objectContaining({ keys: [{ field: 'STATUS', value: 'OPEN', label: 'Open' }], count: 2, high: 0 }),
    ]);
    const [none] = await groupsOf(
      'filter: { value: { isNull: true } }',
      `sum { value ${money} } avg { value ${money} } min { value ${money} }`,
    );
    expect(none).toEqual({
      sum: { value: { amount: '0.00', otherCurrencies: [] } },
      avg: { value: null },
      min: { value: null },
    });
  });

  test('3: by a relation; rows without one are a group called None', async () => {
    expect(await groupsOf('groupBy: [{ field: ASSIGNED_TO }], orderBy: { by: KEY, direction: ASC }')).toEqual([
      { keys: [{ field: 'ASSIGNED_TO', value: world.ann, label: 'Ann Early' }], isOther: false, count: 3 },
      { keys: [{ field: 'ASSIGNED_TO', value: world.bob, label: 'Bob Early' }], isOther: false, count: 2 },
      { keys: [{ field: 'ASSIGNED_TO', value: null, label: 'None' }], isOther: false, count: 1 },
    ]);
  });

  test('4: by month; dates ascend, and rows without a date come last', async () => {
    const groups = await groupsOf('groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: MONTH }]');
    expect(counted(groups)).toEqual([
      ['Jan 2024', 1],
      ['Mar 2024', 3],
      ['None', 2],
    ]);
  });

  test('5: fillGaps adds the empty months, over all of an asked period', async () => {
    const by = 'groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: MONTH }], fillGaps: true';
    expect(counted(await groupsOf(`${by}, filter: { status: { eq: WON } }`))).toEqual([
      ['Jan 2024', 1],
      ['Feb 2024', 0],
      ['Mar 2024', 3],
    ]);
    const period = 'period: { field: ACTUAL_CLOSE_DATE, from: "2023-12-15", to: "2024-02-10" }';
    expect(counted(await groupsOf(`${by}, ${period}`))).toEqual([
      ['Dec 2023', 0],
      ['Jan 2024', 1],
      ['Feb 2024', 0],
    ]);
  });

  test('5: with a category, fillGaps adds the empty months of each one that has rows', async () => {
    const filled = (from: string, to: string) =>
      groupsOf(
        `groupBy: [{ field: PRIORITY }, { field: ACTUAL_CLOSE_DATE, granularity: MONTH }], fillGaps: true,
         filter: { status: { eq: WON } }, period: { field: ACTUAL_CLOSE_DATE, from: "${from}", to: "${to}" }`,
      );
    const months = ['Jan 2024', 'Feb 2024', 'Mar 2024'];
    const labels = (await filled('2024-01-01', '2024-03-31')).map(({ keys }) => keys.map(({ label }) => label).join());
    expect(labels.sort()).toEqual(months.flatMap((month) => [`High,${month}`, `Medium,${month}`]).sort());
    expect(await filled('2026-12-01', '2027-02-28')).toEqual([]);
  });

  test('6: two ways at once', async () => {
    const groups = await groupsOf(
      `groupBy: [{ field: PRIORITY }, { field: ACTUAL_CLOSE_DATE, granularity: QUARTER }],
        filter: { status: { eq: WON } }`,
    );
    expect(counted(groups)).toEqual([
      ['High', 'Q1 2024', 3],
      ['Medium', 'Q1 2024', 1],
    ]);
  });

  test('7: beyond the limit, all others are one group, with true means', async () => {
    const groups = await groupsOf(
      'groupBy: [{ field: PRIORITY }], limit: 1, orderBy: { by: SUM, field: value }',
      'keys { value label } isOther count avg { probability }',
    );
    expect(groups).toEqual([
      { keys: [{ value: 'MEDIUM', label: 'Medium' }], isOther: false, count: 1, avg: { probability: 100 } },
      { keys: [{ value: null, label: 'Other' }], isOther: true, count: 5, avg: { probability: 64 } },
    ]);
  });

  test('8: compared with the period before', async () => {
    const previous = 'keys { label } count previous { count sum { value { amount } } }';
    const march =
      'period: { field: ACTUAL_CLOSE_DATE, from: "2024-03-01", to: "2024-03-31" }, compareTo: PREVIOUS_PERIOD';
    const [month] = await groupsOf(`${march}, groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: MONTH }]`, previous);
    expect(month).toEqual({
      keys: [{ label: 'Mar 2024' }],
      count: 3,
      previous: { count: 0, sum: { value: { amount: '0.00' } } },
    });
    const [days] = await groupsOf(march, previous);
    expect(days).toMatchObject({ count: 3, previous: { count: 1, sum: { value: { amount: '100.00' } } } });
    const byEmployee = await groupsOf(`${march}, groupBy: [{ field: ASSIGNED_TO }]`, previous);
    expect(byEmployee).toEqual([
      { keys: [{ label: 'Ann Early' }], count: 2, previous: { count: 1, sum: { value: { amount: '100.00' } } } },
      { keys: [{ label: 'Bob Early' }], count: 1, previous: { count: 0, sum: { value: { amount: '0.00' } } } },
    ]);
  });

  test('9: every group can be opened', async () => {
    const groups = (await groupsOf(
      'groupBy: [{ field: PRIORITY }], limit: 1',
      `keys { value } count
       rows(first: 2) { totalCount pageInfo { hasNextPage } nodes { title priority customer { name } } }`,
    )) as (Group & { rows: { totalCount: number; nodes: Fields[]; pageInfo: Fields } })[];
    expect(
      groups.map(({ count, rows }) => [count, rows.totalCount, rows.nodes.length, rows.pageInfo.hasNextPage]),
    ).toEqual([
      [3, 3, 2, true],
      [3, 3, 2, true],
    ]);
    expect(groups[0]!.rows.nodes).toEqual(
      Array(2).fill({ title: 'A deal', priority: 'HIGH', customer: { name: 'Kim' } }),
    );
    for (const { priority } of groups[1]!.rows.nodes) expect(priority).not.toBe('HIGH');
  });

  test('10: days of instants are those of the time zone', async () => {
    const one = await newTenant();
    const { id } = await newLead(one.owner, { leadScore: 40, estimatedValue: '9.5' });
    await sql(`update leads set created_at = '2024-06-30T23:30:00Z' where id = $1`, [id]);
    const months = async (zone: string) => {
      const args = `groupBy: [{ field: CREATED_AT, granularity: MONTH }], timeZone: "${zone}"`;
      const fields = `groups { keys { label } sum { leadScore estimatedValue ${money} } }`;
      return (await world.explore(args, fields, one.owner, 'leadAnalytics')).groups;
    };
    const sum = { leadScore: 40, estimatedValue: { amount: '9.50', otherCurrencies: [] } };
    expect(await months('UTC')).toEqual([{ keys: [{ label: 'Jun 2024' }], sum }]);
    expect(await months('Europe/Berlin')).toEqual([{ keys: [{ label: 'Jul 2024' }], sum }]);
  });
});

describe('questions without an answer', () => {
  const month = '{ field: CREATED_AT, granularity: MONTH }';
  test.each([
    ['a date without a length', 'groupBy: [{ field: CREATED_AT }]', 'groupBy.0.granularity', 'REQUIRED'],
    [
      'a length without a date',
      'groupBy: [{ field: STATUS, granularity: DAY }]',
      'groupBy.0.granularity',
      'NOT_ALLOWED',
    ],
    ['two dates', `groupBy: [${month}, ${month}]`, 'groupBy.1.field', 'NOT_ALLOWED'],
    ['a field twice', 'groupBy: [{ field: STATUS }, { field: STATUS }]', 'groupBy.1.field', 'NOT_ALLOWED'],
    [
      'three categories',
      'groupBy: [{ field: STATUS }, { field: STAGE }, { field: TAG }]',
      'groupBy.2.field',
      'NOT_ALLOWED',
    ],
    ['a limit of dates', `groupBy: [${month}], limit: 3`, 'limit', 'NOT_ALLOWED'],
    ['a limit of 51', 'groupBy: [{ field: STATUS }], limit: 51', 'limit', 'OUT_OF_RANGE'],
    ['an order of dates', `groupBy: [${month}], orderBy: { by: COUNT }`, 'orderBy', 'NOT_ALLOWED'],
    ['a sum of nothing', 'groupBy: [{ field: STATUS }], orderBy: { by: SUM }', 'orderBy.field', 'REQUIRED'],
    [
      'a count of a number',
      'groupBy: [{ field: STATUS }], orderBy: { by: COUNT, field: value }',
      'orderBy.field',
      'NOT_ALLOWED',
    ],
    [
      'a sum of percentages',
      'groupBy: [{ field: STATUS }], orderBy: { by: SUM, field: PROBABILITY }',
      'orderBy.field',
      'NOT_ALLOWED',
    ],
    ['gaps without dates', 'fillGaps: true', 'fillGaps', 'NOT_ALLOWED'],
    ['a comparison without a period', 'compareTo: PREVIOUS_PERIOD', 'compareTo', 'NOT_ALLOWED'],
    [
      'a period backwards',
      'period: { field: CREATED_AT, from: "2024-02-01", to: "2024-01-01" }',
      'period.from',
      'OUT_OF_RANGE',
    ],
    [
      'too many periods',
      `groupBy: [{ field: CREATED_AT, granularity: DAY }], fillGaps: true,
        period: { field: CREATED_AT, from: "2020-01-01", to: "2024-01-01" }`,
      'groupBy.0.granularity',
      'OUT_OF_RANGE',
    ],
    [
      'a comparison of cut months',
      `groupBy: [${month}], compareTo: PREVIOUS_PERIOD,
        period: { field: CREATED_AT, from: "2024-01-02", to: "2024-01-31" }`,
      'period.from',
      'OUT_OF_RANGE',
    ],
    ['an empty condition', 'filter: { and: [] }', 'filter.and', 'REQUIRED'],
    ['a day of the year 9999', 'period: { field: CREATED_AT, to: "9999-12-31" }', 'period.to', 'OUT_OF_RANGE'],
  ])('%s is refused at its argument', async (_, args, path, code) => {
    expect(await refusal(groupsOf(args, 'count'))).toMatchObject(wrong(path, code));
  });

  test('all that is wrong is told at once', async () => {
    const args = `groupBy: [{ field: STATUS, granularity: DAY }, { field: STATUS }], filter: { and: [] },
      fillGaps: true, orderBy: { by: SUM }, compareTo: PREVIOUS_PERIOD,
      period: { field: CREATED_AT, from: "2024-02-01", to: "2024-01-01" }`;
    const { fields } = await refusal(groupsOf(args, 'count'));
    expect((fields as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      ...['fillGaps', 'filter.and', 'groupBy.0.granularity', 'groupBy.1.field', 'orderBy.field', 'period.from'],
    ]);
  });

  test('a condition of a measure is told where it stands, and the rest is answered', async () => {
    const told = await refusal(groupsOf('', 'count wrong: count(filter: { value: {} })'));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', path: ['explored', 'groups', 0, 'wrong'] });
  });
});

describe('statements', () => {
  test('one for the groups, one for all measures, one for the names, and two for the rows', async () => {
    const measures = `count high: count(filter: { priority: { eq: HIGH } })
      sum { value { amount } } avg { probability }`;
    const sent = (selection: string) => statementsOf(() => groupsOf('groupBy: [{ field: ASSIGNED_TO }]', selection));
    expect(await sent(measures)).toHaveLength(2);
    expect(
      await sent(`keys { label } ${measures} rows(first: 1) { totalCount nodes { customer { name } } }`),
    ).toHaveLength(5);
  });
});

describe('permissions and tenants', () => {
  test('grouping by a record needs to read it, and other organizations do not count', async () => {
    const rep = await world.tenant.member('Marketing Rep');
    expect(await refusal(world.explore('', 'total { count }', await world.tenant.member()))).toMatchObject({
      permission: 'deal:read',
    });
    await sql(
      `delete from role_permissions
       where organization_id = $1
         and permission_id in (select id from permissions where resource = 'employee' and organization_id = $1)`,
      [world.tenant.id],
    );
    expect(await refusal(groupsOf('groupBy: [{ field: ASSIGNED_TO }]', 'count', rep))).toMatchObject({
      code: 'FORBIDDEN',
      permission: 'employee:read',
    });
    const { owner: stranger } = await newTenant();
    expect(await groupsOf('', 'count', stranger)).toEqual([{ count: 0 }]);
    expect(await groupsOf(`filter: { stageId: { eq: "${world.stages[0]!.id}" } }`, 'count', stranger)).toEqual([
      { count: 0 },
    ]);
  });
});

test('an unknown id in a filter matches nothing', async () => {
  expect(await groupsOf(`filter: { customerId: { eq: "${v7()}" } }`, 'count')).toEqual([{ count: 0 }]);
});
