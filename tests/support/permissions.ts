import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { idOf, sql } from './database.js';
import { notice } from './server.js';
import type { Person, Tenant } from './tenant.js';

/** The refusal of a caller without this permission. */
export const missing = (permission: string) => ({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission });

/** Id of a role of an organization. */
export const roleNamed = ({ id }: Pick<Tenant, 'id'>, name: string) =>
  idOf('select id from roles where organization_id = $1 and name = $2', [id, name]);

/** Id of a permission such as `activity:read` of an organization. */
export const permissionNamed = ({ id }: Pick<Tenant, 'id'>, name: string) =>
  idOf(`select id from permissions where organization_id = $1 and resource || ':' || action = $2`, [id, name]);

/** A new role with exactly these permissions. */
export async function roleWith(tenant: Tenant, permissions: string[]): Promise<string> {
  const permissionIds = await Promise.all(permissions.map((name) => permissionNamed(tenant, name)));
  const { createRole } = await tenant.owner
    .as(tenant.id)
    .request<{ createRole: { id: string } }>(
      gql`mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }`,
      { input: { name: `Role ${v7()}`, permissionIds } },
    );
  return createRole.id;
}

/** A new member with exactly these permissions. */
export async function memberWith(tenant: Tenant, permissions: string[]): Promise<Person & { membershipId: string }> {
  const member = await tenant.member();
  const roleId = await roleWith(tenant, permissions);
  await tenant.owner
    .as(tenant.id)
    .request(gql`mutation ($userId: ID!, $roleId: ID!) { assignRole(userId: $userId, roleId: $roleId) { id } }`, {
      userId: member.id,
      roleId,
    });
  return member;
}

/** Takes a permission such as `activity:read` from every role of an organization. */
export async function strip(organizationId: string, permission: string): Promise<void> {
  await sql(
    `delete from role_permissions where organization_id = $1 and permission_id in (
       select id from permissions where organization_id = $1 and resource || ':' || action = $2)`,
    [organizationId, permission],
  );
  await notice();
}
