import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from '@jest/globals';
import { analytics, dealClosed } from '../support/analytics.js';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { day, newLead, send } from '../support/sales.js';
import { refusal, statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

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
       leads: topPerformers(metric: LEADS_CONVERTED, limit: 1) {
         employee { firstName } customers leads { total converted conversionRate }
       }`,
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
  const longer = [expect.stringContaining('set local statement_timeout = 15000')];
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
