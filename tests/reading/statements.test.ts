import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Kind, parse, print } from 'graphql';
import { gql } from 'graphql-request';
import { busyTenant } from '../support/busy-tenant.js';
import { type Fields, freshEmail } from '../support/customers.js';
import { statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

/** The table of the customers screen, without its statistics. */
const CustomersTable = gql`
  query CustomersList(
    $filter: CustomerFilter
    $search: String
    $orderBy: [CustomerOrder!]
    $page: Int = 1
    $pageSize: Int = 25
  ) {
    customers(filter: $filter, search: $search, orderBy: $orderBy, page: $page, pageSize: $pageSize) {
      totalCount
      pageInfo { page pageSize pageCount hasNextPage hasPreviousPage }
      nodes {
        id
        version
        code
        fullName
        companyName
        email
        phone
        customerType
        status
        lastContactAt
        assignedTo { id fullName }
        createdAt
      }
    }
  }
`;

/** One operation of a screen's document. */
function operation(screen: string, name: string): string {
  const text = readFileSync(new URL(`../screens/${screen}.graphql`, import.meta.url), 'utf8');
  const found = parse(text).definitions.find(
    (node) => node.kind === Kind.OPERATION_DEFINITION && node.name?.value === name,
  );
  return print(found!);
}

describe('statements', () => {
  /** Number of statements of a query, in organizations of 1 and of 30 customers. */
  async function countsOf(document: string, variables: Fields = {}): Promise<number[]> {
    const counts: number[] = [];
    for (const size of [1, 30]) {
      const { tenant, ids } = await busyTenant(size);
      const sent = await statementsOf(() => tenant.owner.request(document, { id: ids[0], ...variables }));
      counts.push(sent.length);
    }
    return counts;
  }

  test.each<[string, number, string]>([
    ['a list', 1, '{ customers { nodes { name email } } }'],
    [
      'a list with its to-one relation',
      1,
      '{ customers { nodes { name assignedTo { fullName manager { fullName } } } } }',
    ],
    ['a list with a computed field', 1, '{ customers { nodes { fullName lastContactAt } } }'],
    [
      'a list with edges, cursors and page info',
      1,
      '{ customers { edges { cursor node { name } } nodes { code } pageInfo { hasNextPage endCursor } } }',
    ],
    ['a total alone', 1, '{ customers { totalCount } }'],
    ['a list with its total', 1, '{ customers { totalCount nodes { name } } }'],
    ['a list with its number of pages', 1, '{ customers(page: 1) { pageInfo { pageCount } nodes { name } } }'],
    [
      'a list with total and number of pages',
      1,
      '{ customers(page: 1) { totalCount pageInfo { pageCount } nodes { name } } }',
    ],
    [
      'a list with a list below',
      2,
      '{ customers(first: 30) { nodes { name activities(first: 2) { nodes { title createdBy { fullName } } } } } }',
    ],
    [
      'a list with the totals of a list below',
      2,
      '{ customers(first: 30) { nodes { name activities { totalCount } } } }',
    ],
    [
      'a record with a list below and its total',
      2,
      'query ($id: ID!) { customer(id: $id) { name activities { totalCount nodes { title } } } }',
    ],
    [
      'a list with two lists below',
      3,
      '{ customers(first: 30) { nodes { activities { nodes { title } } notes { nodes { title } } } } }',
    ],
    [
      'one list below under two names',
      3,
      `
        {
          customers(first: 30) {
            nodes { a: activities(first: 1) { nodes { title } } b: activities(last: 1) { nodes { title } } }
          }
        }
      `,
    ],
    ['two lists', 2, '{ customers { nodes { name } } organizationMembers { nodes { joinedAt user { fullName } } } }'],
    [
      'a filter with relations and a search',
      1,
      `
        {
          customers(
            search: "customer", filter: { assignedTo: { firstName: { eq: "Eve" } }, activities: { some: {} } }
          ) { nodes { name } }
        }
      `,
    ],
    ['a record', 1, 'query ($id: ID!) { customer(id: $id) { name assignedTo { fullName } lastContactAt } }'],
    ['a record with a list below', 2, 'query ($id: ID!) { customer(id: $id) { name activities { nodes { title } } } }'],
    ['nothing but type names', 0, '{ __typename customers { __typename } }'],
  ])('%s takes %d, however many rows there are', async (_title, expected, document) => {
    expect(await countsOf(document)).toEqual([expected, expected]);
  });

  test('a list below several parents takes one for its rows and one for its totals', async () => {
    expect(
      await countsOf('{ customers(first: 30) { nodes { name activities { totalCount nodes { title } } } } }'),
    ).toEqual([2, 3]);
  });

  test('fields that directives leave out are not read', async () => {
    const document = gql`
      query ($id: ID!, $with: Boolean!, $without: Boolean!) {
        customer(id: $id) {
          name
          activities @include(if: $with) { nodes { title } }
          ... on Customer @skip(if: $without) { notes { totalCount } }
        }
      }
    `;
    expect(await countsOf(document, { with: false, without: true })).toEqual([1, 1]);
    expect(await countsOf(document, { with: true, without: false })).toEqual([3, 3]);
  });

  test('only what is selected is read', async () => {
    const { tenant } = await busyTenant(1);
    const [statement] = await statementsOf(() => tenant.owner.request('{ customers { nodes { name } } }'));
    expect(statement).toContain('"name"');
    for (const column of ['description', 'email', 'tags', 'employees']) expect(statement).not.toContain(column);
  });
});

describe('screens', () => {
  test('the list of customers', async () => {
    const { tenant, ids } = await busyTenant(3);
    const { customers } = await tenant.owner.request<{ customers: Fields & { nodes: Fields[] } }>(CustomersTable, {
      orderBy: [{ field: 'NAME' }],
      pageSize: 2,
      search: 'customer',
    });
    expect(customers).toMatchObject({
      totalCount: 3,
      pageInfo: { page: 1, pageSize: 2, pageCount: 2, hasNextPage: true, hasPreviousPage: false },
    });
    expect(customers.nodes.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(customers.nodes[0]).toMatchObject({
      version: 1,
      fullName: 'customer 000',
      companyName: null,
      phone: null,
      customerType: 'INDIVIDUAL',
      status: 'ACTIVE',
      lastContactAt: '2024-03-01T10:00:00.000Z',
      assignedTo: { fullName: 'Eve Early' },
    });
  });

  test('one customer from creation to deletion', async () => {
    const { owner } = await newTenant();
    const send = async (screen: string, name: string, variables: Fields) =>
      Object.values(await owner.request<Record<string, Fields>>(operation(screen, name), variables))[0]!;
    const created = await send('customers-list', 'CreateCustomer', {
      input: { email: freshEmail(), name: 'Ada King' },
    });
    const { id } = created;
    expect(created).toMatchObject({ version: 1, code: 'CUST-0001', fullName: 'Ada King' });
    const updated = await send('customer-detail', 'UpdateCustomer', {
      id,
      input: { city: 'Bern' },
      expectedVersion: 1,
    });
    const note = await send('customer-detail', 'AddCustomerNote', { customerId: id, text: 'Hello', isPinned: true });
    await send('customer-detail', 'AddCustomerNote', { customerId: id, text: 'Later' });
    const detail = await send('customer-detail', 'CustomerDetail', { id });
    expect(detail).toMatchObject({ ...updated, city: 'Bern', lastContactAt: null, version: 2 });
    expect(detail.notes).toMatchObject({ totalCount: 2, nodes: [note, { title: 'Later', isPinned: false }] });
    expect(detail.activities).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: false },
      nodes: [
        { title: 'Later', activityType: 'NOTE', createdBy: { id: owner.id, fullName: 'Pat Poe' } },
        { title: 'Hello' },
      ],
    });
    expect(await send('customers-list', 'DeactivateCustomer', { id, expectedVersion: 2 })).toEqual({
      id,
      version: 3,
      status: 'INACTIVE',
    });
    expect(await send('customers-list', 'ActivateCustomer', { id })).toEqual({ id, version: 4, status: 'ACTIVE' });
    expect(await send('customers-list', 'DeleteCustomer', { id, expectedVersion: 4 })).toEqual({ id });
    expect(await send('customer-detail', 'CustomerDetail', { id })).toBeNull();
  });
});
