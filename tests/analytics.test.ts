import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Fields, newCustomer, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { day, newDeal, newLead, newPipeline, pipelineById, type Stage, send } from './support/sales.js';
import { refusal, statementsOf } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

const money = '{ amount currency otherCurrencies { amount currency } }';

/** What `analytics { … }` answers. */
async function analytics<Answer = Fields>(sender: Sender, selection: string): Promise<Answer> {
  return (await sender.request<{ analytics: Answer }>(`{ analytics { ${selection} } }`)).analytics;
}

const usd = (amount: string, ...otherCurrencies: Fields[]) => ({ amount, currency: 'USD', otherCurrencies });

/** Moves the creation of records to the start of a day, in UTC. */
const backdate = (table: string, ids: string[], on: string) =>
  sql(`update ${table} set created_at = $2::date where id = any($1)`, [ids, on]);

async function dealClosed(sender: Sender, input: Fields, verb: 'markWon' | 'markLost', actualCloseDate = day()) {
  const { id } = await newDeal(sender, input);
  const reason = verb === 'markLost' ? { lostReason: 'Budget' } : {};
  await send(sender, verb, { id, actualCloseDate, ...reason });
  return id;
}

describe('worked examples', () => {
  test('10: 2 of 10 leads converted are 20 %; the statuses add up', async () => {
    const { owner } = await newTenant();
    const leads = await Promise.all(
      Array.from({ length: 10 }, (_, n) => newLead(owner, { leadScore: n, estimatedValue: '10.5', source: 'EVENT' })),
    );
    for (const { id } of leads.slice(0, 2)) await send(owner, 'convertLead', { id });
    const { leadStats } = await owner.request<{ leadStats: Fields }>(
      `{ leadStats { total averageScore totalEstimatedValue conversionRate bySource { source count }
        statusCounts { new contacted qualified unqualified converted lost } } }`,
    );
    expect(leadStats).toMatchObject({
      total: 10,
      averageScore: 4.5,
      totalEstimatedValue: '105.00',
      conversionRate: 20,
      statusCounts: { new: 8, contacted: 0, qualified: 0, unqualified: 0, converted: 2, lost: 0 },
    });
    expect(leadStats.bySource).toHaveLength(8);
    expect(leadStats.bySource).toContainEqual({ source: 'EVENT', count: 10 });
    expect(leadStats.bySource).toContainEqual({ source: 'OTHER', count: 0 });
  });

  test('11: 3 won, 1 lost, 6 open are a win rate of 75 everywhere', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const assignedToId = await tenant.employee();
    const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
    const input = { customerId, assignedToId, value: '10' };
    for (let n = 0; n < 3; n += 1) await dealClosed(owner, input, 'markWon');
    await dealClosed(owner, input, 'markLost');
    for (let n = 0; n < 6; n += 1) await newDeal(owner, input);
    const answer = await owner.request(`{
      dealStats { total open won lost winRate byPriority { low medium high urgent } averageDaysToClose }
      analytics {
        dashboard { deals { total active won lost winRate } }
        employeePerformance(employeeId: "${assignedToId}") { employee { id } deals { total won lost winRate } revenue { won { amount } pipeline { amount } } }
      }
    }`);
    expect(answer).toEqual({
      dealStats: {
        total: 10,
        open: 6,
        won: 3,
        lost: 1,
        winRate: 75,
        byPriority: { low: 0, medium: 10, high: 0, urgent: 0 },
        averageDaysToClose: 0,
      },
      analytics: {
        dashboard: { deals: { total: 10, active: 6, won: 3, lost: 1, winRate: 75 } },
        employeePerformance: [
          {
            employee: { id: assignedToId },
            deals: { total: 10, won: 3, lost: 1, winRate: 75 },
            revenue: { won: { amount: '30.00' }, pipeline: { amount: '60.00' } },
          },
        ],
      },
    });
  });

  test.each([
    [6, 4, 50],
    [5, 0, 100],
    [0, 0, 0],
    [0, 4, -100],
  ])('12: %i new customers against %i are a growth of %i', async (now, before, growth) => {
    const { owner } = await newTenant();
    const make = (number: number, days: number) =>
      Promise.all(Array.from({ length: number }, () => newCustomer(owner, { name: 'Kim' }))).then((made) =>
        backdate(
          'customers',
          made.map(({ id }) => id),
          day(days),
        ),
      );
    await make(now, -10);
    await make(before, -40);
    const { dashboard } = await analytics<Fields>(owner, 'dashboard { customers { total active growth } }');
    expect(dashboard).toEqual({ customers: { total: now + before, active: now + before, growth } });
    const range = `from: "${day(-19)}", to: "${day(-10)}"`;
    const between = await analytics<Fields>(owner, `dashboard(${range}) { customers { total growth } }`);
    expect(between.dashboard).toEqual({ customers: { total: now, growth: now ? 100 : 0 } });
  });

  test('14: currencies stand beside each other', async () => {
    const { owner } = await newTenant();
    const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
    for (const [value, currency] of [['100'], ['50'], ['80', 'EUR']])
      await dealClosed(owner, { customerId, value, ...(currency && { currency }) }, 'markWon');
    await dealClosed(owner, { customerId }, 'markWon');
    const { dealStats, customerStats } = await owner.request<Record<string, Fields>>(
      `{ dealStats { wonValue ${money} averageDealSize ${money} lostValue ${money} } customerStats { totalRevenue ${money} } }`,
    );
    const won = usd('150.00', { amount: '80.00', currency: 'EUR' });
    expect(dealStats).toEqual({
      wonValue: won,
      averageDealSize: usd('75.00', { amount: '80.00', currency: 'EUR' }),
      lostValue: usd('0.00'),
    });
    expect(customerStats).toEqual({ totalRevenue: won });
  });

  test('19: quickStats of an owner without deals and without an employee record are zeros', async () => {
    const { owner } = await newTenant();
    const fields = `myCustomers myLeads myDeals myOpenDeals myOverdueActivities myRevenue ${money}`;
    const zeros = { myCustomers: 0, myLeads: 0, myDeals: 0, myOpenDeals: 0, myOverdueActivities: 0 };
    expect(await analytics(owner, `quickStats { ${fields} }`)).toEqual({
      quickStats: { ...zeros, myRevenue: usd('0.00') },
    });
  });

  test('21: revenue outlives the customer', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Kim' });
    await dealClosed(owner, { customerId: id, value: '70' }, 'markWon');
    await owner.request('mutation ($id: ID!) { deleteCustomer(id: $id) { id } }', { id });
    const { dashboard } = await analytics<Fields>(owner, `dashboard { revenue { total ${money} } }`);
    expect(dashboard).toEqual({ revenue: { total: usd('70.00') } });
  });

  test('26: visits of a deal that stepped back and was lost', async () => {
    const { owner } = await newTenant();
    const { stages } = await pipelineById(owner);
    const [lead, qualified] = stages as [Stage, Stage];
    const { id } = await newDeal(owner, { customerId: (await newCustomer(owner, { name: 'Kim' })).id });
    await send(owner, 'moveDealStage', { id, stageId: qualified.id });
    await send(owner, 'moveDealStage', { id, stageId: lead.id });
    await send(owner, 'markLost', { id, lostReason: 'Budget' });
    const changes = await sql<{ id: string }>('select id from deal_stage_changes where deal_id = $1 order by id', [id]);
    for (const [n, days] of [6, 4, 1, 0].entries())
      await sql('update deal_stage_changes set changed_at = now() - make_interval(days => $2) where id = $1', [
        changes[n]!.id,
        days,
      ]);
    const { dealVelocity } = await analytics<{ dealVelocity: { stages: Fields[]; wonCount: number } }>(
      owner,
      `dealVelocity { wonCount p50DaysToWin pipeline { isDefault } stages { stage { name } entered advanced regressed won
        lost transferred current conversionRate p50Days p90Days } }`,
    );
    expect(dealVelocity).toMatchObject({ wonCount: 0, p50DaysToWin: null, pipeline: { isDefault: true } });
    expect(dealVelocity.stages.map(({ stage }) => stage)).toEqual(
      ['Lead', 'Qualified', 'Proposal', 'Negotiation'].map((name) => ({ name })),
    );
    const none = { won: 0, transferred: 0, current: 0 };
    expect(dealVelocity.stages[0]).toMatchObject({
      entered: 2,
      advanced: 1,
      regressed: 0,
      lost: 1,
      p50Days: 1.5,
      ...none,
    });
    expect(dealVelocity.stages[1]).toMatchObject({ entered: 1, regressed: 1, conversionRate: 0, p50Days: 3, ...none });
    expect(dealVelocity.stages[2]).toMatchObject({ entered: 0, conversionRate: 0, p50Days: null, p90Days: null });
  });
});

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

describe('the sales funnel', () => {
  test('counts leads and deals created in the range; rates may exceed 100', async () => {
    const { owner } = await newTenant();
    const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
    const leads = await Promise.all([1, 2, 3, 4].map(() => newLead(owner)));
    await send(owner, 'qualifyLead', { id: leads[0]!.id });
    await send(owner, 'convertLead', { id: leads[1]!.id });
    await dealClosed(owner, { customerId }, 'markWon');
    for (let n = 0; n < 4; n += 1) await newDeal(owner, { customerId });
    const fields = `stages { step name count percentage }
      conversionRates { leadToQualified qualifiedToOpportunity opportunityToWon leadToWon }`;
    expect((await analytics<Fields>(owner, `salesFunnel { ${fields} }`)).salesFunnel).toEqual({
      stages: [
        { step: 'LEADS', name: 'Total Leads', count: 4, percentage: 100 },
        { step: 'QUALIFIED', name: 'Qualified Leads', count: 2, percentage: 50 },
        { step: 'OPPORTUNITIES', name: 'Opportunities', count: 5, percentage: 125 },
        { step: 'WON', name: 'Closed Won', count: 1, percentage: 25 },
      ],
      conversionRates: { leadToQualified: 50, qualifiedToOpportunity: 250, opportunityToWon: 20, leadToWon: 25 },
    });
    const before = await analytics<Fields>(owner, `salesFunnel(to: "${day(-1)}") { ${fields} }`);
    expect(before.salesFunnel).toMatchObject({ conversionRates: { leadToQualified: 0, leadToWon: 0 } });
  });
});

describe('figures of a pipeline', () => {
  test('the funnel, the forecast and the statistics by stage add up; unknown pipelines are null', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
    const other = await newPipeline(owner, { name: 'Alpha' });
    await newDeal(owner, { customerId, value: '100', expectedCloseDate: day() });
    await newDeal(owner, { customerId, value: '40', currency: 'EUR', expectedCloseDate: day(400) });
    await newDeal(owner, { customerId });
    const late = await newDeal(owner, { customerId, value: '7', pipelineId: other.id });
    await sql('update deals set expected_close_date = current_date - 3 where id = $1', [late.id]);
    const bucket = '{ dealCount totalValue { amount } expectedRevenue { amount } }';
    const answer = await owner.request<Record<string, never>>(`{
      analytics {
        pipelineFunnel { pipeline { name } stages { stage { name } dealCount percentage totalValue ${money} expectedRevenue ${money} } }
        forecast(months: 2) { months { period startDate endDate dealCount totalValue { amount } } overdue ${bucket} later ${bucket} undated ${bucket} }
        mine: forecast(pipelineId: "${other.id}") { overdue { dealCount } undated { dealCount } }
        unknown: forecast(pipelineId: "${v7()}") { overdue { dealCount } }
        nowhere: pipelineFunnel(pipelineId: "${v7()}") { stages { dealCount } }
        never: dealVelocity(pipelineId: "${v7()}") { wonCount }
        nobody: employeePerformance(employeeId: "${v7()}") { customers }
      }
      dealStats { byStage { stage { name pipeline { name } } count totalValue ${money} } }
    }`);
    const { analytics: figures, dealStats } = answer as unknown as Record<string, Fields>;
    const { pipelineFunnel, forecast, mine, unknown, nowhere, never, nobody } = figures as Record<string, Fields>;
    expect([unknown, nowhere, never, nobody]).toEqual([null, null, null, []]);
    expect((pipelineFunnel!.stages as Fields[])[0]).toEqual({
      stage: { name: 'Lead' },
      dealCount: 3,
      percentage: 100,
      totalValue: usd('100.00', { amount: '40.00', currency: 'EUR' }),
      expectedRevenue: usd('10.00', { amount: '4.00', currency: 'EUR' }),
    });
    expect(pipelineFunnel!.stages).toHaveLength(6);
    expect((forecast!.months as Fields[]).map(({ dealCount }) => dealCount)).toEqual([1, 0]);
    expect(forecast).toMatchObject({
      overdue: { dealCount: 1, totalValue: { amount: '7.00' } },
      later: { dealCount: 1, totalValue: { amount: '0.00' } },
      undated: { dealCount: 1, totalValue: { amount: '0.00' } },
    });
    expect(mine).toEqual({ overdue: { dealCount: 1 }, undated: { dealCount: 0 } });
    const byStage = dealStats!.byStage as { stage: { name: string; pipeline: { name: string } }; count: number }[];
    expect(byStage.map(({ stage }) => stage.pipeline.name)).toEqual([
      ...Array(6).fill('Sales'),
      ...Array(6).fill('Alpha'),
    ]);
    expect(byStage.map(({ count }) => count)).toEqual([3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  });
});

describe('employees', () => {
  test('are ranked by each metric; terminated ones count only with results', async () => {
    const tenant = await newTenant();
    const { owner, id: organizationId } = tenant;
    const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
    const [ann, bob, cid, eve] = await Promise.all(
      ['Ann', 'Bob', 'Cid', 'Eve'].map((firstName) => tenant.employee({ firstName })),
    );
    await sql(`delete from employees where organization_id = $1 and id <> all($2)`, [
      organizationId,
      [ann, bob, cid, eve],
    ]);
    await dealClosed(owner, { customerId, value: '100', assignedToId: ann }, 'markWon');
    await dealClosed(owner, { customerId, assignedToId: ann }, 'markLost');
    await dealClosed(owner, { customerId, value: '30', assignedToId: bob }, 'markWon');
    await dealClosed(owner, { customerId, value: '30', assignedToId: bob }, 'markWon');
    await dealClosed(owner, { customerId, value: '90', assignedToId: eve }, 'markWon', day(-40));
    const lead = await newLead(owner, { assignedToId: cid });
    await send(owner, 'convertLead', { id: lead.id });
    await sql(`update employees set status = 'TERMINATED', termination_date = current_date where id = any($1)`, [
      [eve],
    ]);
    const named = (rows: { employee: { firstName: string } }[]) => rows.map(({ employee }) => employee.firstName);
    const ranked = await analytics<Record<string, { employee: { firstName: string } }[]>>(
      owner,
      `all: employeePerformance { employee { firstName } }
       recent: employeePerformance(from: "${day(-30)}") { employee { firstName } }
       revenue: topPerformers(metric: REVENUE, limit: 2) { employee { firstName } }
       deals: topPerformers(metric: DEALS) { employee { firstName } }
       rate: topPerformers(metric: WIN_RATE) { employee { firstName } }
       leads: topPerformers(metric: LEADS_CONVERTED, limit: 1) { employee { firstName } customers leads { total converted conversionRate } }`,
    );
    expect(named(ranked.all!)).toEqual(['Ann', 'Eve', 'Bob', 'Cid']);
    expect(named(ranked.recent!)).toContain('Eve');
    expect(named(ranked.revenue!)).toEqual(['Ann', 'Eve']);
    expect(named(ranked.deals!)).toEqual(['Bob', 'Ann', 'Eve', 'Cid']);
    expect(named(ranked.rate!)).toEqual(['Eve', 'Bob', 'Ann']);
    expect(ranked.leads).toEqual([
      { employee: { firstName: 'Cid' }, customers: 1, leads: { total: 1, converted: 1, conversionRate: 100 } },
    ]);
    expect(await refusal(analytics(owner, 'topPerformers(limit: 101) { customers }'))).toMatchObject({
      fields: [{ path: 'topPerformers.limit', code: 'OUT_OF_RANGE' }],
    });
  });

  test('performance of a list of employees is one statement, and one for the employees below', async () => {
    const tenant = await newTenant();
    for (let n = 0; n < 3; n += 1) await tenant.employee();
    const document = '{ employees { nodes { id performance { customers employee { id } deals { total } } } } }';
    let answer: { employees: { nodes: { id: string; performance: { employee: { id: string } } }[] } } | undefined;
    const statements = await statementsOf(async () => {
      answer = await tenant.owner.request(document);
    });
    expect(statements).toHaveLength(3);
    for (const { id, performance } of answer!.employees.nodes) expect(performance.employee.id).toBe(id);
  });
});

test('vendorStats and activityStats count the rows of their lists', async () => {
  const { owner } = await newTenant();
  const vendor = (name: string, more: string) =>
    owner.request(
      `mutation { createVendor(input: { name: "${name}", email: "a@b.example", companyName: "Acme" ${more} }) { id } }`,
    );
  await vendor('One', 'vendorType: CONTRACTOR');
  await vendor('Two', 'status: PENDING');
  await vendor('Three', '');
  const stats = async (args: string) =>
    (
      await owner.request<{ vendorStats: Fields }>(
        `{ vendorStats${args} { total active inactive pending blacklisted byType { type label count } } }`,
      )
    ).vendorStats;
  const byType = (supplier: number, contractor: number) => [
    { type: 'SUPPLIER', label: 'Supplier', count: supplier },
    { type: 'SERVICE_PROVIDER', label: 'Service provider', count: 0 },
    { type: 'CONTRACTOR', label: 'Contractor', count: contractor },
    { type: 'CONSULTANT', label: 'Consultant', count: 0 },
  ];
  const zeros = { inactive: 0, blacklisted: 0 };
  expect(await stats('')).toEqual({ total: 3, active: 2, pending: 1, ...zeros, byType: byType(2, 1) });
  expect(await stats('(search: "t", filter: { vendorType: { eq: SUPPLIER } })')).toEqual({
    total: 2,
    active: 1,
    pending: 1,
    ...zeros,
    byType: byType(2, 0),
  });
});

test('figures may take 15 seconds, which other fields may not', async () => {
  const { owner } = await newTenant();
  const settings = async (document: string) => {
    const sent: string[] = [];
    const listen = (message: unknown) => sent.push((message as { text: string }).text);
    subscribe('crm.sql', listen);
    await owner.request(document);
    unsubscribe('crm.sql', listen);
    return sent.filter((text) => text.includes('set local app.user_id'));
  };
  const longer = [expect.stringContaining("set local statement_timeout = '15s'")];
  expect(await settings('{ analytics { salesFunnel { stages { count } } } }')).toEqual(longer);
  expect(await settings('{ dealAnalytics { total { count } } }')).toEqual(longer);
  expect(await settings('{ deals { totalCount } }')).toEqual([expect.not.stringContaining('statement_timeout')]);
});

describe('permissions', () => {
  test('performance is for analysts and oneself, quickStats for every member, money for readers of deals', async () => {
    const tenant = await newTenant();
    const rep = await tenant.member('Sales Rep');
    const own = await tenant.employee({ userId: rep.id });
    const other = await tenant.employee();
    const performance = (id: string) =>
      rep.request<Fields>('query ($id: ID!) { employee(id: $id) { performance { customers } } }', { id });
    expect(await performance(own)).toEqual({ employee: { performance: { customers: 0 } } });
    const missing = { code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission: 'analytics:read' };
    expect(await refusal(performance(other))).toMatchObject(missing);
    for (const field of [
      'dashboard { deals { won } }',
      'forecast { later { dealCount } }',
      'employeePerformance { customers }',
    ])
      expect(await refusal(analytics(rep, field))).toMatchObject(missing);
    expect(await analytics(rep, 'quickStats { myDeals }')).toEqual({ quickStats: { myDeals: 0 } });
    const nobody = await tenant.member();
    expect(await analytics(nobody, 'quickStats { myDeals }')).toEqual({ quickStats: { myDeals: 0 } });
    expect(await refusal(nobody.request('{ dealStats { total } }'))).toMatchObject({ permission: 'deal:read' });
  });
});
