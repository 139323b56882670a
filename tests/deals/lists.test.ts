import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type Fields, newCustomer } from '../support/customers.js';
import {
  CustomerTotals,
  type DealOrganization,
  organizationWithDeals,
  type Totals,
} from '../support/deal-organization.js';
import { memberWith } from '../support/permissions.js';
import { day, faultsOf, idsByName, newDeal, newLead, pipelineById, send } from '../support/sales.js';
import { client, partialAnswer, refusal, statementsOf } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

let world: DealOrganization;
beforeAll(async () => {
  world = await organizationWithDeals();
});

describe('figures of a customer', () => {
  test('22: a deal of the customer and of a lead converted into it counts once; leads bring theirs', async () => {
    const won = world.stages['Closed Won'];
    const buyer = await newCustomer(world.owner);
    const lead = await newLead(world.owner, { estimatedValue: '9999' });
    await send(world.owner, 'convertLead', { id: lead.id, input: { existingCustomerId: buyer.id } });
    await newDeal(world.owner, { customerId: buyer.id, leadId: lead.id, stageId: won, value: '100' });
    const other = await newCustomer(world.owner);
    await newDeal(world.owner, { customerId: other.id, leadId: lead.id, stageId: won, value: '50' });
    await newDeal(world.owner, { customerId: buyer.id, stageId: won, value: '80', currency: 'EUR' });
    await newDeal(world.owner, { customerId: buyer.id, stageId: won, value: '5', currency: 'CHF' });
    await newDeal(world.owner, { customerId: buyer.id, stageId: won });
    await newDeal(world.owner, { customerId: buyer.id, value: '1000' });
    await newDeal(world.owner, { customerId: buyer.id, value: '1000', stageId: world.stages['Closed Lost'] });
    expect(await world.totalsOf(buyer.id)).toMatchObject({
      openDealCount: 1,
      totalValue: {
        amount: '150.00',
        currency: 'USD',
        otherCurrencies: [
          { amount: '5.00', currency: 'CHF' },
          { amount: '80.00', currency: 'EUR' },
        ],
      },
    });
  });

  test('are zero without deals, and hidden without deal:read', async () => {
    const buyer = await newCustomer(world.owner);
    const none = { amount: '0.00', currency: 'USD', otherCurrencies: [] };
    expect(await world.totalsOf(buyer.id)).toMatchObject({ openDealCount: 0, totalValue: none });
    const reader = await memberWith(world.tenant, ['customer:read', 'lead:read', 'pipeline:read']);
    const as = reader.as(world.tenant.id);
    const { data, errors } = await partialAnswer<{ customer: Totals }>(as.request(CustomerTotals, { id: buyer.id }));
    expect(data.customer).toMatchObject({ openDealCount: null, totalValue: null });
    expect(errors.map(({ path, extensions }) => [path.join('.'), extensions.permission]).sort()).toEqual([
      ['customer.openDealCount', 'deal:read'],
      ['customer.totalValue', 'deal:read'],
    ]);
    for (const document of [
      '{ customers(orderBy: [{ field: TOTAL_VALUE, direction: ASC }]) { nodes { id } } }',
      '{ customers(filter: { deals: { some: {} } }) { totalCount } }',
    ])
      expect(await refusal(as.request(document))).toMatchObject({ code: 'FORBIDDEN', permission: 'deal:read' });
  });
});

describe('lists of deals', () => {
  let names: (document: string, variables?: Fields) => Promise<string[]>;
  let board: Record<string, string>;
  let buyers: Record<string, string>;
  let seller: Person;

  beforeAll(async () => {
    const another = await newTenant();
    seller = another.owner;
    board = idsByName(await pipelineById(seller));
    buyers = {};
    for (const name of ['Ann 100%', 'Bob', 'Cy', 'Di'])
      buyers[name] = (await newCustomer(seller, { customerType: 'BUSINESS', name })).id;
    const rows: [string, string, string, Fields][] = [
      ['apples', 'Ann 100%', 'Closed Won', { value: '10', priority: 'LOW' }],
      ['Berries', 'Bob', 'Closed Won', { value: '10', currency: 'EUR', priority: 'URGENT' }],
      ['cherries', 'Bob', 'Negotiation', { value: '300', priority: 'HIGH' }],
      ['Dates', 'Cy', 'Lead', { expectedCloseDate: day(3) }],
      ['elderberries', 'Cy', 'Closed Won', { value: '20.5' }],
      ['Figs', 'Cy', 'Qualified', { value: '7', expectedCloseDate: day(1) }],
    ];
    for (const [title, buyer, stage, more] of rows)
      await newDeal(seller, { title, customerId: buyers[buyer], stageId: board[stage], ...more });
    names = async (list, variables = {}) => {
      const [root] = list.split(/[({ ]/);
      const declared = Object.keys(variables).length ? '($id: ID!)' : '';
      const document = `query ${declared} { ${list} }`;
      const found = await seller.request<Record<string, { nodes: Fields[] }>>(document, variables);
      return found[root!]!.nodes.map(({ title, name }) => (title ?? name) as string);
    };
  });

  test('are searched by title and by the name of the customer', async () => {
    expect(
      await names('deals(search: "BERRIES", orderBy: [{ field: TITLE, direction: ASC }]) { nodes { title } }'),
    ).toEqual(['Berries', 'elderberries']);
    expect(await names('deals(search: "0%") { nodes { title } }')).toEqual(['apples']);
    expect(await names('deals(search: "_") { nodes { title } }')).toEqual([]);
    expect(await names('deals(search: "cy", orderBy: [{ field: TITLE, direction: ASC }]) { nodes { title } }')).toEqual(
      ['Dates', 'elderberries', 'Figs'],
    );
  });

  const orders: [string, string[]][] = [
    [
      '[{ field: STAGE_ORDER, direction: ASC }, { field: TITLE, direction: DESC }]',
      ['Dates', 'Figs', 'cherries', 'elderberries', 'Berries', 'apples'],
    ],
    [
      '[{ field: STAGE_ORDER, direction: DESC }, { field: TITLE, direction: ASC }]',
      ['apples', 'Berries', 'elderberries', 'cherries', 'Figs', 'Dates'],
    ],
    [
      '[{ field: VALUE, direction: DESC }, { field: TITLE, direction: ASC }]',
      ['cherries', 'elderberries', 'apples', 'Berries', 'Figs', 'Dates'],
    ],
    [
      '[{ field: PRIORITY, direction: DESC }, { field: TITLE, direction: ASC }]',
      ['Berries', 'cherries', 'Dates', 'elderberries', 'Figs', 'apples'],
    ],
    [
      `[{ field: STATUS, direction: ASC }, { field: EXPECTED_CLOSE_DATE, direction: ASC },
        { field: TITLE, direction: ASC }]`,
      ['Figs', 'Dates', 'cherries', 'apples', 'Berries', 'elderberries'],
    ],
    ['[]', ['Figs', 'elderberries', 'Dates', 'cherries', 'Berries', 'apples']],
  ];
  test.each(orders)('are ordered by %s', async (orderBy, titles) => {
    expect(await names(`deals(orderBy: ${orderBy}) { nodes { title } }`)).toEqual(titles);
    expect(await walk('deals', 'title', orderBy)).toEqual(titles);
  });

  /** All rows by cursor, two at a time. */
  async function walk(list: string, field: string, orderBy: string): Promise<string[]> {
    const found: string[] = [];
    let after: string | null = null;
    do {
      const document = `
        query ($after: String) {
          ${list}(first: 2, after: $after, orderBy: ${orderBy}) {
            nodes { ${field} } pageInfo { hasNextPage endCursor }
          }
        }
      `;
      type Page = { nodes: Record<string, string>[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      const page: Page = (await seller.request<Record<string, Page>>(document, { after }))[list]!;
      found.push(...page.nodes.map((node) => node[field]!));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    return found;
  }

  test('customers are ordered by the won value in the own currency', async () => {
    const descending = '[{ field: TOTAL_VALUE, direction: DESC }, { field: NAME, direction: ASC }]';
    const ascending = '[{ field: TOTAL_VALUE, direction: ASC }, { field: NAME, direction: ASC }]';
    for (const [orderBy, expected] of [
      [descending, ['Cy', 'Ann 100%', 'Bob', 'Di']],
      [ascending, ['Bob', 'Di', 'Ann 100%', 'Cy']],
    ] as [string, string[]][]) {
      expect(await names(`customers(orderBy: ${orderBy}) { nodes { name } }`)).toEqual(expected);
      expect(await walk('customers', 'name', orderBy)).toEqual(expected);
    }
  });

  const filters: [string, string[]][] = [
    ['{ customer: { name: { startsWith: "b" } } }', ['Berries', 'cherries']],
    ['{ stage: { name: { eq: "Closed Won" } } }', ['apples', 'Berries', 'elderberries']],
    ['{ pipeline: { isDefault: { eq: true } }, status: { eq: OPEN } }', ['cherries', 'Dates', 'Figs']],
    ['{ status: { in: [] } }', []],
    ['{ value: { gte: "10", lt: "20.51" } }', ['apples', 'Berries', 'elderberries']],
    ['{ value: { isNull: true } }', ['Dates']],
    ['{ currency: { ne: "USD" } }', ['Berries']],
    ['{ probability: { gt: "10", lte: "75" } }', ['cherries', 'Figs']],
    ['{ not: { priority: { eq: MEDIUM } } }', ['apples', 'Berries', 'cherries']],
    ['{ mine: true }', []],
  ];
  test.each(filters)('are filtered by %s', async (filter, titles) => {
    const orderBy = '[{ field: TITLE, direction: ASC }]';
    expect(await names(`deals(filter: ${filter}, orderBy: ${orderBy}) { nodes { title } }`)).toEqual(titles);
  });

  test('customers are filtered by their deals, both ways', async () => {
    const customers = (filter: string) =>
      names(`customers(filter: ${filter}, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } }`);
    expect(await customers('{ deals: { some: { status: { eq: OPEN } } } }')).toEqual(['Bob', 'Cy']);
    expect(await customers('{ deals: { none: {} } }')).toEqual(['Di']);
    expect(await customers('{ deals: { none: { status: { eq: OPEN } } } }')).toEqual(['Ann 100%', 'Di']);
  });

  test('a relation filter inside another one is refused', async () => {
    const document = '{ deals(filter: { customer: { deals: { some: {} } } }) { totalCount } }';
    expect(await refusal(seller.request(document))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_FILTER' });
  });

  test('under a customer and a stage are those of it', async () => {
    const document = gql`
      query ($id: ID!) {
        customer(id: $id) { deals(orderBy: [{ field: TITLE, direction: ASC }]) { totalCount nodes { title } } }
      }
    `;
    expect(await seller.request(document, { id: buyers.Bob })).toEqual({
      customer: { deals: { totalCount: 2, nodes: [{ title: 'Berries' }, { title: 'cherries' }] } },
    });
  });

  test('a page of deals with its customers, stages and pipelines is one statement', async () => {
    const list = '{ deals { nodes { title customer { name } stage { name } pipeline { name } daysInStage } } }';
    expect(await statementsOf(() => seller.request(list))).toHaveLength(1);
  });

  test('nobody else sees or touches them', async () => {
    const { id } = await world.deal();
    expect(await seller.request('query ($id: ID!) { deal(id: $id) { id } }', { id })).toEqual({ deal: null });
    for (const name of ['markWon', 'reopenDeal', 'deleteDeal'])
      expect(await refusal(send(seller, name, { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(client().request('{ deals { totalCount } }'))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(faultsOf(await refusal(newDeal(seller, { customerId: world.customerId })))).toEqual({
      'input.customerId': 'NOT_FOUND',
    });
  });
});
