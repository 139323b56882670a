import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { activityRow, customerRow, type Fields, insertRows, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { day, pipelineById, type Stage } from './support/sales.js';
import { newTenant, type Tenant } from './support/tenant.js';

// Every number is worked out again from the rows of the list that it claims to describe.

type Amounts = Record<string, bigint>;
interface Listed {
  totalCount: number;
  nodes: Fields[];
}

const dayOffset = fc.integer({ min: -70, max: 40 });
const amount = fc.option(fc.integer({ min: 0, max: 99_999_999 }).map((cents) => (cents / 100).toFixed(2)));
const pick = <Value>(...values: Value[]) => fc.constantFrom(...values);

const anyDeal = fc.record({
  status: pick('OPEN', 'WON', 'LOST'),
  created: dayOffset,
  closed: dayOffset,
  expected: fc.option(dayOffset),
  stage: fc.nat(),
  value: amount,
  probability: fc.integer({ min: 0, max: 100 }),
  currency: pick('USD', 'EUR', 'JPY'),
  priority: pick('LOW', 'MEDIUM', 'HIGH', 'URGENT'),
  customer: fc.option(fc.nat()),
  assignee: fc.option(fc.nat()),
});
const anyLead = fc.record({
  qualification: pick('NEW', 'CONTACTED', 'QUALIFIED', 'UNQUALIFIED', 'CONVERTED', 'LOST'),
  source: pick('WEBSITE', 'REFERRAL', 'EVENT', 'OTHER'),
  score: fc.integer({ min: 0, max: 100 }),
  value: amount,
  created: dayOffset,
  assignee: fc.option(fc.nat()),
});
const anyCustomer = fc.record({
  status: pick('ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP'),
  kind: pick('INDIVIDUAL', 'BUSINESS'),
  created: dayOffset,
  assignee: fc.option(fc.nat()),
});
const anyActivity = fc.record({
  kind: pick('CALL', 'EMAIL', 'TELEGRAM', 'MEETING', 'NOTE', 'TASK'),
  status: pick('SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'),
  scheduled: fc.option(dayOffset.filter((offset) => offset !== 0)),
  created: dayOffset,
  assignee: fc.option(fc.nat()),
});
const anyWorld = fc.record({
  deals: fc.array(anyDeal, { maxLength: 25 }),
  leads: fc.array(anyLead, { maxLength: 15 }),
  customers: fc.array(anyCustomer, { maxLength: 10 }),
  activities: fc.array(anyActivity, { maxLength: 10 }),
  range: fc.tuple(dayOffset, dayOffset).map(([one, other]) => [Math.min(one, other), Math.max(one, other)]),
  filter: pick(
    '{}',
    '{ priority: { in: [HIGH, URGENT] } }',
    '{ value: { gte: "1000" } }',
    '{ not: { currency: { eq: "EUR" } } }',
  ),
});
type World = typeof anyWorld extends fc.Arbitrary<infer Value> ? Value : never;

let tenants: { tenant: Tenant; pipelineId: string; stages: Stage[]; employees: string[]; callers: Sender[] }[];

beforeAll(async () => {
  tenants = await Promise.all(
    [1, 2].map(async () => {
      const tenant = await newTenant();
      const members = await Promise.all(['Admin', 'Sales Manager', 'Viewer'].map((role) => tenant.member(role)));
      const { id: pipelineId, stages } = await pipelineById(tenant.owner);
      const employees = [await tenant.employee({ userId: members[1]!.id }), await tenant.employee()];
      return { tenant, pipelineId, stages, employees, callers: [tenant.owner, ...members] };
    }),
  );
});

const among = <Value>(values: Value[], n: number | null): Value | null =>
  n === null || !values.length ? null : values[n % values.length]!;
const at = (offset: number) => `${day(offset)}T12:00:00Z`;

async function build(
  world: World,
  { tenant: { id }, pipelineId, stages, employees }: (typeof tenants)[0],
): Promise<void> {
  for (const table of ['activities', 'deal_stage_changes', 'deals', 'leads', 'customers'])
    await sql(`delete from ${table} where organization_id = $1`, [id]);
  const common = (created: number) => ({
    id: v7(),
    organization_id: id,
    created_at: at(created),
    updated_at: at(created),
    tags: [],
  });
  const customers = world.customers.map(({ status, kind, created, assignee }) =>
    customerRow(id, {
      status,
      customer_type: kind,
      created_at: at(created),
      assigned_to_id: among(employees, assignee),
    }),
  );
  await insertRows('customers', customers);
  await insertRows(
    'leads',
    world.leads.map(({ qualification, source, score, value, created, assignee }, n) => ({
      ...common(created),
      code: `LEAD-${n}`,
      name: 'Lee Young',
      email: `${v7()}@leads.example`,
      qualification_status: qualification,
      is_converted: qualification === 'CONVERTED',
      converted_at: qualification === 'CONVERTED' ? at(created) : null,
      source,
      lead_score: score,
      estimated_value: value,
      assigned_to_id: among(employees, assignee),
    })),
  );
  const changes: Fields[] = [];
  await insertRows(
    'deals',
    world.deals.map((deal, n) => {
      const open = stages.filter(({ name }) => !name.startsWith('Closed'));
      const stage =
        deal.status === 'OPEN'
          ? among(open, deal.stage)!
          : stages.find(({ name }) => name === (deal.status === 'WON' ? 'Closed Won' : 'Closed Lost'))!;
      const probability = deal.status === 'OPEN' ? deal.probability : deal.status === 'WON' ? 100 : 0;
      const cents =
        deal.value === null ? null : (BigInt(deal.value.replace('.', '')) * BigInt(probability) + 50n) / 100n;
      const row = common(deal.created);
      // It began on another open stage, went on to its own if that is open, and was closed or not.
      const path = [among(open, deal.stage + 1)!, among(open, deal.stage)!, ...(deal.status === 'OPEN' ? [] : [stage])];
      for (const [step, on] of path.entries())
        changes.push({
          id: v7(),
          organization_id: id,
          deal_id: row.id,
          to_stage_id: on.id,
          to_stage_name: on.name,
          to_status: on === stage ? deal.status : 'OPEN',
          changed_at: `${day(deal.created)}T1${2 + step}:00:00Z`,
        });
      return {
        ...row,
        code: `DEAL-${n}`,
        title: 'A deal',
        status: deal.status,
        stage_id: stage.id,
        pipeline_id: pipelineId,
        value: deal.value,
        probability,
        expected_revenue: cents === null ? null : textOf(cents),
        currency: deal.currency,
        priority: deal.priority,
        expected_close_date: deal.expected === null ? null : day(deal.expected),
        actual_close_date: deal.status === 'OPEN' ? null : day(deal.closed),
        customer_id: among(customers, deal.customer)?.id ?? null,
        assigned_to_id: among(employees, deal.assignee),
      };
    }),
  );
  await insertRows('deal_stage_changes', changes);
  await insertRows(
    'activities',
    world.activities.map(({ kind, status, scheduled, created, assignee }) =>
      activityRow(id, {
        activity_type: kind,
        status,
        completed_at: status === 'COMPLETED' ? at(created) : null,
        scheduled_at: scheduled === null ? null : at(scheduled),
        created_at: at(created),
        assigned_to_id: among(employees, assignee),
      }),
    ),
  );
}

const textOf = (cents: bigint) => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;

/** The money measure that the rows of a list add up to. */
function sumOf(rows: Fields[], field = 'value') {
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

const percent = (part: number, whole: number) => (whole ? Math.round((part / whole) * 10_000) / 100 : 0);
const money = '{ amount currency otherCurrencies { amount currency } }';
const dealFields =
  'status value expectedRevenue currency priority stage { id } assignedTo { id } customer { id } expectedCloseDate actualCloseDate';

/** All rows of a list, by the list itself. */
async function list(caller: Sender, field: string, filter: string, fields: string): Promise<Fields[]> {
  const document = `{ list: ${field}(filter: ${filter}, first: 100) { totalCount nodes { id ${fields} } } }`;
  const { list: page } = await caller.request<{ list: Listed }>(document);
  expect(page.nodes).toHaveLength(page.totalCount);
  return page.nodes;
}

const having = (rows: Fields[], wanted: Fields) =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name] === value));

async function statistics(caller: Sender, filter: string): Promise<void> {
  const deals = await list(caller, 'deals', filter, dealFields);
  const leads = await list(caller, 'leads', '{}', 'qualificationStatus isConverted leadScore estimatedValue source');
  const customers = await list(caller, 'customers', '{}', 'status customerType');
  const activities = await list(caller, 'activities', '{}', 'status activityType isOverdue');
  const answer = await caller.request<Record<string, Fields>>(`{
    dealStats(filter: ${filter}) { total open won lost winRate totalValue ${money} openValue ${money} wonValue ${money} lostValue ${money}
      expectedRevenue ${money} byPriority { low medium high urgent } byStage { stage { id } count totalValue ${money} } }
    leadStats { total conversionRate averageScore totalEstimatedValue statusCounts { new qualified converted } bySource { source count } }
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
    averageScore: leads.length ? Math.round((scores / leads.length) * 100) / 100 : 0,
    totalEstimatedValue: sumOf(
      leads.map((lead) => ({ ...lead, currency: 'USD' })),
      'estimatedValue',
    ).amount,
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

async function metrics(caller: Sender, from: string, to: string): Promise<void> {
  const created = `createdAt: { gte: "${from}T00:00:00Z", lte: "${to}T23:59:59.999Z" }`;
  const closed = `actualCloseDate: { gte: "${from}", lte: "${to}" }`;
  const deals = await list(caller, 'deals', '{}', dealFields);
  const newDeals = await list(caller, 'deals', `{ ${created} }`, dealFields);
  const won = await list(caller, 'deals', `{ status: { eq: WON }, ${closed} }`, dealFields);
  const lost = await list(caller, 'deals', `{ status: { eq: LOST }, ${closed} }`, dealFields);
  const leads = await list(caller, 'leads', `{ ${created} }`, 'qualificationStatus isConverted assignedTo { id }');
  const newCustomers = await list(caller, 'customers', `{ ${created} }`, 'status');
  const customers = await list(caller, 'customers', '{}', 'assignedTo { id }');
  const open = having(deals, { status: 'OPEN' });
  const converted = having(leads, { isConverted: true });
  const qualified = leads.filter((lead) => lead.isConverted || lead.qualificationStatus === 'QUALIFIED');
  const range = `from: "${from}", to: "${to}"`;
  const bucket = `{ dealCount totalValue ${money} expectedRevenue ${money} }`;
  const { analytics } = await caller.request<{ analytics: Record<string, Fields> }>(`{ analytics {
    dashboard(${range}) { customers { total active } leads { total qualified converted conversionRate }
      deals { total active won lost winRate } revenue { total ${money} pipelineValue ${money} expected ${money} }
      recentActivities(limit: 50) { id } }
    salesFunnel(${range}) { stages { count percentage } }
    pipelineFunnel { stages { stage { id } dealCount totalValue ${money} expectedRevenue ${money} percentage } }
    revenueByPeriod(period: WEEK, ${range}) { startDate endDate dealCount revenue ${money} }
    employeePerformance(${range}) { employee { id } customers leads { total converted } deals { total won lost winRate }
      revenue { won ${money} pipeline ${money} } }
    dealVelocity(${range}) { wonCount stages { stage { name } entered advanced regressed won lost transferred current } }
    quickStats { myCustomers myLeads myDeals myOpenDeals myRevenue ${money} myOverdueActivities }
    forecast(months: 2) { months ${bucket} overdue ${bucket} later ${bucket} undated ${bucket} }
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
  const recent = await list(caller, 'activities', `{ ${created} }`, '');
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
  await visits(caller, analytics.dealVelocity!, from, to);
  expect(analytics.dealVelocity!.wonCount).toBe(won.length);
  const mine = (field: string, fields: string) => list(caller, field, '{ mine: true }', fields);
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
  const late = open.filter(({ expectedCloseDate }) => expectedCloseDate && expectedCloseDate < day());
  expect(overdue).toEqual({
    dealCount: late.length,
    totalValue: sumOf(late),
    expectedRevenue: sumOf(late, 'expectedRevenue'),
  });
}

/** Visits of deals to stages, counted in the histories that the deals show. */
async function visits(caller: Sender, velocity: Fields, from: string, to: string): Promise<void> {
  const deals = await list(
    caller,
    'deals',
    '{}',
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
        changedAt.slice(0, 10) >= from &&
        changedAt.slice(0, 10) <= to,
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

describe('every figure is the count or sum of its list', () => {
  test('for each role and organization, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, anyWorld, async (one, other) => {
        for (const [n, world] of [one, other].entries()) await build(world, tenants[n]!);
        for (const { callers } of tenants)
          for (const caller of callers) {
            await statistics(caller, one.filter);
            await metrics(caller, day(one.range[0]), day(one.range[1]));
          }
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
