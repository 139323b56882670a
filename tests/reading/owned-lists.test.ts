import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Fields, newCustomer } from '../support/customers.js';
import { memberWith, roleNamed } from '../support/permissions.js';
import { newDeal, newLead, newPipeline } from '../support/sales.js';
import { partialAnswer, statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let employees: string[];
let pipelines: string[];

beforeAll(async () => {
  tenant = await newTenant();
  const { owner } = tenant;
  employees = [await tenant.employee(), await tenant.employee(), await tenant.employee()];
  const other = await newPipeline(owner);
  pipelines = [other.id];
  for (const [n, assignedToId] of employees.slice(0, 2).entries()) {
    const { id: customerId } = await newCustomer(owner, { name: `Customer ${n}`, assignedToId });
    await newLead(owner, { name: `Lead ${n}`, assignedToId });
    await newDeal(owner, { title: `Deal ${n}`, customerId, assignedToId, pipelineId: n ? other.id : undefined });
    await owner.request('mutation ($input: CreateActivityInput!) { createActivity(input: $input) { id } }', {
      input: { activityType: 'CALL', title: `Call ${n}`, assignedToId },
    });
  }
});

interface Owned {
  list: string;
  text: string;
  permission: string;
  filter: string;
}

const lists: Owned[] = [
  { list: 'customers', text: 'name', permission: 'customer:read', filter: '{ status: { eq: ACTIVE } }' },
  { list: 'leads', text: 'name', permission: 'lead:read', filter: '{ qualificationStatus: { eq: NEW } }' },
  { list: 'deals', text: 'title', permission: 'deal:read', filter: '{ status: { eq: OPEN } }' },
  { list: 'activities', text: 'title', permission: 'activity:read', filter: '{ status: { eq: SCHEDULED } }' },
];

describe.each(lists)('the $list of an employee', ({ list, text, permission, filter }) => {
  const document = `query ($ids: [ID!]) {
    employees(filter: { id: { in: $ids } }, orderBy: [{ field: CREATED_AT }]) {
      nodes {
        id
        owned: ${list}(filter: ${filter}, orderBy: [{ field: CREATED_AT }]) { totalCount nodes { text: ${text} } }
      }
    }
  }`;

  test('are those for which the employee is responsible', async () => {
    const answer = await tenant.owner.request<{ employees: { nodes: { id: string; owned: Fields }[] } }>(document, {
      ids: employees,
    });
    const owned = new Map(answer.employees.nodes.map((node) => [node.id, node.owned]));
    expect(employees.map((id) => owned.get(id))).toEqual([
      { totalCount: 1, nodes: [{ text: expect.stringMatching(/0$/) }] },
      { totalCount: 1, nodes: [{ text: expect.stringMatching(/1$/) }] },
      { totalCount: 0, nodes: [] },
    ]);
  });

  test('take one statement for their rows and one for their totals, however many employees there are', async () => {
    const counts: number[] = [];
    for (const ids of [employees.slice(0, 2), employees])
      counts.push((await statementsOf(() => tenant.owner.request(document, { ids }))).length);
    expect(counts).toEqual([3, 3]);
  });

  test('are null with FORBIDDEN without the permission to read them', async () => {
    const person = await memberWith(tenant, ['employee:read']);
    const { data, errors } = await partialAnswer<{ employees: { nodes: Fields[] } }>(
      person.as(tenant.id).request(document, { ids: [employees[0]] }),
    );
    expect(data.employees.nodes).toEqual([{ id: employees[0], owned: null }]);
    expect(errors[0]!.extensions).toMatchObject({ code: 'FORBIDDEN', permission });
  });
});

test('the deals of a pipeline are those in it, on whatever stage', async () => {
  const document = `query ($id: ID!) {
    pipeline(id: $id) { deals { totalCount nodes { title } } }
  }`;
  expect(await tenant.owner.request(document, { id: pipelines[0] })).toEqual({
    pipeline: { deals: { totalCount: 1, nodes: [{ title: 'Deal 1' }] } },
  });
  const all = '{ pipelines { nodes { name deals { nodes { title } } } } }';
  expect(await statementsOf(() => tenant.owner.request(all))).toHaveLength(2);
});

describe('the roles of a permission', () => {
  const document = `{
    permissions(filter: { resource: { eq: "customer" } }) { nodes { action roles { name } } }
  }`;

  test('are those of the organization that have it, by name', async () => {
    await newTenant('Another with the same roles');
    const { permissions } = await tenant.owner.request<{
      permissions: { nodes: { action: string; roles: { name: string }[] }[] };
    }>(document);
    const byAction = Object.fromEntries(permissions.nodes.map(({ action, roles }) => [action, roles]));
    expect(byAction.delete).toEqual([{ name: 'Admin' }, { name: 'Sales Manager' }]);
    expect(byAction.create).toEqual([{ name: 'Admin' }, { name: 'Sales Manager' }, { name: 'Sales Rep' }]);
  });

  test('take one statement for all permissions', async () => {
    expect(await statementsOf(() => tenant.owner.request(document))).toHaveLength(2);
  });

  test('are null without role:read, also on one of the own roles', async () => {
    const person = await tenant.member('Sales Rep');
    const { data, errors } = await partialAnswer<{ myRoles: { id: string; permissions: Fields[] }[] }>(
      person.as(tenant.id).request('{ myRoles { id permissions { action roles { name } } } }'),
    );
    expect(data.myRoles[0]).toMatchObject({ id: await roleNamed(tenant, 'Sales Rep') });
    expect(data.myRoles[0]!.permissions[0]).toMatchObject({ roles: null });
    expect(errors[0]!.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'role:read' });
  });
});
