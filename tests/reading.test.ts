import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Kind, parse, print } from 'graphql';
import { gql } from 'graphql-request';
import pg from 'pg';
import {
  activityRow,
  customerRow,
  type Fields,
  freshEmail,
  insertRows,
  newCustomer,
  strip,
} from './support/customers.js';
import { sql, urls } from './support/database.js';
import { partialAnswer, statementsOf } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

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
  const text = readFileSync(new URL(`./screens/${screen}.graphql`, import.meta.url), 'utf8');
  const found = parse(text).definitions.find(
    (node) => node.kind === Kind.OPERATION_DEFINITION && node.name?.value === name,
  );
  return print(found!);
}

/** An organization with customers, each with an assignee, two calls and a note. */
async function busyTenant(customers: number): Promise<{ tenant: Tenant; ids: string[] }> {
  const tenant = await newTenant();
  const assigned_to_id = await tenant.employee({ firstName: 'Eve' });
  const rows = Array.from({ length: customers }, (_, n) =>
    customerRow(tenant.id, { name: `customer ${String(n).padStart(3, '0')}`, assigned_to_id }),
  );
  await insertRows('customers', rows);
  const author = { created_by_id: tenant.owner.id };
  const done = { status: 'COMPLETED', completed_at: '2024-03-01T10:00:00.000Z' };
  await insertRows(
    'activities',
    rows.flatMap(({ id, name }) => [
      activityRow(tenant.id, { ...author, ...done, customer_id: id, title: `first call of ${name}` }),
      activityRow(tenant.id, { ...author, customer_id: id, title: `second call of ${name}` }),
      activityRow(tenant.id, { ...author, ...done, customer_id: id, activity_type: 'NOTE', title: `note of ${name}` }),
    ]),
  );
  return { tenant, ids: rows.map(({ id }) => id) };
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
      '{ customers(first: 30) { nodes { a: activities(first: 1) { nodes { title } } b: activities(last: 1) { nodes { title } } } } }',
    ],
    ['two lists', 2, '{ customers { nodes { name } } organizationMembers { nodes { joinedAt user { fullName } } } }'],
    [
      'a filter with relations and a search',
      1,
      '{ customers(search: "customer", filter: { assignedTo: { firstName: { eq: "Eve" } }, activities: { some: {} } }) { nodes { name } } }',
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

  test('what directives leave out is not read', async () => {
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

describe('selections', () => {
  test('a field may answer under any name, also under that of another field', async () => {
    const { tenant, ids } = await busyTenant(1);
    const { owner } = tenant;
    expect(
      await owner.request(
        gql`
          query ($id: ID!) {
            one: customer(id: $id) {
              name: status status: name id: customerType
              who: assignedTo { firstName } whoElse: assignedTo { name: lastName }
            }
          }
        `,
        { id: ids[0] },
      ),
    ).toEqual({
      one: {
        name: 'ACTIVE',
        status: 'customer 000',
        id: 'INDIVIDUAL',
        who: { firstName: 'Eve' },
        whoElse: { name: 'Early' },
      },
    });
  });

  test('one list under several names takes different arguments', async () => {
    const { tenant, ids } = await busyTenant(2);
    const { customers } = await tenant.owner.request<{ customers: { rows: Fields[] } }>(gql`
      {
        customers(orderBy: [{ field: NAME }]) {
          rows: nodes {
            id
            first: activities(orderBy: [{ field: TITLE }], first: 1) { nodes { title } }
            last: activities(orderBy: [{ field: TITLE }], last: 1) { total: totalCount nodes { title } }
            done: activities(filter: { activityType: { ne: NOTE }, status: { eq: COMPLETED } }) { nodes { title } }
          }
        }
      }
    `);
    const row = (n: number) => ({
      id: ids[n],
      first: { nodes: [{ title: `first call of customer 00${n}` }] },
      last: { total: 3, nodes: [{ title: `second call of customer 00${n}` }] },
      done: { nodes: [{ title: `first call of customer 00${n}` }] },
    });
    expect(customers.rows).toEqual([row(0), row(1)]);
  });

  test('fragments, directives and type names are seen through', async () => {
    const { tenant, ids } = await busyTenant(1);
    const document = gql`
      query ($yes: Boolean = true, $no: Boolean = false) {
        customers {
          ...page
          ... @include(if: $yes) { edges { __typename node { ...who code @skip(if: $yes) } } }
          nodes @include(if: $no) { email }
        }
      }
      fragment page on CustomerConnection { __typename nodes { id ...who } }
      fragment who on Customer {
        __typename
        name
        ... on Customer { assignedTo { ...person } }
        activities(first: 1) @skip(if: $yes) { totalCount }
      }
      fragment person on Employee { __typename fullName }
    `;
    const who = {
      __typename: 'Customer',
      name: 'customer 000',
      assignedTo: { __typename: 'Employee', fullName: 'Eve Early' },
    };
    expect(await tenant.owner.request(document)).toEqual({
      customers: {
        __typename: 'CustomerConnection',
        nodes: [{ id: ids[0], ...who }],
        edges: [{ __typename: 'CustomerEdge', node: who }],
      },
    });
  });

  test('nodes and edges may ask for different fields of the same rows', async () => {
    const { tenant } = await busyTenant(1);
    expect(
      await tenant.owner.request('{ customers { nodes { name } edges { node { status assignedTo { firstName } } } } }'),
    ).toEqual({
      customers: {
        nodes: [{ name: 'customer 000' }],
        edges: [{ node: { status: 'ACTIVE', assignedTo: { firstName: 'Eve' } } }],
      },
    });
  });

  test('references are followed as deep as a document may go', async () => {
    const { tenant, ids } = await busyTenant(1);
    const employees = await Promise.all(
      Array.from({ length: 8 }, (_, n) => tenant.employee({ firstName: `boss ${n}` })),
    );
    for (const [n, id] of employees.entries())
      await sql('update employees set manager_id = $2 where id = $1', [id, employees[n + 1] ?? null]);
    await sql('update customers set assigned_to_id = $2 where id = $1', [ids[0], employees[0]]);
    const chain = employees
      .reduceRight((below) => `manager { firstName ${below} }`, '')
      .replace('manager', 'assignedTo');
    const { customer } = await tenant.owner.request<{ customer: Fields }>(
      `query ($id: ID!) { customer(id: $id) { ${chain} } }`,
      {
        id: ids[0],
      },
    );
    const expected = employees.reduceRight<Fields | null>(
      (manager, _id, n) => ({ firstName: `boss ${n}`, ...(manager && { manager }) }),
      null,
    );
    expect(customer.assignedTo).toEqual(expected);
  });

  test('a reference to nothing is null, whatever is selected of it', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const document = gql`query ($id: ID!) { customer(id: $id) { assignedTo { id fullName manager { id } } user { id } } }`;
    expect(await owner.request(document, { id })).toEqual({ customer: { assignedTo: null, user: null } });
  });
});

describe('answers of mutations', () => {
  const selection = `id version name updatedAt lastContactAt assignedTo { id fullName } tags
    notes { totalCount nodes { title } } activities(first: 1) { pageInfo { hasNextPage endCursor } nodes { title } }`;

  test('are what a query of the same fields gives', async () => {
    const { tenant, ids } = await busyTenant(2);
    const id = ids[0];
    const change = gql`mutation ($id: ID!) { answer: updateCustomer(id: $id, input: { city: "Bern" }) { ${selection} } }`;
    const query = gql`query ($id: ID!) { answer: customer(id: $id) { ${selection} } }`;
    const { answer } = await tenant.owner.request<{ answer: Fields }>(change, { id });
    expect(answer).toMatchObject({ version: 2, notes: { totalCount: 1 } });
    expect(await tenant.owner.request(query, { id })).toEqual({ answer });
  });

  test('are read by the statements of queries', async () => {
    const { tenant, ids } = await busyTenant(2);
    const change = gql`mutation ($id: ID!) { activateCustomer(id: $id) { ${selection} } }`;
    const query = gql`query ($id: ID!) { customer(id: $id) { ${selection} } }`;
    const reading = await statementsOf(() => tenant.owner.request(query, { id: ids[0] }));
    const changing = await statementsOf(() => tenant.owner.request(change, { id: ids[0] }));
    expect(changing).toEqual(expect.arrayContaining(reading));
  });

  test('show what the mutations before them in the document did, and nothing of those after', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const add = (alias: string) => `${alias}: addCustomerNote(customerId: $id, input: { text: "${alias}" }) {
      customer { notes(orderBy: [{ field: TITLE }]) { totalCount nodes { title } } }
    }`;
    const answer = await owner.request(gql`mutation ($id: ID!) { ${add('a')} ${add('b')} ${add('c')} }`, { id });
    const notes = (...titles: string[]) => ({
      customer: { notes: { totalCount: titles.length, nodes: titles.map((title) => ({ title })) } },
    });
    expect(answer).toEqual({ a: notes('a'), b: notes('a', 'b'), c: notes('a', 'b', 'c') });
  });

  test('lack what the caller may not read, and the change stands', async () => {
    const tenant = await newTenant();
    const rep = (await tenant.member('Sales Rep')).as(tenant.id);
    await strip(tenant.id, 'activity:read');
    const document = gql`
      mutation ($email: String!) {
        createCustomer(input: { email: $email, name: "Ada" }) { name notes { totalCount } lastContactAt }
      }
    `;
    const { data, errors } = await partialAnswer(rep.request(document, { email: freshEmail() }));
    expect(data).toEqual({ createCustomer: { name: 'Ada', notes: null, lastContactAt: null } });
    expect(errors.map(({ path }) => path.join('.')).sort()).toEqual([
      'createCustomer.lastContactAt',
      'createCustomer.notes',
    ]);
    expect(await rep.request('{ customers { totalCount } }')).toEqual({ customers: { totalCount: 1 } });
  });
});

test('a query document is one snapshot: what is committed while it runs is not seen', async () => {
  const { tenant, ids } = await busyTenant(1);
  const document = gql`query ($id: ID!) { customer(id: $id) { name activities { totalCount nodes { title } } } }`;
  const ask = () =>
    tenant.owner.request<{ customer: { activities: { totalCount: number } } }>(document, { id: ids[0] });
  const before = await ask();
  const other = new pg.Client({ connectionString: urls.superuserUrl });
  await other.connect();
  try {
    await other.query('begin');
    await other.query('lock table activities in access exclusive mode');
    const during = ask();
    // The customer has been read; the statements on its activities wait for the lock.
    const waiting = `select count(*)::integer as locks from pg_locks where not granted and relation = 'activities'::regclass`;
    while ((await sql<{ locks: number }>(waiting))[0]!.locks === 0) await pause(10);
    await other.query('delete from activities where customer_id = $1', [ids[0]]);
    await other.query('commit');
    expect(await during).toEqual(before);
    expect((await ask()).customer.activities.totalCount).toBe(0);
  } finally {
    await other.end();
  }
});
