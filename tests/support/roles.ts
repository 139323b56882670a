import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields, Sender } from './customers.js';
import { permissionNamed, roleNamed } from './permissions.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

export const role = `id version name slug description isSystemRole isActive permissionCount userCount updatedAt
  permissions { resource action }`;
const CreateRole = gql`mutation ($input: CreateRoleInput!) { createRole(input: $input) { ${role} } }`;
const UpdateRole = gql`
  mutation ($id: ID!, $input: UpdateRoleInput!, $expectedVersion: Int) {
    updateRole(id: $id, input: $input, expectedVersion: $expectedVersion) { ${role} }
  }
`;
const ReadRole = gql`query ($id: ID!) { role(id: $id) { ${role} } }`;
export const Withdraw = gql`
  mutation ($roleId: ID!, $permissionId: ID!) {
    result: removePermission(roleId: $roleId, permissionId: $permissionId) { ${role} }
  }
`;
export const Assign = gql`
  mutation ($userId: ID!, $roleId: ID!) { assignRole(userId: $userId, roleId: $roleId) { id roles { name } } }
`;
export const Remove = gql`
  mutation ($userId: ID!, $roleId: ID!) { removeRole(userId: $userId, roleId: $roleId) { id roles { name } } }
`;

export interface Role extends Fields {
  id: string;
  version: number;
  permissions: { resource: string; action: string }[];
}

export const newRoleName = () => `w${v7().replaceAll('-', '').slice(-12)}`;
export const createRole = async (sender: Sender, input: Fields = {}) =>
  (await sender.request<{ createRole: Role }>(CreateRole, { input: { name: newRoleName(), ...input } })).createRole;
export const updateRole = async (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  (await sender.request<{ updateRole: Role }>(UpdateRole, { id, input, expectedVersion })).updateRole;
export const readRole = async (sender: Sender, id: string) =>
  (await sender.request<{ role: Role | null }>(ReadRole, { id })).role;
export const change = async (sender: Sender, document: string, variables: Fields) =>
  (await sender.request<{ result: Role }>(document, variables)).result;

export const notFound = (path: string) => ({ code: 'NOT_FOUND', fields: [{ path, code: 'NOT_FOUND' }] });
export const notHeld = { code: 'FORBIDDEN', reason: 'PERMISSION_NOT_HELD' };

export interface OrganizationWithRoles {
  tenant: Tenant;
  owner: Person;
  admin: Person;
  foreign: Tenant;
  /** A permission that the owner holds and Admins do not. */
  vendorDeletion: string;
  readCustomers: string;
}

export async function organizationWithRoles(): Promise<OrganizationWithRoles> {
  const [tenant, foreign] = [await newTenant('Here'), await newTenant('There')];
  const { owner } = tenant;
  const admin = await tenant.member('Admin');
  const vendorDeletion = await permissionNamed(tenant, 'vendor:delete');
  await change(owner, Withdraw, { roleId: await roleNamed(tenant, 'Admin'), permissionId: vendorDeletion });
  const readCustomers = await permissionNamed(tenant, 'customer:read');
  return { tenant, owner, admin, foreign, vendorDeletion, readCustomers };
}
