import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newApiKey } from '../support/api-keys.js';
import { newCustomer, type Sender } from '../support/customers.js';
import { idOf, sql } from '../support/database.js';
import { createEmployee, updateEmployee } from '../support/employees.js';
import { type Change, feed, historyOf, ofCustomers, walk } from '../support/log.js';
import { memberWith, missing, strip } from '../support/permissions.js';
import { newDeal, newLead } from '../support/sales.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from '../support/tenant.js';

const sales = ['CUSTOMER', 'LEAD', 'DEAL', 'PIPELINE', 'PIPELINE_STAGE', 'ACTIVITY', 'EMPLOYEE', 'ORGANIZATION'];
const keys = ['API_KEY', 'API_KEY_PERMISSION'];
const access = ['MEMBERSHIP', 'USER_PROFILE', 'ROLE', 'PERMISSION', 'ROLE_PERMISSION', 'USER_ROLE'];
const everything = [...sales, 'VENDOR', ...access, ...keys];

const typesSeenBy = async (sender: Sender) =>
  new Set((await walk(sender, { first: 1000 })).changes.map(({ recordType }) => recordType));

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
  const { owner, id } = tenant;
  const customer = await newCustomer(owner);
  await newLead(owner, { name: 'Lee' });
  await newDeal(owner, { title: 'A deal', customerId: customer.id });
  await owner.request(
    gql`
    mutation ($id: ID!) {
      createVendor(input: { name: "Vic", email: "vic@vendors.example" }) { id }
      createActivity(input: { activityType: CALL, title: "A call", customerId: $id }) { id }
    }
  `,
    { id: customer.id },
  );
  await createEmployee(owner);
  await newApiKey(owner, id);
});

describe('the feed shows changes of exactly these types', () => {
  test.each([
    ['Admin', everything],
    ['Sales Manager', [...sales, 'VENDOR']],
    ['Sales Rep', [...sales, 'VENDOR']],
    ['Marketing Rep', sales],
    ['Viewer', [...sales, 'VENDOR']],
  ])('to a %s: %s', async (role, types) => {
    expect(await typesSeenBy(await tenant.member(role))).toEqual(new Set(types));
  });

  test('to an owner: all', async () => expect(await typesSeenBy(tenant.owner)).toEqual(new Set(everything)));

  test('to members without a role: none', async () => {
    expect(await typesSeenBy(await tenant.member())).toEqual(new Set());
  });

  test('to holders of organization:update: those about access', async () => {
    const holder = await memberWith(tenant, ['organization:update']);
    expect(await typesSeenBy(holder)).toEqual(new Set([...access, ...keys]));
  });

  test('to holders of role:read: nothing about access', async () => {
    expect(await typesSeenBy(await memberWith(tenant, ['role:read', 'deal:read']))).toEqual(new Set(['DEAL']));
  });

  test('to an API key: those of its permissions, but nothing about keys', async () => {
    const permissions = ['customer:read', 'organization:update'];
    const key = await newApiKey(tenant.owner, tenant.id, { permissions });
    expect(await typesSeenBy(key)).toEqual(new Set(['CUSTOMER', ...access]));
  });
});

test('who may not list API keys sees none as an author either, but its name', async () => {
  const permissions = ['customer:read', 'customer:create', 'organization:update'];
  const key = await newApiKey(tenant.owner, tenant.id, { permissions });
  const { id } = await newCustomer(key);
  const Author = gql`query ($id: ID!) { changes(filter: { recordId: { eq: $id } }) { nodes {
    changeSet { actorName apiKey { prefix } actor { ... on ApiKey { prefix } } } } } }`;
  const authorSeenBy = async (sender: Sender) =>
    (await sender.request<{ changes: { nodes: { changeSet: object }[] } }>(Author, { id })).changes.nodes[0]!.changeSet;
  const found = async (sender: Sender): Promise<number[]> => {
    const { changes } = await walk(sender, { filter: { changeSet: { apiKeyId: { eq: key.id } } } });
    const Sets = gql`query ($id: ID!) { changeSets(filter: { apiKey: { id: { eq: $id } } }) { totalCount } }`;
    const { changeSets } = await sender.request<{ changeSets: { totalCount: number } }>(Sets, { id: key.id });
    return [changes.length, changeSets.totalCount];
  };
  const hidden = { actorName: expect.any(String), apiKey: null, actor: null };
  for (const sender of [await tenant.member('Sales Rep'), await tenant.member('Viewer'), key])
    expect([await authorSeenBy(sender), await found(sender)]).toEqual([hidden, [0, 0]]);
  const seen = { prefix: expect.stringMatching(/^tgc_/) };
  expect(await authorSeenBy(tenant.owner)).toMatchObject({ apiKey: seen, actor: seen });
  expect(await found(tenant.owner)).toEqual([1, 1]);
});

test('a permission that is taken away also hides the past', async () => {
  const here = await newTenant();
  const { id } = await newCustomer(here.owner);
  const viewer = await here.member('Viewer');
  const { pageInfo } = await feed(viewer, { filter: ofCustomers });
  const changeId = await idOf('select id from changes where organization_id = $1 and record_id = $2', [here.id, id]);
  const Node = gql`query ($id: ID!) { node(id: $id) { id } }`;
  expect(await historyOf(viewer, 'customer', id)).toHaveLength(1);
  expect(await viewer.request(Node, { id: changeId })).toEqual({ node: { id: changeId } });
  await strip(here.id, 'customer:read');
  expect((await walk(viewer, { filter: ofCustomers })).changes).toEqual([]);
  expect((await walk(viewer, { after: pageInfo.endCursor })).changes).toEqual([]);
  expect(await viewer.request(Node, { id: changeId })).toEqual({ node: null });
  expect(await refusal(historyOf(viewer, 'customer', id))).toMatchObject(missing('customer:read'));
});

test('history needs the permission, also by way of another record', async () => {
  const holder = await memberWith(tenant, ['deal:read', 'employee:read']);
  const nested = gql`
    { deals { nodes { title history { nodes { recordType } } customer { history { nodes { id } } } } } }
  `;
  const { data, errors } = await partialAnswer<{ deals: { nodes: object[] } }>(holder.request(nested));
  expect(data.deals.nodes).toEqual([
    { title: 'A deal', history: { nodes: [{ recordType: 'DEAL' }] }, customer: { history: null } },
  ]);
  expect(errors).toMatchObject([{ extensions: missing('customer:read') }]);
});

describe('salary and commission are in no change for a member who may not see them', () => {
  let employee: string;
  let [self, colleague, manager, admin]: Person[] = [];

  beforeAll(async () => {
    [self, colleague] = [await tenant.member('Sales Rep'), await tenant.member('Sales Rep')];
    [manager, admin] = [await tenant.member('Sales Manager'), await tenant.member('Admin')];
    const input = { salary: '50000', commissionRate: '2.5', userId: self!.id };
    employee = (await createEmployee(tenant.owner, input)).id;
    await updateEmployee(tenant.owner, employee, { salary: '60000' });
    await updateEmployee(tenant.owner, employee, { jobTitle: 'Lead', commissionRate: '3' });
  });

  const payOf = (changes: Change[]) =>
    changes.flatMap(({ fields }) =>
      fields
        .filter(({ name }) => ['salary', 'commissionRate'].includes(name))
        .map(({ name, before, after }) => [name, before, after]),
    );
  const all = [
    ['salary', null, '50000.00'],
    ['commissionRate', null, '2.50'],
    ['salary', '50000.00', '60000.00'],
    ['commissionRate', '2.50', '3.00'],
  ];
  const sort = (pay: unknown[][]) => pay.toSorted((one, other) => String(one).localeCompare(String(other)));

  const seenBy = async (sender: Sender) => {
    const all = (await walk(sender)).changes;
    for (const isEmpty of [true, false]) {
      const { changes } = await walk(sender, { filter: { changedFields: { isEmpty } } });
      expect(changes).toEqual(all.filter(({ fields }) => (fields.length === 0) === isEmpty));
    }
    const { changes } = await walk(sender, { filter: { recordId: { eq: employee } }, first: 1 });
    const history = await historyOf(sender, 'employee', employee);
    expect(history!.toReversed()).toEqual(changes);
    const named = { recordId: { eq: employee }, changedFields: { hasAny: ['salary', 'commissionRate'] } };
    const found = (await walk(sender, { filter: named })).changes;
    expect(found).toEqual(changes.filter((change) => payOf([change]).length));
    expect(changes.map(({ action }) => action)).toEqual(['CREATED', 'UPDATED', 'UPDATED']);
    return payOf(changes);
  };

  test('owners, admins and the employee see them', async () => {
    for (const person of [tenant.owner, admin!, self!]) expect(sort(await seenBy(person))).toEqual(sort(all));
  });

  test('others do not, neither in the feed nor in the history, but see the other fields', async () => {
    for (const person of [colleague!, manager!]) {
      expect(await seenBy(person)).toEqual([]);
      const [, , last] = (await walk(person, { filter: { recordId: { eq: employee } } })).changes;
      expect(last!.fields).toEqual([{ name: 'jobTitle', before: null, after: 'Lead' }]);
    }
  });

  test('nor once the permission is gone, of the past', async () => {
    const here = await newTenant();
    const holder = await memberWith(here, ['employee:read', 'employee:update']);
    const { id } = await createEmployee(here.owner, { salary: '1000' });
    const pay = async () => payOf((await walk(holder, { filter: { recordId: { eq: id } } })).changes);
    expect(await pay()).toEqual([['salary', null, '1000.00']]);
    await strip(here.id, 'employee:update');
    expect(await pay()).toEqual([]);
  });

  test('nor when the employee is deleted', async () => {
    const here = await newTenant();
    const { id } = await createEmployee(here.owner, { salary: '1000' });
    const viewer = await memberWith(here, ['employee:read', 'organization:update']);
    await here.owner.request(gql`mutation ($id: ID!) { deleteEmployee(id: $id) { id } }`, { id });
    const Deleted = gql`{ deletedRecords { nodes { recordId fields { name before after } } } }`;
    const deletedFor = async (sender: Sender) =>
      (await sender.request<{ deletedRecords: { nodes: Change[] } }>(Deleted)).deletedRecords.nodes;
    expect(payOf(await deletedFor(here.owner))).toEqual([['salary', '1000.00', null]]);
    expect(await deletedFor(viewer)).toMatchObject([{ recordId: id }]);
    expect(payOf(await deletedFor(viewer))).toEqual([]);
  });
});

describe('another organization', () => {
  test('sees nothing: not by feed, filters, ids or histories', async () => {
    const foreign = await newTenant();
    const [row] = await sql<{ id: string; set: string; record: string }>(
      `select id, change_set_id as set, record_id as record from changes
       where organization_id = $1 and record_type = 'CUSTOMER'`,
      [tenant.id],
    );
    const { id, set, record } = row!;
    for (const filter of [
      { recordId: { eq: record } },
      { changeSetId: { eq: set } },
      { changeSet: { id: { eq: set } } },
    ])
      expect((await walk(foreign.owner, { filter })).changes).toEqual([]);
    const document = gql`
      query ($id: ID!, $set: ID!, $record: ID!) {
        change: node(id: $id) { id }
        changeSet(id: $set) { id }
        asNode: node(id: $set) { id }
        changeSets(filter: { id: { eq: $set } }) { totalCount }
        deletedRecords(filter: { changeSetId: { eq: $set } }) { totalCount }
        customer(id: $record) { history { nodes { id } } }
      }
    `;
    const nothing = { totalCount: 0 };
    expect(await foreign.owner.request(document, { id, set, record })).toEqual({
      ...{ change: null, changeSet: null, asNode: null, customer: null },
      ...{ changeSets: nothing, deletedRecords: nothing },
    });
    const seen = await walk(foreign.owner, { first: 1000 });
    const theirs = await sql<{ count: number }>(
      'select count(*)::int as count from changes where id = any($1) and organization_id = $2',
      [seen.changes.map((change) => change.id), foreign.id],
    );
    expect(theirs).toEqual([{ count: seen.changes.length }]);
  });

  test('does not see what a member of both does in the other', async () => {
    const both = await newPerson('Elsewhere');
    await tenant.owner
      .as(tenant.id)
      .request(gql`mutation ($id: ID!) { addOrganizationMember(input: { userId: $id, isOwner: true }) { id } }`, {
        id: both.id,
      });
    const { id } = await newCustomer(both.as(tenant.id));
    expect((await walk(both.as(tenant.id), { filter: ofCustomers })).changes.at(-1)).toMatchObject({ recordId: id });
    const elsewhere = await idOf(
      'select organization_id as id from memberships where user_id = $1 and organization_id <> $2',
      [both.id, tenant.id],
    );
    expect((await walk(both.as(elsewhere), { filter: ofCustomers })).changes).toEqual([]);
  });
});

test('a former member is refused', async () => {
  const here = await newTenant();
  const person = await here.member('Admin');
  const id = person.membershipId;
  await here.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, { id });
  expect(await refusal(feed(person.as(here.id)))).toMatchObject({ code: 'FORBIDDEN' });
});
