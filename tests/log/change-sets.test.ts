import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newApiKey } from '../support/api-keys.js';
import { changeCustomer, freshEmail, newCustomer, type Sender } from '../support/customers.js';
import { idOf, sql } from '../support/database.js';
import { ofCustomers, told, walk } from '../support/log.js';
import { client } from '../support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from '../support/tenant.js';

const Create = gql`
  mutation CreateIt($input: CreateCustomerInput!) { created: createCustomer(input: $input) { id createdAt } }
`;
const input = () => ({ name: 'Kim', email: freshEmail() });

interface ChangeSet {
  id: string;
  at: string;
  actor: { __typename: string; id: string; fullName?: string; name?: string } | null;
  actorName: string;
  user: { id: string } | null;
  operations: string[];
  source: string;
  requestId: string | null;
  counts: { recordType: string; action: string; count: number }[];
  changes: { totalCount: number; nodes: { recordType: string; recordId: string }[] };
}

const everyField = `
  id at actorName operations source requestId
  user { id }
  actor { __typename ... on User { id fullName } ... on ApiKey { id name } }
  counts { recordType action count }
  changes { totalCount nodes { recordType recordId } }`;

const One = gql`query ($id: ID!) { changeSet(id: $id) { ${everyField} } }`;
const All = gql`
  query ($filter: ChangeSetFilter) { changeSets(filter: $filter) { totalCount nodes { ${everyField} } } }
`;

const changeSet = async (sender: Sender, id: unknown) =>
  (await sender.request<{ changeSet: ChangeSet | null }>(One, { id })).changeSet;

const changeSets = async (sender: Sender, filter: object = {}) =>
  (await sender.request<{ changeSets: { nodes: ChangeSet[] } }>(All, { filter })).changeSets.nodes;

const setOf = (recordId: string) => idOf('select change_set_id as id from changes where record_id = $1', [recordId]);

let tenant: Tenant;
let owner: Person;
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

describe('a change set', () => {
  test('tells a person, the operations, the request and the changes', async () => {
    const { changeSetId, requestId } = await told(owner, Create, { input: input() });
    const set = await changeSet(owner, changeSetId);
    const [change] = set!.changes.nodes;
    expect(set).toEqual({
      id: changeSetId,
      at: expect.stringMatching(/^\d{4}-.+Z$/),
      actor: { __typename: 'User', id: owner.id, fullName: 'Pat Poe' },
      actorName: 'Pat Poe',
      user: { id: owner.id },
      operations: ['createCustomer'],
      source: 'API',
      requestId,
      counts: [{ recordType: 'CUSTOMER', action: 'CREATED', count: 1 }],
      changes: { totalCount: 1, nodes: [{ recordType: 'CUSTOMER', recordId: change!.recordId }] },
    });
    expect(requestId).toMatch(/\S/);
    expect(await setOf(change!.recordId)).toBe(changeSetId);
  });

  test('counts changes by type and kind', async () => {
    const { id } = await newCustomer(owner);
    const document = gql`
      mutation ($id: ID!, $rows: [CreateCustomerRow!]!) {
        updateCustomer(id: $id, input: { name: "Ann" }) { id }
        createCustomers(rows: $rows) { summary { created } }
        createLead(input: { name: "Lee", email: "lee@leads.example" }) { id }
        deleteCustomer(id: $id) { id }
      }
    `;
    const { changeSetId } = await told(owner, document, { id, rows: [{ input: input() }, { input: input() }] });
    const set = await changeSet(owner, changeSetId);
    expect(set!.operations).toEqual(['updateCustomer', 'createCustomers', 'createLead', 'deleteCustomer']);
    expect(set!.counts).toEqual([
      { recordType: 'CUSTOMER', action: 'CREATED', count: 2 },
      { recordType: 'CUSTOMER', action: 'DELETED', count: 1 },
      { recordType: 'CUSTOMER', action: 'UPDATED', count: 1 },
      { recordType: 'LEAD', action: 'CREATED', count: 1 },
    ]);
    expect(set!.changes.totalCount).toBe(5);
    const [last, ...others] = set!.changes.nodes;
    expect(last).toEqual({ recordType: 'CUSTOMER', recordId: id });
    expect(others.at(-1)).toEqual({ recordType: 'CUSTOMER', recordId: id });
  });

  test('tells an API key, whose records have no author', async () => {
    const key = await newApiKey(owner, tenant.id, { name: 'Importer' });
    const { changeSetId } = await told({ token: key.secret }, Create, { input: input() });
    const set = await changeSet(owner, changeSetId);
    expect(set).toMatchObject({
      actor: { __typename: 'ApiKey', id: key.id, name: 'Importer' },
      actorName: 'Importer',
      user: null,
      operations: ['createCustomer'],
      source: 'API',
    });
    const { createActivity } = await key.request<{ createActivity: { id: string; createdBy: null } }>(gql`
      mutation { createActivity(input: { activityType: CALL, title: "A call" }) { id createdBy { id } } }
    `);
    expect(createActivity.createdBy).toBeNull();
    expect(await changeSet(owner, await setOf(createActivity.id))).toMatchObject({ actor: { id: key.id } });
  });

  test('keeps the name of a person who has another one now, has left, or has no account any more', async () => {
    const here = await newTenant();
    const person = await here.member('Sales Rep');
    const { changeSetId } = await told(person, Create, { input: input() });
    await person.request(gql`mutation { updateMyAccount(input: { firstName: "Paula" }) { id } }`);
    expect(await changeSet(here.owner, changeSetId)).toMatchObject({
      actor: { id: person.id, fullName: 'Paula Poe' },
      actorName: 'Pat Poe',
    });
    const id = person.membershipId;
    await here.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, { id });
    expect(await changeSet(here.owner, changeSetId)).toMatchObject({
      ...{ actor: null, user: { id: person.id }, actorName: 'Pat Poe' },
    });
    // No operation of the API deletes an account; an operator might.
    const gone = '01900000-0000-7000-8000-00000000dead';
    await sql('update change_sets set user_id = $2 where id = $1', [changeSetId, gone]);
    expect(await changeSet(here.owner, changeSetId)).toMatchObject({ actor: null, user: null, actorName: 'Pat Poe' });
  });

  test('keeps the name of a revoked API key', async () => {
    const key = await newApiKey(owner, tenant.id, { name: 'Revoked' });
    const { changeSetId } = await told({ token: key.secret }, Create, { input: input() });
    await owner.request(gql`mutation ($id: ID!) { revokeApiKey(id: $id) { id } }`, { id: key.id });
    expect(await changeSet(owner, changeSetId)).toMatchObject({ actor: { id: key.id }, actorName: 'Revoked' });
  });

  test('of somebody with direct access to the database belongs to the system', async () => {
    const { id } = await newCustomer(owner);
    await sql(`update customers set city = 'Rome', version = version + 1 where id = $1`, [id]);
    const [set] = await changeSets(owner, { source: { eq: 'SYSTEM' } });
    expect(set).toMatchObject({
      ...{ actor: null, actorName: 'System', user: null, operations: [], requestId: null, source: 'SYSTEM' },
      counts: [{ recordType: 'CUSTOMER', action: 'UPDATED', count: 1 }],
      changes: { nodes: [{ recordId: id }] },
    });
  });
});

describe('changeSets', () => {
  test('lists all sets, newest first, and finds them by author, operation, source and time', async () => {
    const here = await newTenant();
    const admin = await here.member('Admin');
    const ids = [await told(here.owner, Create, { input: input() }), await told(admin, Create, { input: input() })].map(
      ({ changeSetId }) => changeSetId,
    );
    const created = { operations: { has: 'createCustomer' } };
    const idsFor = async (filter: object) => (await changeSets(admin, filter)).map(({ id }) => id);
    expect(await idsFor(created)).toEqual(ids.toReversed());
    expect(await idsFor({ and: [created, { userId: { eq: admin.id } }] })).toEqual([ids[1]]);
    expect(await idsFor({ and: [created, { source: { ne: 'API' } }] })).toEqual([]);
    expect(await idsFor({ and: [created, { at: { gt: '2100-01-01T00:00:00Z' } }] })).toEqual([]);
    const sets = await idsFor({});
    expect(sets).toEqual(sets.toSorted().toReversed());
  });

  test('without organization:update shows the own ones, with the changes of readable types', async () => {
    const here = await newTenant();
    const rep = await here.member('Sales Rep');
    const { changeSetId: other } = await told(here.owner, Create, { input: input() });
    const { changeSetId: own } = await told(rep, Create, { input: input() });
    expect(await changeSets(rep)).toMatchObject([{ id: own, counts: [{ count: 1 }], changes: { totalCount: 1 } }]);
    expect(await changeSet(rep, own)).toMatchObject({ id: own });
    expect(await changeSet(rep, other)).toBeNull();
    const Node = gql`query ($id: ID!) { node(id: $id) { id } }`;
    expect(await rep.request(Node, { id: own })).toEqual({ node: { id: own } });
    expect(await rep.request(Node, { id: other })).toEqual({ node: null });
    const assigned = await idOf(
      `select change_set_id as id from changes where organization_id = $1 and record_type = 'USER_ROLE'`,
      [here.id],
    );
    await sql('update change_sets set user_id = $2 where id = $1', [assigned, rep.id]);
    expect(await changeSet(rep, assigned)).toMatchObject({ id: assigned, counts: [], changes: { totalCount: 0 } });
    // The set of a change stays hidden with the set.
    const Sets = gql`{ changes(first: 1000) { nodes { changeSet { id actorName } } } }`;
    const { changes } = await rep.request<{ changes: { nodes: { changeSet: { id: string } }[] } }>(Sets);
    expect(changes.nodes.length).toBeGreaterThan(2);
  });

  test('shows an API key its own ones, and not those of the person who created it', async () => {
    const here = await newTenant();
    const permissions = ['customer:create', 'customer:read'];
    const key = await newApiKey(here.owner, here.id, { permissions });
    await told(here.owner, Create, { input: input() });
    const { changeSetId } = await told({ token: key.secret }, Create, { input: input() });
    expect((await changeSets(key)).map(({ id }) => id)).toEqual([changeSetId]);
  });
});

test('a change that its transaction takes back in the same document is in the log twice', async () => {
  const here = await newTenant();
  const { id } = await newCustomer(here.owner, { name: 'One' });
  const { cursor } = await walk(here.owner, { first: 1000 });
  const document = gql`
    mutation ($id: ID!) {
      there: updateCustomer(id: $id, input: { name: "Two" }) { id }
      back: updateCustomer(id: $id, input: { name: "One" }) { id }
    }
  `;
  await client({ token: here.owner.token }).request(document, { id });
  const { changes } = await walk(here.owner, { after: cursor, filter: ofCustomers });
  expect(changes.map(({ version, fields }) => [version, fields])).toEqual([
    [2, [{ name: 'name', before: 'One', after: 'Two' }]],
    [3, [{ name: 'name', before: 'Two', after: 'One' }]],
  ]);
  await changeCustomer(here.owner, id, { name: 'One' });
  expect((await walk(here.owner, { after: cursor, filter: ofCustomers })).changes).toHaveLength(2);
});

test('a new organization begins with the change set of its registration', async () => {
  const person = await newPerson('Beginners');
  const sets = await changeSets(person);
  expect(sets).toMatchObject([{ operations: ['register'], source: 'API', actor: { id: person.id } }]);
});
