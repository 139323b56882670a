import { beforeAll, describe, expect, test } from '@jest/globals';
import { activityRow, customerRow, insertRows, newCustomer } from '../support/customers.js';
import { newDeal } from '../support/sales.js';
import { partialAnswer, refusal, statementsOf } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;
const customers: string[] = [];

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  for (let n = 0; n < 2; n += 1) {
    const { id } = await newCustomer(owner);
    customers.push(id);
    for (let deal = 0; deal < 3; deal += 1) await newDeal(owner, { customerId: id, title: `Deal ${deal}` });
  }
});

interface Page {
  totalCount?: number;
  nodes?: { title: string }[];
  pageInfo: { endCursor: string };
}

async function deals(
  customer: string,
  args: string,
  selection = 'nodes { title } pageInfo { endCursor }',
): Promise<Page> {
  const answer = await owner.request<{ customer: { deals: Page } }>(
    `query ($id: ID!) { customer(id: $id) { deals(${args}) { ${selection} } } }`,
    { id: customer },
  );
  return answer.customer.deals;
}

describe('a cursor of a nested list', () => {
  test('is of its parent alone', async () => {
    const [one, other] = customers as [string, string];
    const { pageInfo } = await deals(one, 'first: 2');
    const after = `first: 2, after: "${pageInfo.endCursor}"`;
    expect((await deals(one, after)).nodes).toHaveLength(1);
    expect(await refusal(deals(other, after))).toMatchObject({ code: 'INVALID_CURSOR' });
    for (const selection of ['totalCount pageInfo { endCursor }', 'totalCount'])
      expect(await refusal(deals(other, after, selection))).toMatchObject({ code: 'INVALID_CURSOR' });
  });

  test('is the same whether its parent is asked for alone or in a list, where it is refused to the others', async () => {
    const query = (args: string) =>
      `{ customers(orderBy: [{ field: CREATED_AT }]) { nodes { id deals(${args}) { nodes { title } pageInfo { endCursor } } } } }`;
    const { customers: page } = await owner.request<{ customers: { nodes: { id: string; deals: Page }[] } }>(
      query('first: 2'),
    );
    const cursors = page.nodes.map((node) => node.deals.pageInfo.endCursor);
    expect(cursors[0]).toBe((await deals(customers[0]!, 'first: 2')).pageInfo.endCursor);
    expect(new Set(cursors).size).toBe(2);
    const { data, errors } = await partialAnswer<{ customers: { nodes: { deals: Page | null }[] } }>(
      owner.request(query(`first: 2, after: "${cursors[0]}"`)),
    );
    expect(data.customers.nodes.map((node) => node.deals?.nodes?.length ?? null)).toEqual([1, null]);
    expect(errors).toMatchObject([
      { path: ['customers', 'nodes', 1, 'deals'], extensions: { code: 'INVALID_CURSOR' } },
    ]);
  });

  test('costs no more statements', async () => {
    const query = '{ customers { nodes { deals(first: 2) { nodes { title } pageInfo { endCursor } } } } }';
    expect(await statementsOf(() => owner.request(query))).toHaveLength(2);
  });
});

describe('a cursor of a list', () => {
  const list = async (args: string, selection = 'pageInfo { endCursor }') =>
    (await owner.request<{ deals: Page }>(`{ deals(${args}) { ${selection} } }`)).deals;

  test('is the same where defaults are spelled out', async () => {
    const plain = await list('first: 2');
    for (const args of [
      'first: 2, filter: {}',
      'first: 2, search: " "',
      'first: 2, orderBy: [{ field: CREATED_AT, direction: DESC }]',
      'first: 2, orderBy: [{ field: CREATED_AT, direction: DESC, nulls: LAST }]',
      'first: 2, orderBy: []',
    ])
      expect((await list(args)).pageInfo.endCursor).toBe(plain.pageInfo.endCursor);
    const ascending = await list('first: 2, orderBy: [{ field: VALUE }]');
    const spelled = await list('first: 2, orderBy: [{ field: VALUE, direction: ASC, nulls: LAST }]');
    expect(spelled.pageInfo.endCursor).toBe(ascending.pageInfo.endCursor);
    expect(ascending.pageInfo.endCursor).not.toBe(plain.pageInfo.endCursor);
  });

  test('is refused also when only the total is selected', async () => {
    const { pageInfo } = await list('first: 2, orderBy: [{ field: TITLE }]');
    for (const after of [pageInfo.endCursor, 'no cursor'])
      expect(await refusal(list(`first: 2, after: "${after}"`, 'totalCount'))).toMatchObject({
        code: 'INVALID_CURSOR',
      });
  });
});

test('a cursor of the rows of a group is of that group alone', async () => {
  const own = await newTenant();
  await insertRows('customers', [
    ...Array.from({ length: 3 }, () => customerRow(own.id, { status: 'VIP' })),
    ...Array.from({ length: 3 }, () => customerRow(own.id, { status: 'ACTIVE' })),
  ]);
  await insertRows('activities', [activityRow(own.id)]);
  const query = (args: string) =>
    `{ customerAnalytics(groupBy: [{ field: STATUS }]) { groups { rows(${args}) { nodes { id } pageInfo { endCursor } } } } }`;
  interface Answer {
    customerAnalytics: { groups: { rows: { nodes: object[]; pageInfo: { endCursor: string } } | null }[] };
  }
  const { customerAnalytics } = await own.owner.request<Answer>(query('first: 2'));
  const [first] = customerAnalytics.groups.map(({ rows }) => rows!.pageInfo.endCursor);
  const { data } = await partialAnswer<Answer>(own.owner.request(query(`first: 2, after: "${first}"`)));
  expect(data.customerAnalytics.groups.map(({ rows }) => rows?.nodes.length ?? null)).toEqual([1, null]);
});
