import { expect } from '@jest/globals';
import { type SalesTenant, textOf, type World, zones } from './any-sales.js';
import type { Fields, Sender } from './customers.js';

// Every number is worked out again from the rows of the list that it claims to describe.

type Amounts = Record<string, bigint>;
interface Listed {
  totalCount: number;
  nodes: Fields[];
}

/** The money measure that the rows of a list add up to. */
export function sumOf(rows: Fields[], field = 'value') {
  const amounts: Amounts = { USD: 0n };
  for (const row of rows) {
    const currency = row.currency as string;
    amounts[currency] = (amounts[currency] ?? 0n) + BigInt(((row[field] as string | null) ?? '0.00').replace('.', ''));
  }
  const { USD, ...others } = amounts;
  const otherCurrencies = Object.keys(others)
    .sort()
    .map((currency) => ({ amount: textOf(others[currency]!), currency }));
  return { amount: textOf(USD!), currency: 'USD', otherCurrencies };
}

export const percent = (part: number, whole: number) => (whole ? Math.round((part * 10_000) / whole) / 100 : 0);
const money = '{ amount currency otherCurrencies { amount currency } }';
const dealFields = `status value expectedRevenue currency priority expectedCloseDate actualCloseDate
  stage { id } assignedTo { id } customer { id }`;

/** All rows of a list, by the list itself. */
export async function list(caller: Sender, field: string, filter: string, fields: string): Promise<Fields[]> {
  const document = `{ list: ${field}(filter: ${filter}, first: 100) { totalCount nodes { id ${fields} } } }`;
  const { list: page } = await caller.request<{ list: Listed }>(document);
  expect(page.nodes).toHaveLength(page.totalCount);
  return page.nodes;
}

const having = (rows: Fields[], wanted: Fields) =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name] === value));

export async function statistics(caller: Sender, filter: string): Promise<void> {
  const deals = await list(caller, 'deals', filter, dealFields);
  const leads = await list(caller, 'leads', '{}', 'qualificationStatus isConverted leadScore estimatedValue source');
  const customers = await list(caller, 'customers', '{}', 'status customerType');
  const activities = await list(caller, 'activities', '{}', 'status activityType isOverdue');
  const answer = await caller.request<Record<string, Fields>>(`{
    dealStats(filter: ${filter}) {
      total open won lost winRate totalValue ${money} openValue ${money} wonValue ${money} lostValue ${money}
      expectedRevenue ${money} byPriority { low medium high urgent } byStage { stage { id } count totalValue ${money} }
    }
    leadStats {
      total conversionRate averageScore totalEstimatedValue estimatedValue ${money}
      statusCounts { new qualified converted }
      bySource { source count }
    }
    customerStats { total active vip byType { individual business } totalRevenue ${money} }
    activityStats { total overdue byStatus { scheduled completed } byType { call note } }
  }`);
  const [open, won, lost] = ['OPEN', 'WON', 'LOST'].map((status) => having(deals, { status })) as [
    Fields[],
    Fields[],
    Fields[],
  ];
  const { byStage, ...dealStats } = answer.dealStats!;
  const priority = (name: string) => having(deals, { priority: name }).length;
  expect(dealStats).toEqual({
    total: deals.length,
    open: open.length,
    won: won.length,
    lost: lost.length,
    winRate: percent(won.length, won.length + lost.length),
    totalValue: sumOf(deals),
    openValue: sumOf(open),
    wonValue: sumOf(won),
    lostValue: sumOf(lost),
    expectedRevenue: sumOf(open, 'expectedRevenue'),
    byPriority: {
      low: priority('LOW'),
      medium: priority('MEDIUM'),
      high: priority('HIGH'),
      urgent: priority('URGENT'),
    },
  });
  for (const { stage, count, totalValue } of byStage as Fields[]) {
    const onStage = deals.filter((deal) => (deal.stage as Fields).id === (stage as Fields).id);
    expect({ count, totalValue }).toEqual({ count: onStage.length, totalValue: sumOf(onStage) });
  }
  const converted = having(leads, { isConverted: true });
  const scores = leads.reduce((sum, lead) => sum + (lead.leadScore as number), 0);
  expect(answer.leadStats).toMatchObject({
    total: leads.length,
    conversionRate: percent(converted.length, leads.length),
    averageScore: leads.length ? Math.round((scores * 100) / leads.length) / 100 : 0,
    totalEstimatedValue: sumOf(
      leads.map((lead) => ({ ...lead, currency: 'USD' })),
      'estimatedValue',
    ).amount,
    estimatedValue: sumOf(
      leads.map((lead) => ({ ...lead, currency: 'USD' })),
      'estimatedValue',
    ),
    statusCounts: {
      new: having(leads, { qualificationStatus: 'NEW' }).length,
      qualified: having(leads, { qualificationStatus: 'QUALIFIED' }).length,
      converted: converted.length,
    },
  });
  for (const { source, count } of answer.leadStats!.bySource as Fields[])
    expect(count).toBe(having(leads, { source }).length);
  const all = filter === '{}' ? deals : await list(caller, 'deals', '{}', dealFields);
  expect(answer.customerStats).toEqual({
    total: customers.length,
    active: having(customers, { status: 'ACTIVE' }).length,
    vip: having(customers, { status: 'VIP' }).length,
    byType: {
      individual: having(customers, { customerType: 'INDIVIDUAL' }).length,
      business: having(customers, { customerType: 'BUSINESS' }).length,
    },
    totalRevenue: sumOf(having(all, { status: 'WON' }).filter(({ customer }) => customer)),
  });
  expect(answer.activityStats).toEqual({
    total: activities.length,
    overdue: having(activities, { isOverdue: true }).length,
    byStatus: {
      scheduled: having(activities, { status: 'SCHEDULED' }).length,
      completed: having(activities, { status: 'COMPLETED' }).length,
    },
    byType: {
      call: having(activities, { activityType: 'CALL' }).length,
      note: having(activities, { activityType: 'NOTE' }).length,
    },
  });
}

/** A report's filter, and the same conditions for each list. */
function conditionsOf(report: World['report'], { pipelineId, employees }: SalesTenant) {
  const conditions: Record<string, Record<string, string>> = {
    all: {},
    owned: { owner: `assignedToId: { notIn: ["${employees[1]}"] }`, pipeline: `pipelineId: { eq: "${pipelineId}" }` },
    unowned: { owner: 'assignedToId: { isNull: true }' },
    website: { origin: 'source: { eqIgnoreCase: "website" }', originOfLeads: 'source: { eq: WEBSITE }' },
    elsewhere: { pipeline: `pipelineId: { ne: "${pipelineId}" }` },
  };
  const { owner = '', origin = '', originOfLeads = '', pipeline = '' } = conditions[report]!;
  return {
    report: `{ ${pipeline} ${owner} ${origin} }`,
    deals: `${pipeline} ${owner} ${origin}`,
    leads: `${owner} ${originOfLeads}`,
    customers: `${owner} ${origin}`,
    activities: owner,
  };
}

export async function metrics(
  caller: Sender,
  tenant: SalesTenant,
  world: Pick<World, 'zone' | 'report'>,
  [from, to]: [string, string],
): Promise<void> {
  const { zone } = world;
  const only = conditionsOf(world.report, tenant);
  const today = new Date().toLocaleDateString('sv-SE', { timeZone: zone });
  const created = `createdAt: { gte: "${from}T00:00:00${zones[zone]}", lte: "${to}T23:59:59.999${zones[zone]}" }`;
  const closed = `actualCloseDate: { gte: "${from}", lte: "${to}" }`;
  const deals = await list(caller, 'deals', `{ ${only.deals} }`, dealFields);
  const newDeals = await list(caller, 'deals', `{ ${only.deals} ${created} }`, dealFields);
  const won = await list(caller, 'deals', `{ ${only.deals} status: { eq: WON }, ${closed} }`, dealFields);
  const lost = await list(caller, 'deals', `{ ${only.deals} status: { eq: LOST }, ${closed} }`, dealFields);
  const leads = await list(
    caller,
    'leads',
    `{ ${only.leads} ${created} }`,
    'qualificationStatus isConverted assignedTo { id }',
  );
  const newCustomers = await list(caller, 'customers', `{ ${only.customers} ${created} }`, 'status');
  const customers = await list(caller, 'customers', `{ ${only.customers} }`, 'assignedTo { id }');
  const open = having(deals, { status: 'OPEN' });
  const converted = having(leads, { isConverted: true });
  const qualified = leads.filter((lead) => lead.isConverted || lead.qualificationStatus === 'QUALIFIED');
  const scope = `timeZone: "${zone}", filter: ${only.report}`;
  const range = `from: "${from}", to: "${to}", ${scope}`;
  const bucket = `{ dealCount totalValue ${money} expectedRevenue ${money} }`;
  const ask = async (reports: string) =>
    (await caller.request<{ analytics: Record<string, Fields> }>(`{ analytics { ${reports} } }`)).analytics;
  // All at once cost more than a document may.
  const broad = await ask(`
    dashboard(${range}) { customers { total active } leads { total qualified converted conversionRate }
      deals { total active won lost winRate } revenue { total ${money} pipelineValue ${money} expected ${money} }
      recentActivities(limit: 50) { id } }
    salesFunnel(${range}) { stages { count percentage } }
    employeePerformance(${range}) { employee { id } customers leads { total converted } deals { total won lost winRate }
      revenue { won ${money} pipeline ${money} } }`);
  const narrow = await ask(`
    pipelineFunnel(filter: ${only.report}) {
      stages { stage { id } dealCount totalValue ${money} expectedRevenue ${money} percentage }
    }
    revenueByPeriod(period: WEEK, ${range}) { startDate endDate dealCount revenue ${money} }
    quickStats(${scope}) { myCustomers myLeads myDeals myOpenDeals myRevenue ${money} myOverdueActivities }
    forecast(months: 2, ${scope}) { months ${bucket} overdue ${bucket} later ${bucket} undated ${bucket} }`);
  const analytics = { ...broad, ...narrow };
  const { velocity } = await caller.request<{ velocity: { dealVelocity: Fields } }>(`{ velocity: analytics {
    dealVelocity(${range}) {
      wonCount stages { stage { name } entered advanced regressed won lost transferred current }
    }
  } }`);
  expect(analytics.dashboard).toMatchObject({
    customers: { total: newCustomers.length, active: having(newCustomers, { status: 'ACTIVE' }).length },
    leads: {
      total: leads.length,
      qualified: qualified.length,
      converted: converted.length,
      conversionRate: percent(converted.length, leads.length),
    },
    deals: {
      total: newDeals.length,
      active: open.length,
      won: won.length,
      lost: lost.length,
      winRate: percent(won.length, won.length + lost.length),
    },
    revenue: { total: sumOf(won), pipelineValue: sumOf(open), expected: sumOf(open, 'expectedRevenue') },
  });
  const recent = await list(caller, 'activities', `{ ${only.activities} ${created} }`, '');
  expect(analytics.dashboard!.recentActivities).toHaveLength(recent.length);
  expect((analytics.salesFunnel!.stages as Fields[]).map(({ count }) => count)).toEqual([
    leads.length,
    qualified.length,
    newDeals.length,
    having(newDeals, { status: 'WON' }).length,
  ]);
  for (const row of analytics.pipelineFunnel!.stages as Fields[]) {
    const here = deals.filter((deal) => (deal.stage as Fields).id === (row.stage as Fields).id);
    expect(row).toEqual({
      stage: row.stage,
      dealCount: here.length,
      totalValue: sumOf(here),
      expectedRevenue: sumOf(having(here, { status: 'OPEN' }), 'expectedRevenue'),
      percentage: percent(here.length, deals.length),
    });
  }
  for (const row of analytics.revenueByPeriod as unknown as Fields[]) {
    const within = won.filter(
      (deal) => deal.actualCloseDate! >= row.startDate! && deal.actualCloseDate! <= row.endDate!,
    );
    expect(row).toMatchObject({ dealCount: within.length, revenue: sumOf(within) });
  }
  for (const row of analytics.employeePerformance as unknown as Fields[]) {
    const theirs = (rows: Fields[]) =>
      rows.filter((one) => (one.assignedTo as Fields | null)?.id === (row.employee as Fields).id);
    expect(row).toMatchObject({
      customers: theirs(customers).length,
      leads: { total: theirs(leads).length, converted: theirs(converted).length },
      deals: { total: theirs(newDeals).length, won: theirs(won).length, lost: theirs(lost).length },
      revenue: { won: sumOf(theirs(won)), pipeline: sumOf(theirs(open)) },
    });
  }
  await visits(caller, velocity.dealVelocity, { from, to, zone, filter: `{ ${only.deals} }` });
  expect(velocity.dealVelocity.wonCount).toBe(won.length);
  const mine = (field: keyof typeof only, fields: string) =>
    list(caller, field, `{ ${only[field]} mine: true }`, fields);
  const [myDeals, myActivities] = [await mine('deals', dealFields), await mine('activities', 'isOverdue')];
  expect(analytics.quickStats).toEqual({
    myCustomers: (await mine('customers', '')).length,
    myLeads: (await mine('leads', '')).length,
    myDeals: myDeals.length,
    myOpenDeals: having(myDeals, { status: 'OPEN' }).length,
    myRevenue: sumOf(having(myDeals, { status: 'WON' })),
    myOverdueActivities: having(myActivities, { isOverdue: true }).length,
  });
  const { months, overdue, later, undated } = analytics.forecast as Record<string, Fields | Fields[]>;
  const parts = [...(months as Fields[]), overdue, later, undated] as Fields[];
  expect(parts.reduce((sum, { dealCount }) => sum + (dealCount as number), 0)).toBe(open.length);
  const late = open.filter(({ expectedCloseDate }) => expectedCloseDate && expectedCloseDate < today);
  expect(overdue).toEqual({
    dealCount: late.length,
    totalValue: sumOf(late),
    expectedRevenue: sumOf(late, 'expectedRevenue'),
  });
}

/** Visits of deals to stages, counted in the histories that the deals show. */
async function visits(
  caller: Sender,
  velocity: Fields,
  { from, to, zone, filter }: { from: string; to: string; zone: string; filter: string },
): Promise<void> {
  const dayOf = (moment: string) => new Date(moment).toLocaleDateString('sv-SE', { timeZone: zone });
  const deals = await list(
    caller,
    'deals',
    filter,
    'stageHistory(first: 20) { nodes { toStage { name order } toStatus changedAt } }',
  );
  type Change = { toStage: { name: string; order: number }; toStatus: string; changedAt: string };
  const begun = deals.flatMap((deal) => {
    const changes = [...(deal.stageHistory as { nodes: Change[] }).nodes].reverse();
    return changes.map((change, n) => ({ ...change, next: changes[n + 1] }));
  });
  for (const row of velocity.stages as Fields[]) {
    const here = begun.filter(
      ({ toStage, toStatus, changedAt }) =>
        toStage.name === (row.stage as Fields).name &&
        toStatus === 'OPEN' &&
        dayOf(changedAt) >= from &&
        dayOf(changedAt) <= to,
    );
    const ended = (how: (next: Change, order: number) => boolean) =>
      here.filter(({ next, toStage }) => next && how(next, toStage.order)).length;
    expect(row).toEqual({
      stage: row.stage,
      entered: here.length,
      advanced: ended(({ toStatus, toStage }, order) => toStatus === 'OPEN' && toStage.order > order),
      regressed: ended(({ toStatus, toStage }, order) => toStatus === 'OPEN' && toStage.order < order),
      won: ended(({ toStatus }) => toStatus === 'WON'),
      lost: ended(({ toStatus }) => toStatus === 'LOST'),
      transferred: 0,
      current: here.filter(({ next }) => !next).length,
    });
  }
}
