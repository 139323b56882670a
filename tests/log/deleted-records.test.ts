import { beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { memberWith } from '../support/permissions.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, type Bearer, change, fatesOf, undo } from '../support/undo.js';

const Deleted = gql`
  query ($filter: ChangeFilter) {
    deletedRecords(filter: $filter, first: 100) { totalCount nodes { recordId changeSet { id } } }
  }
`;

interface Found {
  deletedRecords: { totalCount: number; nodes: { recordId: string; changeSet: { id: string } }[] };
}

let tenant: Tenant;
let owner: Person;
let rep: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  rep = await memberWith(tenant, ['customer:create', 'customer:read', 'customer:delete', 'role:read']);
});

const does = (who: Bearer, name: string, variables: Fields) => change(who, tenant.id, name, variables);

async function deletedFor(who: Person, filter: Fields = {}) {
  const { deletedRecords } = await who.as(tenant.id).request<Found>(Deleted, { filter });
  expect(deletedRecords.totalCount).toBe(deletedRecords.nodes.length);
  return deletedRecords.nodes;
}

async function deletedCustomer(who: Person) {
  const { id } = await does(who, 'createCustomer', { input: { email: freshEmail() } });
  await does(who, 'deleteCustomer', { id });
  return id;
}

test('a record is listed until it is put back', async () => {
  const id = await deletedCustomer(owner);
  const filter = { recordId: { eq: id } };
  const [found] = await deletedFor(owner, filter);
  expect(found).toMatchObject({ recordId: id });
  expect(fatesOf((await undo(owner, tenant.id, found!.changeSet.id)).result)).toEqual({ [id]: ['CREATED'] });
  expect(await deletedFor(owner, filter)).toEqual([]);
});

test('a record that its change set has created is not listed, since no undo puts it back', async () => {
  const email = freshEmail();
  const document = `mutation ($input: CreateCustomerInput!, $email: String!) {
    createCustomer(input: $input) { id }
    deleteCustomersWhere(filter: { email: { eq: $email } }, expectedCount: 1) { summary { deleted } }
  }`;
  const { data } = await act(owner, tenant.id, document, { input: { email }, email });
  const { id } = data!.createCustomer as { id: string };
  expect(await deletedFor(owner, { recordId: { eq: id } })).toEqual([]);
});

test('without organization:update only what the caller has deleted is listed, and can be put back', async () => {
  const [theirs, own] = [await deletedCustomer(owner), await deletedCustomer(rep)];
  const found = await deletedFor(rep);
  expect(found.map(({ recordId }) => recordId)).toEqual([own]);
  const everybody = (await deletedFor(owner)).map(({ recordId }) => recordId);
  expect(everybody).toEqual(expect.arrayContaining([theirs, own]));
  for (const { recordId, changeSet } of found)
    expect(fatesOf((await undo(rep, tenant.id, changeSet.id)).result)).toEqual({ [recordId]: ['CREATED'] });
});

test('what decided who may do what is not listed: a role, or an employee with an account or a role', async () => {
  const { id: role } = await does(owner, 'createRole', { input: { name: 'Gone' } });
  await does(owner, 'deleteRole', { id: role });
  const employees = [
    await tenant.employee({ userId: (await tenant.member()).id }),
    await tenant.employee({ roleName: 'Sales Rep' }),
    await tenant.employee(),
  ];
  for (const id of employees) await does(owner, 'deleteEmployee', { id });
  const found = await deletedFor(owner, { recordType: { in: ['ROLE', 'EMPLOYEE'] } });
  expect(found.map(({ recordId }) => recordId)).toEqual([employees[2]]);
});

test('the last 30 days are listed, however long the log is', async () => {
  const [late, inTime] = [await deletedCustomer(owner), await deletedCustomer(owner)];
  const since = async (id: string, days: number) => {
    const at = `now() - interval '${days} days'`;
    await sql(`update changes set at = ${at} where record_id = $1`, [id]);
    await sql(
      `update change_sets set at = ${at} where id in (select change_set_id from changes where record_id = $1)`,
      [id],
    );
  };
  await since(late, 31);
  await since(inTime, 29);
  const filter = { recordId: { in: [late, inTime] } };
  expect((await deletedFor(owner, filter)).map(({ recordId }) => recordId)).toEqual([inTime]);
});
