import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { CountCustomers, type Fields, newCustomer, type Sender } from '../support/customers.js';
import { sql } from '../support/database.js';
import {
  createEmployee,
  employeeOf,
  expectBad,
  freshEmail,
  organizationWithAdmin,
  readEmployee,
  type StaffedOrganization,
  terminateEmployee,
  updateEmployee,
} from '../support/employees.js';
import { refusal } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newPerson } from '../support/tenant.js';

let world: StaffedOrganization;
beforeAll(async () => {
  world = await organizationWithAdmin();
});

const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteEmployee(id: $id, expectedVersion: $expectedVersion) { id } }
`;
const remove = (sender: Sender, id: string, expectedVersion?: number) =>
  sender.request<{ deleteEmployee: { id: string } }>(Delete, { id, expectedVersion });
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

describe('terminateEmployee', () => {
  test('ends employment and access of live tokens, and leaves work where it was', async () => {
    const member = await world.tenant.member('Admin');
    const { id } = await createEmployee(world.owner, { userId: member.id });
    const { id: customerId } = await newCustomer(world.owner, { assignedToId: id });
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    expect(await terminateEmployee(world.owner, id, { expectedVersion: 1 })).toMatchObject({
      status: 'TERMINATED',
      terminationDate: expect.any(String),
      version: 2,
      user: { id: member.id },
    });
    expect(await refusal(member.as(world.tenant.id).request(CountCustomers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
    expect(await refusal(member.request(CountCustomers))).toMatchObject({ reason: 'NO_ORGANIZATION' });
    expect(
      await sql(
        `select m.is_active, m.left_at is not null as left, p.status, p.is_primary,
           (select bool_or(is_active) from user_roles where user_id = m.user_id) as roles
         from memberships m join user_profiles p using (user_id, organization_id) where user_id = $1`,
        [member.id],
      ),
    ).toEqual([{ is_active: false, left: true, status: 'INACTIVE', is_primary: false, roles: false }]);
    expect(await sql('select assigned_to_id as id from customers where id = $1', [customerId])).toEqual([{ id }]);
    expect(await refusal(terminateEmployee(world.owner, id))).toMatchObject({
      code: 'CONFLICT',
      reason: 'ALREADY_TERMINATED',
    });
    expect(await refusal(newCustomer(world.owner, { assignedToId: id }))).toMatchObject({
      reason: 'EMPLOYEE_NOT_ACTIVE',
    });
  });

  test('hands customers, unconverted leads and open deals to another active employee', async () => {
    const [from, to] = [await world.tenant.employee(), await world.tenant.employee()];
    const customer = await newCustomer(world.owner, { assignedToId: from });
    const make = async (document: string, variables: Fields) =>
      Object.values(await world.owner.request<Record<string, { id: string }>>(document, variables))[0]!.id;
    const NewLead = gql`
      mutation ($email: String!, $to: ID) { createLead(input: { name: "L", email: $email, assignedToId: $to }) { id } }
    `;
    const NewDeal = gql`
      mutation ($customerId: ID!, $to: ID) {
        createDeal(input: { title: "A deal", customerId: $customerId, assignedToId: $to }) { id }
      }
    `;
    const open = await make(NewLead, { email: freshEmail(), to: from });
    const converted = await make(NewLead, { email: freshEmail(), to: from });
    await world.owner.request(gql`mutation ($id: ID!) { convertLead(id: $id) { lead { id } } }`, { id: converted });
    const deal = await make(NewDeal, { customerId: customer.id, to: from });
    const won = await make(NewDeal, { customerId: customer.id, to: from });
    await world.owner.request(gql`mutation ($id: ID!) { markWon(id: $id) { id } }`, { id: won });
    expect(await terminateEmployee(world.owner, from, { reassignToId: to })).toMatchObject({ status: 'TERMINATED' });
    const assigned = async (table: string, id: string) =>
      (await sql<{ to: string }>(`select assigned_to_id as to from ${table} where id = $1`, [id]))[0]!.to;
    expect({
      customer: await assigned('customers', customer.id),
      open: await assigned('leads', open),
      converted: await assigned('leads', converted),
      deal: await assigned('deals', deal),
      won: await assigned('deals', won),
    }).toEqual({ customer: to, open: to, converted: from, deal: to, won: from });
  });

  test('the successor must exist, be active and be somebody else', async () => {
    const id = await world.tenant.employee();
    for (const reassignToId of [v7(), await world.foreign.employee()])
      expect(await refusal(terminateEmployee(world.owner, id, { reassignToId }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'reassignToId' }],
      });
    await expectBad(
      terminateEmployee(world.owner, id, { reassignToId: await world.tenant.employee({ status: 'ON_LEAVE' }) }),
      'reassignToId',
      'NOT_ALLOWED',
      'EMPLOYEE_NOT_ACTIVE',
    );
    await expectBad(terminateEmployee(world.owner, id, { reassignToId: id }), 'reassignToId', 'NOT_ALLOWED');
    expect(await readEmployee(world.owner, id)).toMatchObject({ status: 'ACTIVE', version: 1 });
  });

  test('the last day is neither in the future nor before the first', async () => {
    const { id } = await createEmployee(world.owner, { hireDate: '2024-05-05' });
    for (const terminationDate of [day(2), '2024-05-04'])
      await expectBad(terminateEmployee(world.owner, id, { terminationDate }), 'terminationDate', 'OUT_OF_RANGE');
    expect(await refusal(terminateEmployee(world.owner, id, { expectedVersion: 7 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await terminateEmployee(world.owner, id, { terminationDate: '2024-05-05' })).toMatchObject({
      terminationDate: '2024-05-05',
    });
    await expectBad(updateEmployee(world.owner, id, { hireDate: '2024-05-06' }), 'input.hireDate', 'OUT_OF_RANGE');
  });

  test('oneself, an owner by another, and the last owner stay', async () => {
    const ownRecord = await employeeOf(world.owner.id);
    for (const refused of await Promise.all(
      [terminateEmployee(world.owner, ownRecord), remove(world.owner, ownRecord)].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'SELF_ACTION' });
    for (const refused of await Promise.all(
      [terminateEmployee(world.admin, ownRecord), remove(world.admin, ownRecord)].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
    const operator = await world.tenant.member();
    await makeSuperusers(operator);
    for (const refused of await Promise.all(
      [terminateEmployee(operator, ownRecord), remove(operator, ownRecord)].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OWNER' });
    await expect(world.owner.request(CountCustomers)).resolves.toBeDefined();
  });

  test('an owner may end the employment of another one', async () => {
    const second = await newPerson();
    await world.owner.request(
      gql`mutation ($id: ID!) { addOrganizationMember(input: { userId: $id, isOwner: true }) { id } }`,
      {
        id: second.id,
      },
    );
    const { id } = await createEmployee(world.owner, { userId: second.id });
    expect(await terminateEmployee(world.owner, id)).toMatchObject({ status: 'TERMINATED' });
    expect(await refusal(second.as(world.tenant.id).request(CountCustomers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });

  test('another status takes the employee back, without last day and without access', async () => {
    const member = await world.tenant.member('Viewer');
    const { id } = await createEmployee(world.owner, { userId: member.id });
    await terminateEmployee(world.owner, id);
    expect(await updateEmployee(world.owner, id, { status: 'ACTIVE' })).toMatchObject({
      status: 'ACTIVE',
      terminationDate: null,
    });
    expect(await refusal(member.as(world.tenant.id).request(CountCustomers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });
});

describe('deleteEmployee', () => {
  test('deletes the record, ends the membership, clears what pointed to it', async () => {
    const member = await world.tenant.member('Viewer');
    const { id } = await createEmployee(world.owner, { userId: member.id });
    const below = await createEmployee(world.owner, { managerId: id });
    const { id: customerId } = await newCustomer(world.owner, { assignedToId: id });
    expect(await refusal(remove(world.owner, id, 9))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 1 });
    expect(await remove(world.owner, id, 1)).toEqual({ deleteEmployee: { id } });
    expect(await readEmployee(world.owner, id)).toBeNull();
    expect(await readEmployee(world.owner, below.id)).toMatchObject({ manager: null });
    expect(await sql('select assigned_to_id as id from customers where id = $1', [customerId])).toEqual([{ id: null }]);
    expect(await refusal(member.as(world.tenant.id).request(CountCustomers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
    expect(await refusal(remove(world.owner, id))).toMatchObject({ code: 'NOT_FOUND', fields: [{ path: 'id' }] });
  });
});
