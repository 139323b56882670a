import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { analytics, dealClosed, money, usd } from '../support/analytics.js';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { day, newDeal, newLead, newPipeline, pipelineById, type Stage, send } from '../support/sales.js';
import { newTenant } from '../support/tenant.js';

/** Moves the creation of records to the start of a day, in UTC. */
const backdate = (table: string, ids: string[], on: string) =>
  sql(`update ${table} set created_at = $2::date where id = any($1)`, [ids, on]);

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
        employeePerformance(employeeId: "${assignedToId}") { employee { id } deals { total won lost winRate }
          revenue { won { amount } pipeline { amount } } }
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
      `
        {
          dealStats { wonValue ${money} averageDealSize ${money} lostValue ${money} }
          customerStats { totalRevenue ${money} }
        }
      `,
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
      `dealVelocity { wonCount p50DaysToWin pipeline { isDefault } stages { stage { name } entered advanced regressed
        won
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
  test('a filter that names one pipeline measures that one', async () => {
    const { owner } = await newTenant();
    const { id: customerId } = await newCustomer(owner);
    const { id } = await newPipeline(owner, { name: 'Alpha' });
    await newDeal(owner, { customerId, pipelineId: id });
    const first = async (report: string) => {
      const { analytics } = await owner.request<{ analytics: Record<string, Fields | null> }>(
        `{ analytics { report: ${report} } }`,
      );
      const { pipeline, stages } = analytics.report ?? {};
      return pipeline && [pipeline, (stages as Fields[])[0]];
    };
    const [named, unknown] = [id, v7()].map((value) => `filter: { pipelineId: { eq: "${value}" } }`);
    const funnel = (args: string) => first(`pipelineFunnel(${args}) { pipeline { name } stages { dealCount } }`);
    const velocity = (args: string) => first(`dealVelocity(${args}) { pipeline { name } stages { entered } }`);
    expect(await funnel(named!)).toEqual([{ name: 'Alpha' }, { dealCount: 1 }]);
    expect(await velocity(named!)).toEqual([{ name: 'Alpha' }, { entered: 1 }]);
    expect(await funnel(`pipelineId: "${id}", ${unknown}`)).toEqual([{ name: 'Alpha' }, { dealCount: 0 }]);
    expect([await funnel(unknown!), await velocity(unknown!)]).toEqual([undefined, undefined]);
  });

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
        pipelineFunnel { pipeline { name }
          stages { stage { name } dealCount percentage totalValue ${money} expectedRevenue ${money} } }
        forecast(months: 2) { months { period startDate endDate dealCount totalValue { amount } } overdue ${bucket}
          later ${bucket} undated ${bucket} }
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
