import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { changeIds, feed, ofCustomers, type Walk, walk } from '../support/log.js';
import { openWrite } from '../support/open-write.js';
import { newDeal, send } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

const Delete = gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`;

let tenant: Tenant;
let owner: Person;
/** Ids of all changes of customers, in the order of the log. */
let ids: string[];
let customers: string[];

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  customers = [];
  for (let n = 0; n < 6; n += 1) customers.push((await newCustomer(owner, { name: `Customer ${n}` })).id);
  for (const id of customers) await changeCustomer(owner, id, { name: `Changed ${id}` });
  for (const id of customers.slice(0, 3)) await owner.request(Delete, { id });
  const rows = await sql<{ id: string }>(
    `select id from changes where organization_id = $1 and record_type = 'CUSTOMER' order by id`,
    [tenant.id],
  );
  ids = rows.map(({ id }) => id);
});

describe('the feed', () => {
  test.each([1, 7, 1000])('in pages of %i gives every change of the log once, oldest first', async (first) => {
    const rows = await sql<{ id: string; type: string }>(
      `select id, record_type as type from changes
       where organization_id = $1 and record_type <> 'DEAL_STAGE_CHANGE' order by id`,
      [tenant.id],
    );
    const read = await walk(owner, { first });
    expect(read.changes.map(({ id, recordType: type }) => ({ id, type }))).toEqual(rows);
    expect(Math.max(...read.pages.map(({ nodes }) => nodes.length))).toBeLessThanOrEqual(first);
  });

  test('tells each change: kind, version, and fields before and after', async () => {
    const { nodes } = await feed(owner, { filter: { recordId: { eq: customers[0] } } });
    const name = (before: unknown, after: unknown) => expect.arrayContaining([{ name: 'name', before, after }]);
    expect(nodes.map(({ action, version, fields }) => ({ action, version, fields }))).toEqual([
      { action: 'CREATED', version: 1, fields: name(null, 'Customer 0') },
      {
        action: 'UPDATED',
        version: 2,
        fields: [{ name: 'name', before: 'Customer 0', after: `Changed ${customers[0]}` }],
      },
      { action: 'DELETED', version: 2, fields: name(`Changed ${customers[0]}`, null) },
    ]);
  });

  test.each([1, 4, 1000])('goes on after the cursor of each edge of pages of %i', async (first) => {
    const read = await walk(owner, { first, filter: ofCustomers });
    expect(changeIds(read)).toEqual(ids);
    const edges = read.pages.flatMap((page) => page.edges);
    expect(edges.map(({ node }) => node.id)).toEqual(ids);
    for (const [place, { cursor }] of edges.entries()) {
      const rest = await walk(owner, { first: 5, after: cursor, filter: ofCustomers });
      expect(changeIds(rest)).toEqual(ids.slice(place + 1));
    }
  });

  test('repeats a page that its reader has lost', async () => {
    const [first, second] = (await walk(owner, { first: 4, filter: ofCustomers })).pages;
    for (let time = 0; time < 2; time += 1) {
      const again = await feed(owner, { first: 4, after: first!.pageInfo.endCursor, filter: ofCustomers });
      expect(again.nodes).toEqual(second!.nodes);
      const next = await feed(owner, { first: 4, after: again.pageInfo.endCursor, filter: ofCustomers });
      expect(next.nodes).not.toEqual(second!.nodes);
    }
  });

  test('tells whether to ask for the next page at once', async () => {
    const whole = await feed(owner, { first: 1000, filter: ofCustomers });
    expect(whole.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const part = await feed(owner, { first: ids.length - 1, filter: ofCustomers });
    expect(part.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    // The end of an older snapshot: more may have happened since.
    const rest = await feed(owner, { first: 1, after: part.pageInfo.endCursor, filter: ofCustomers });
    expect(rest.nodes.map(({ id }) => id)).toEqual(ids.slice(-1));
    expect(rest.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const empty = await feed(owner, { first: 1, after: rest.pageInfo.endCursor, filter: ofCustomers });
    expect(empty).toMatchObject({ nodes: [], edges: [], pageInfo: { hasNextPage: false } });
  });

  test('goes on after the cursors of empty pages, one after the other', async () => {
    const { owner } = await newTenant();
    let { cursor } = await walk(owner, { first: 1000 });
    for (let n = 0; n < 3; n += 1) {
      const empty = await feed(owner, { after: cursor });
      expect(empty.nodes).toEqual([]);
      const still = await feed(owner, { after: empty.pageInfo.endCursor });
      expect(still.nodes).toEqual([]);
      const { id } = await newCustomer(owner, { name: `Later ${n}` });
      const later = await feed(owner, { after: still.pageInfo.endCursor });
      expect(later.nodes).toMatchObject([{ recordId: id, action: 'CREATED' }]);
      cursor = later.pageInfo.endCursor;
    }
  });

  test('gives a change of a transaction that was slow to commit, though later ones were read before', async () => {
    const { id, owner } = await newTenant();
    const { id: customer } = await newCustomer(owner, { name: 'Slow' });
    const { cursor } = await walk(owner, { first: 1000 });
    const slow = await openWrite('update customers set name = $2, version = 2 where id = $1', [customer, 'Late']);
    await newCustomer(owner, { name: 'Fast' });
    const fast = await walk(owner, { after: cursor, first: 1 });
    expect(fast.changes).toMatchObject([{ action: 'CREATED', recordType: 'CUSTOMER' }]);
    await slow.commit();
    const late = await walk(owner, { after: fast.cursor, first: 1 });
    expect(late.changes).toMatchObject([{ recordId: customer, version: 2 }]);
    const stored = await sql<{ id: string }>(
      `select id from changes where organization_id = $1 and record_type = 'CUSTOMER' order by id`,
      [id],
    );
    // The late one has a smaller number, so a reader that goes on after the greatest number would miss it.
    expect([...changeIds(late), ...changeIds(fast)]).toEqual(stored.slice(1).map(({ id }) => id));
  });

  test('does not give what was rolled back, by a savepoint or as a whole', async () => {
    const { owner } = await newTenant();
    const { cursor } = await walk(owner, { first: 1000 });
    const document = gql`
      mutation ($id: ID!) {
        good: createCustomer(input: { name: "Good", email: "good@x.example" }) { id }
        bad: deleteCustomer(id: $id) { id }
        doubled: createCustomer(input: { name: "Bad", email: "good@x.example" }) { id }
      }
    `;
    await owner.request(document, { id: customers[0] }).catch(() => undefined);
    const { changes } = await walk(owner, { after: cursor });
    expect(changes).toMatchObject([{ action: 'CREATED', fields: expect.arrayContaining([named('Good')]) }]);
  });
});

const named = (name: string) => ({ name: 'name', before: null, after: name });

test('the feed after changeCursor has what the document of that cursor does not show', async () => {
  const { owner } = await newTenant();
  await newCustomer(owner, { name: 'Before' });
  const document = gql`{ changeCursor customers { nodes { name } } }`;
  const { changeCursor, customers } = await owner.request<{
    changeCursor: string;
    customers: { nodes: { name: string }[] };
  }>(document);
  expect(customers.nodes).toEqual([{ name: 'Before' }]);
  expect((await feed(owner, { after: changeCursor })).nodes).toEqual([]);
  const { id } = await newCustomer(owner, { name: 'After' });
  expect((await feed(owner, { after: changeCursor })).nodes).toMatchObject([{ recordId: id, action: 'CREATED' }]);
});

describe('a filter narrows the feed', () => {
  const actionsFor = async (filter: object) => {
    const read: Walk = await walk(owner, { filter: { and: [ofCustomers, filter] }, first: 4 });
    return read.changes.map(({ action, recordId }) => [action, recordId]);
  };

  test('by kind, record and time', async () => {
    const deletions = customers.slice(0, 3).map((id) => ['DELETED', id]);
    expect(await actionsFor({ action: { eq: 'DELETED' } })).toEqual(deletions);
    expect(await actionsFor({ recordId: { eq: customers[5] } })).toEqual([
      ['CREATED', customers[5]],
      ['UPDATED', customers[5]],
    ]);
    expect(await actionsFor({ at: { lt: '2020-01-01T00:00:00Z' } })).toEqual([]);
    expect(await actionsFor({ not: { action: { in: ['CREATED', 'UPDATED'] } } })).toEqual(deletions);
  });

  test('by a customer, also of what has lost it by its deletion', async () => {
    const { owner: other } = await newTenant();
    const { id: customerId } = await newCustomer(other);
    const { id } = await newDeal(other, { title: 'Deal', customerId });
    const filter = { customerId: { eq: customerId } };
    const { cursor } = await walk(other, { filter });
    await send(other, 'updateDeal', { id, input: { title: 'Later' } });
    await other.request(gql`mutation ($id: ID!) { deleteCustomers(rows: [{ id: $id }]) { mode } }`, { id: customerId });
    const { changes } = await walk(other, { filter, after: cursor });
    expect(changes.map(({ recordId, action }) => [recordId, action]).toSorted()).toEqual(
      [
        [id, 'UPDATED'],
        [id, 'UPDATED'],
        [customerId, 'DELETED'],
      ].toSorted(),
    );
  });

  test('by a customer, also of what moves from it to another one', async () => {
    const { owner: other } = await newTenant();
    const [from, to] = [await newCustomer(other), await newCustomer(other)];
    const { id } = await newDeal(other, { title: 'Deal', customerId: from.id });
    const { cursor } = await walk(other, {});
    await send(other, 'updateDeal', { id, input: { customerId: to.id } });
    await send(other, 'updateDeal', { id, input: { title: 'Later' } });
    const told = async (customerId: object) =>
      (await walk(other, { filter: { customerId }, after: cursor })).changes.length;
    expect(await told({ eq: from.id })).toBe(1);
    expect(await told({ eq: to.id })).toBe(2);
    expect(await told({ in: [from.id, to.id] })).toBe(2);
    expect(await told({ ne: from.id })).toBe(1);
    expect(await told({ notIn: [to.id] })).toBe(0);
    expect(await told({ isNull: true })).toBe(0);
  });

  test('by changed fields, past thousands of others, for a member who sees only their own pay', async () => {
    const some = await newTenant();
    const rep = await some.member('Sales Rep');
    const employee = await some.employee({ userId: rep.id });
    await sql(
      `insert into changes (organization_id, change_set_id, record_type, record_id, action, version, before, after)
       select $1, $2::uuid, 'CUSTOMER', $2::uuid, 'UPDATED', n, values, values
       from generate_series(1, 10000) as n,
         (select jsonb_object_agg('field' || k, k) as values from generate_series(1, 30) as k) as changed`,
      [some.id, v7()],
    );
    const filter = { changedFields: { has: 'salary' } };
    const before = await walk(rep, { filter, first: 1000 });
    await sql('update employees set salary = 1000, version = version + 1 where id = $1', [employee]);
    const after = await walk(rep, { filter, first: 1000 });
    expect([before.changes.length, after.changes.length]).toEqual([0, 1]);
  });

  test('by its change set, author and operation', async () => {
    const [{ set } = { set: '' }] = await sql<{ set: string }>(
      'select change_set_id as set from changes where id = $1',
      [ids[0]],
    );
    expect(await actionsFor({ changeSetId: { eq: set } })).toEqual([['CREATED', customers[0]]]);
    expect(await actionsFor({ changeSet: { userId: { eq: owner.id } } })).toHaveLength(ids.length);
    expect(await actionsFor({ changeSet: { operations: { has: 'deleteCustomer' } } })).toHaveLength(3);
    expect(await actionsFor({ changeSet: { source: { eq: 'UNDO' } } })).toEqual([]);
  });

  test('and its cursor may go on with another filter', async () => {
    const { pageInfo } = await feed(owner, { filter: { action: { eq: 'CREATED' }, ...ofCustomers }, first: 5 });
    const rest = await walk(owner, { after: pageInfo.endCursor, filter: ofCustomers });
    expect(changeIds(rest)).toEqual(ids.slice(5));
  });
});

test.each([0, -1, 1001])('a page of %i changes is refused', async (first) => {
  expect(await refusal(feed(owner, { first }))).toMatchObject({
    code: 'BAD_USER_INPUT',
    reason: 'INVALID_PAGINATION',
    fields: [{ path: 'first', code: 'OUT_OF_RANGE' }],
  });
});
