import { describe, expect, test } from '@jest/globals';
import { importJWK, SignJWT } from 'jose';
import { v7 } from 'uuid';
import { activityRow, customerRow, insertRows, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { day, idsByName, newDeal, pipelineById } from '../support/sales.js';
import { client, keys, refusal } from '../support/server.js';
import { newPerson, newTenant } from '../support/tenant.js';

describe('a money aggregate', () => {
  test('tells how many values it is made of', async () => {
    const { owner } = await newTenant();
    const customerId = (await newCustomer(owner)).id;
    const stageId = idsByName(await pipelineById(owner))['Closed Won'];
    for (const [value, currency] of [
      ['10', 'USD'],
      ['0', 'USD'],
      [null, 'USD'],
      ['5', 'EUR'],
    ])
      await newDeal(owner, { customerId, stageId, value, currency });
    const answer = await owner.request<Record<string, unknown>>(`{
      dealStats { wonValue { amount rowCount } lostValue { amount rowCount } averageDealSize { amount rowCount } }
      customer(id: "${customerId}") { totalValue { amount rowCount otherCurrencies { amount currency } } }
      customerStats { totalRevenue { amount rowCount } }
      analytics { quickStats { myRevenue { amount rowCount } } dashboard { revenue { total { rowCount } } } }
      dealAnalytics(groupBy: [{ field: STATUS }]) { total { min { value { amount rowCount } } } }
    }`);
    expect(answer).toMatchObject({
      dealStats: {
        wonValue: { amount: '10.00', rowCount: 2 },
        lostValue: { amount: '0.00', rowCount: 0 },
        averageDealSize: { amount: '5.00', rowCount: 2 },
      },
      customer: {
        totalValue: { amount: '10.00', rowCount: 2, otherCurrencies: [{ amount: '5.00', currency: 'EUR' }] },
      },
      customerStats: { totalRevenue: { amount: '10.00', rowCount: 2 } },
      analytics: { quickStats: { myRevenue: { rowCount: 0 } }, dashboard: { revenue: { total: { rowCount: 2 } } } },
      dealAnalytics: { total: { min: { value: { amount: '0.00', rowCount: 2 } } } },
    });
  });
});

describe('a comparison with the period before', () => {
  test('also has groups and a total that only that period has', async () => {
    const { owner, id } = await newTenant();
    const at = (date: string) => `${date}T12:00:00Z`;
    await insertRows('customers', [
      customerRow(id, { status: 'VIP', created_at: at('2026-03-05') }),
      customerRow(id, { status: 'ACTIVE', created_at: at('2026-02-05') }),
      customerRow(id, { status: 'ACTIVE', created_at: at('2026-01-05') }),
    ]);
    const report = async (groupBy: string, period: string) =>
      (
        await owner.request<{ customerAnalytics: object }>(`{
          customerAnalytics(groupBy: ${groupBy}, period: { field: CREATED_AT, ${period} }, compareTo: PREVIOUS_PERIOD) {
            groups { keys { value } count previous { count } }
            total { count }
            previousTotal { count }
          }
        }`)
      ).customerAnalytics;
    expect(await report('[{ field: STATUS }]', 'from: "2026-03-01", to: "2026-03-31"')).toEqual({
      groups: [
        { keys: [{ value: 'VIP' }], count: 1, previous: { count: 0 } },
        { keys: [{ value: 'ACTIVE' }], count: 0, previous: { count: 1 } },
      ],
      total: { count: 1 },
      previousTotal: { count: 1 },
    });
    const monthly = '[{ field: CREATED_AT, granularity: MONTH }, { field: STATUS }]';
    expect(await report(monthly, 'from: "2026-03-01", to: "2026-04-30"')).toEqual({
      groups: [
        { keys: [{ value: '2026-03-01' }, { value: 'VIP' }], count: 1, previous: { count: 0 } },
        { keys: [{ value: '2026-03-01' }, { value: 'ACTIVE' }], count: 0, previous: { count: 1 } },
        { keys: [{ value: '2026-04-01' }, { value: 'ACTIVE' }], count: 0, previous: { count: 1 } },
      ],
      total: { count: 1 },
      previousTotal: { count: 2 },
    });
  });

  test('is missing without being asked for', async () => {
    const { owner } = await newTenant();
    const query = '{ customerAnalytics(groupBy: [{ field: STATUS }]) { previousTotal { count } } }';
    expect(await owner.request(query)).toEqual({ customerAnalytics: { previousTotal: null } });
  });
});

test('a task whose due date has passed is overdue, wherever that is told', async () => {
  const { owner, id } = await newTenant();
  const employee = (await sql<{ id: string }>('select id from employees where organization_id = $1', [id]))[0]!.id;
  const hour = 3_600_000;
  const at = (offset: number) => new Date(Date.now() + offset).toISOString();
  const own = { assigned_to_id: employee };
  const task = { activity_type: 'TASK', ...own };
  const rows = [
    activityRow(id, { ...task, title: 'due long ago', task_due_date: day(-5) }),
    activityRow(id, { ...task, title: 'in progress', status: 'IN_PROGRESS', task_due_date: day(-2) }),
    activityRow(id, { ...own, title: 'call missed', scheduled_at: at(-80 * hour) }),
    activityRow(id, { ...task, title: 'today', task_due_date: day() }),
    activityRow(id, { ...task, title: 'done', status: 'COMPLETED', completed_at: at(0), task_due_date: day(-9) }),
    activityRow(id, { ...task, title: 'cancelled', status: 'CANCELLED', task_due_date: day(-9) }),
    activityRow(id, { ...own, title: 'undated' }),
    activityRow(id, { ...own, title: 'planned', scheduled_at: at(hour) }),
  ];
  await insertRows(
    'activities',
    rows.map((row) => ({ scheduled_at: null, task_due_date: null, ...row })),
  );
  interface Titles {
    title: string;
  }
  const answer = await owner.request<{
    overdueActivities: Titles[];
    activities: { nodes: (Titles & { isOverdue: boolean })[] };
    activityStats: { overdue: number };
    analytics: { quickStats: { myOverdueActivities: number } };
  }>(`{
    overdueActivities(limit: 10, mine: true) { title }
    activities { nodes { title isOverdue } }
    activityStats { overdue }
    analytics { quickStats { myOverdueActivities } }
  }`);
  expect(answer.overdueActivities.map(({ title }) => title)).toEqual(['due long ago', 'call missed', 'in progress']);
  expect(new Set(answer.activities.nodes.filter((one) => one.isOverdue).map(({ title }) => title))).toEqual(
    new Set(['due long ago', 'call missed', 'in progress']),
  );
  expect(answer.activityStats.overdue).toBe(3);
  expect(answer.analytics.quickStats.myOverdueActivities).toBe(3);
});

test('a new organization answers for itself, though the request acts in another one or in none', async () => {
  const document = `mutation {
    one: createOrganization(input: { name: "New", settings: { theme: "dark" } }) {
      settings members { totalCount nodes { isOwner user { id } } }
    }
    myOrganizations: createOrganization(input: { name: "Newer" }) { id members { totalCount } }
  }`;
  for (const person of [await newPerson(), await newPerson('Old')]) {
    const answer = await person.request(document);
    expect(answer).toMatchObject({
      one: {
        settings: { theme: 'dark' },
        members: { totalCount: 1, nodes: [{ isOwner: true, user: { id: person.id } }] },
      },
      myOrganizations: { members: { totalCount: 1 } },
    });
  }
});

test('a token of ours with ids that are none is refused as no token of ours', async () => {
  const person = await newPerson();
  const [key] = keys;
  const sign = async (sub: string, sid: unknown) =>
    new SignJWT({ sid })
      .setProtectedHeader({ alg: 'ES256', kid: key!.kid!, typ: 'at+jwt' })
      .setSubject(sub)
      .setIssuer('too-good-crm')
      .setAudience('too-good-crm-api')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(await importJWK(key!, 'ES256'));
  for (const [sub, sid] of [
    ['x', v7()],
    [person.id, 'x'],
    [person.id, { a: 1 }],
    [`${person.id}'--`, v7()],
  ] as const)
    expect(await refusal(client({ token: await sign(sub, sid) }).request('{ me { id } }'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'TOKEN_INVALID',
    });
});
