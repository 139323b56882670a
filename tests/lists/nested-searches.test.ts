import { beforeAll, describe, expect, test } from '@jest/globals';
import { activityRow, customerRow, insertRows } from '../support/customers.js';
import { statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

interface Page {
  totalCount: number;
  pageInfo: object;
  nodes: { id: string }[];
  edges: { cursor: string }[];
}

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
  const customers = ['Ada', 'Ben', 'Cyd', 'Dot'].map((name) => customerRow(tenant.id, { name }));
  await insertRows('customers', customers);
  const activities = customers.flatMap(({ id }, n) =>
    Array.from({ length: 3 * n }, (_, k) =>
      activityRow(tenant.id, {
        customer_id: id,
        title: k % 2 ? `Visit ${k}` : `Call ${k}`,
        scheduled_at: new Date(Date.UTC(2026, 0, 1 + ((7 * k) % 5))).toISOString(),
      }),
    ),
  );
  await insertRows('activities', activities);
});

const page = 'totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor page pageCount } nodes { id }';
const all = (args: string) => `{ customers { nodes { id activities(${args}) { ${page} edges { cursor } } } } }`;
const alone = (args: string) => `query ($id: ID!) {
  customer(id: $id) { activities(${args}) { ${page} edges { cursor } } }
}`;

describe('a search below several records', () => {
  test.each([
    ['search: "call"'],
    ['search: "all", first: 2'],
    ['search: "call", last: 2, orderBy: [{ field: SCHEDULED_AT }]'],
    ['search: "call", page: 2, pageSize: 2, orderBy: [{ field: TITLE, direction: DESC }]'],
    ['search: "call", page: 9, pageSize: 2'],
    ['search: "visit", filter: { title: { contains: "3" } }'],
    ['search: "nothing of that kind"'],
  ])('finds what it finds below each of them alone: %s', async (args) => {
    const { owner } = tenant;
    const { customers } = await owner.request<{ customers: { nodes: { id: string; activities: Page }[] } }>(all(args));
    expect(customers.nodes).toHaveLength(4);
    for (const { id, activities } of customers.nodes) {
      const { customer } = await owner.request<{ customer: { activities: Page } }>(alone(args), { id });
      expect(activities).toEqual(customer.activities);
    }
  });

  test('runs once and not once for each', async () => {
    const [, searched, ...others] = await statementsOf(() =>
      tenant.owner.request('{ customers { nodes { activities(search: "call") { nodes { id } } } } }'),
    );
    expect(searched).toMatch(/search_activities/);
    expect(searched).not.toMatch(/lateral/);
    expect(others).toEqual([]);
  });
});
