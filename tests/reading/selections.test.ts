import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import pg from 'pg';
import { busyTenant } from '../support/busy-tenant.js';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { waiting } from '../support/locks.js';
import { strip } from '../support/permissions.js';
import { partialAnswer, statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

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
    const document = gql`
      query ($id: ID!) {
        customer(id: $id) { assignedTo { id fullName manager { id } } user { id } }
      }
    `;
    expect(await owner.request(document, { id })).toEqual({ customer: { assignedTo: null, user: null } });
  });
});

describe('answers of mutations', () => {
  const selection = `id version name updatedAt lastContactAt assignedTo { id fullName } tags
    notes { totalCount nodes { title } } activities(first: 1) { pageInfo { hasNextPage endCursor } nodes { title } }`;

  test('are what a query of the same fields gives', async () => {
    const { tenant, ids } = await busyTenant(2);
    const id = ids[0];
    const change = gql`
      mutation ($id: ID!) {
        answer: updateCustomer(id: $id, input: { city: "Bern" }) { ${selection} }
      }
    `;
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
    await waiting(1);
    await other.query('delete from activities where customer_id = $1', [ids[0]]);
    await other.query('commit');
    expect(await during).toEqual(before);
    expect((await ask()).customer.activities.totalCount).toBe(0);
  } finally {
    await other.end();
  }
});
