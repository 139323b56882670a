import { beforeAll, describe, expect, test } from '@jest/globals';
import { analytics, dealClosed, money, usd } from '../support/analytics.js';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { day, newLead } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

describe('13: revenueByPeriod', () => {
  let tenant: Tenant;
  let owner: Person;
  let customerId: string;
  const periods = (args: string) =>
    analytics<{ revenueByPeriod: Fields[] }>(
      owner,
      `revenueByPeriod(${args}) { period startDate endDate dealCount revenue ${money} averageDealValue { amount } }`,
    ).then(({ revenueByPeriod }) => revenueByPeriod);
  const won = (on: string, value = '10') => dealClosed(owner, { customerId, value }, 'markWon', on);

  beforeAll(async () => {
    tenant = await newTenant();
    owner = tenant.owner;
    customerId = (await newCustomer(owner, { name: 'Kim' })).id;
    for (const on of ['2024-01-31', '2024-02-29', '2024-03-03', '2024-12-31', '2025-01-01']) await won(on);
    await dealClosed(owner, { customerId, value: '99' }, 'markLost', '2024-02-29');
  });

  test('without arguments is 12 months, the last of which is running', async () => {
    const months = await periods('period: MONTH');
    const now = new Date();
    expect(months).toHaveLength(12);
    expect(months.at(-1)).toMatchObject({ startDate: `${day().slice(0, 7)}-01` });
    expect(months[0]).toMatchObject({
      startDate: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11, 1)).toISOString().slice(0, 10),
      dealCount: 0,
      revenue: usd('0.00'),
    });
  });

  test('a deal closed on the last of a month is in it; a leap day too', async () => {
    const months = await periods('period: MONTH, limit: 3, to: "2024-03-15"');
    expect(months.map(({ period, startDate, endDate, dealCount }) => [period, startDate, endDate, dealCount])).toEqual([
      ['Jan 2024', '2024-01-01', '2024-01-31', 1],
      ['Feb 2024', '2024-02-01', '2024-02-29', 1],
      ['Mar 2024', '2024-03-01', '2024-03-31', 1],
    ]);
    expect(months[1]).toMatchObject({ revenue: usd('10.00'), averageDealValue: { amount: '10.00' } });
  });

  test('a Sunday belongs to the Monday before', async () => {
    expect(await periods('period: WEEK, limit: 1, to: "2024-03-03"')).toEqual([
      expect.objectContaining({
        period: 'Week of Feb 26',
        startDate: '2024-02-26',
        endDate: '2024-03-03',
        dealCount: 2,
      }),
    ]);
  });

  test('years, quarters and days', async () => {
    const years = await periods('period: YEAR, limit: 2, to: "2025-06-01"');
    expect(years.map(({ period, startDate, endDate, dealCount }) => [period, startDate, endDate, dealCount])).toEqual([
      ['2024', '2024-01-01', '2024-12-31', 4],
      ['2025', '2025-01-01', '2025-12-31', 1],
    ]);
    const [quarter] = await periods('period: QUARTER, limit: 1, to: "2024-05-05"');
    expect(quarter).toMatchObject({ period: 'Q2 2024', startDate: '2024-04-01', endDate: '2024-06-30', dealCount: 0 });
    const days = await periods('period: DAY, from: "2024-02-28", to: "2024-03-01"');
    expect(days.map(({ period, dealCount }) => [period, dealCount])).toEqual([
      ['Feb 28', 0],
      ['Feb 29', 1],
      ['Mar 01', 0],
    ]);
  });

  test('with from, the first and the last are cut to these days', async () => {
    const months = await periods('period: MONTH, from: "2024-01-31", to: "2024-02-28"');
    expect(months.map(({ startDate, endDate, dealCount }) => [startDate, endDate, dealCount])).toEqual([
      ['2024-01-31', '2024-01-31', 1],
      ['2024-02-01', '2024-02-28', 0],
    ]);
  });

  test('the time zone decides what day today is', async () => {
    const today = async (zone: string) =>
      (await periods(`period: DAY, limit: 1, timeZone: "${zone}"`))[0]!.startDate as string;
    const [east, west] = [await today('Pacific/Kiritimati'), await today('Pacific/Pago_Pago')];
    expect([1, 2]).toContain((Date.parse(east) - Date.parse(west)) / 86_400_000);
  });

  test('refuses what it cannot answer', async () => {
    const told = (args: string) => refusal(periods(args));
    const outOfRange = (path: string) => ({ code: 'BAD_USER_INPUT', fields: [{ path, code: 'OUT_OF_RANGE' }] });
    expect(await told('period: DAY, from: "2020-01-01", to: "2021-01-01"')).toMatchObject(
      outOfRange('revenueByPeriod.from'),
    );
    expect(await told('period: DAY, from: "2021-01-02", to: "2021-01-01"')).toMatchObject(
      outOfRange('revenueByPeriod.from'),
    );
    expect(await told('period: DAY, limit: 367')).toMatchObject(outOfRange('revenueByPeriod.limit'));
    expect(await told('period: DAY, limit: 0')).toMatchObject(outOfRange('revenueByPeriod.limit'));
    expect(await periods('period: DAY, from: "2020-01-01", to: "2020-12-31"')).toHaveLength(366);
    expect((await told('period: DAY, timeZone: "Mars/Olympus"')).code).toMatch(/BAD_USER_INPUT|VALIDATION/);
  });
});

describe('days are those of the organization', () => {
  test.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59.999Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59.999Z'],
    ['America/New_York', '2026-01-15', '2026-01-15T05:00:00Z', '2026-01-16T04:59:59.999Z'],
    ['Asia/Kolkata', '2026-01-15', '2026-01-14T18:30:00Z', '2026-01-15T18:29:59.999Z'],
  ])('in %s, %s begins at %s and ends at %s', async (zone, on, first, last) => {
    const { owner, id } = await newTenant();
    await owner.request(
      'mutation ($id: ID!, $zone: TimeZone) { updateOrganization(id: $id, input: { timezone: $zone }) { id } }',
      {
        id,
        zone,
      },
    );
    const instants = [
      new Date(Date.parse(first) - 1).toISOString(),
      first,
      last,
      new Date(Date.parse(last) + 1).toISOString(),
    ];
    for (const instant of instants) {
      const lead = await newLead(owner);
      await sql('update leads set created_at = $2 where id = $1', [lead.id, instant]);
    }
    const { dashboard } = await analytics<Fields>(owner, `dashboard(from: "${on}", to: "${on}") { leads { total } }`);
    expect(dashboard).toEqual({ leads: { total: 2 } });
  });
});
