import { expect } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields, Sender } from './customers.js';
import { idOf, sql } from './database.js';
import { roleNamed } from './permissions.js';
import { refusal } from './server.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

const everyField = `id version code firstName lastName fullName email phone street city state postalCode country
  profileImage jobTitle department employmentType hireDate terminationDate emergencyContact salary commissionRate status
  user { id } manager { id } role { id name } createdAt updatedAt`;

const Create = gql`mutation ($input: CreateEmployeeInput!) { createEmployee(input: $input) { ${everyField} } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateEmployeeInput!, $expectedVersion: Int) {
    updateEmployee(id: $id, input: $input, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;
const Terminate = gql`
  mutation ($id: ID!, $terminationDate: Date, $reassignToId: ID, $expectedVersion: Int) {
    terminateEmployee(
      id: $id, terminationDate: $terminationDate, reassignToId: $reassignToId, expectedVersion: $expectedVersion
    ) { ${everyField} }
  }
`;
const Read = gql`query ($id: ID!) { employee(id: $id) { ${everyField} } }`;

interface Employee extends Fields {
  id: string;
  version: number;
}

export const freshEmail = () => `e${v7()}@staff.example`;
export const createEmployee = async (sender: Sender, input: Fields = {}) =>
  (
    await sender.request<{ createEmployee: Employee }>(Create, {
      input: { firstName: 'Eve', lastName: 'Early', email: freshEmail(), ...input },
    })
  ).createEmployee;
export const updateEmployee = async (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  (await sender.request<{ updateEmployee: Employee }>(Update, { id, input, expectedVersion })).updateEmployee;
export const terminateEmployee = async (sender: Sender, id: string, args: Fields = {}) =>
  (await sender.request<{ terminateEmployee: Employee }>(Terminate, { id, ...args })).terminateEmployee;
export const readEmployee = async (sender: Sender, id: string) =>
  (await sender.request<{ employee: Employee | null }>(Read, { id })).employee;

export const employeeOf = (userId: string) => idOf('select id from employees where user_id = $1', [userId]);
export const expectBad = async (request: Promise<unknown>, path: string, code: string, reason = 'VALIDATION_FAILED') =>
  expect(await refusal(request)).toMatchObject({ code: 'BAD_USER_INPUT', reason, fields: [{ path, code }] });

export interface StaffedOrganization {
  tenant: Tenant;
  owner: Person;
  /** Holds every permission but vendor:delete. */
  admin: Person;
  foreign: Tenant;
}

export async function organizationWithAdmin(): Promise<StaffedOrganization> {
  const [tenant, foreign] = [await newTenant(), await newTenant()];
  const admin = await tenant.member('Admin');
  await sql(
    `delete from role_permissions where role_id = $1 and permission_id in (
       select id from permissions where resource = 'vendor' and action = 'delete')`,
    [await roleNamed(tenant, 'Admin')],
  );
  return { tenant, owner: tenant.owner, admin, foreign };
}
