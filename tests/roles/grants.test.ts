import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Sender } from '../support/customers.js';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import { missing, permissionNamed, roleNamed } from '../support/permissions.js';
import {
  Assign,
  change,
  createRole,
  notFound,
  notHeld,
  type OrganizationWithRoles,
  organizationWithRoles,
  Remove,
  readRole,
  role,
  updateRole,
  Withdraw,
} from '../support/roles.js';
import { refusal } from '../support/server.js';

let world: OrganizationWithRoles;
beforeAll(async () => {
  world = await organizationWithRoles();
});

const Grant = gql`
  mutation ($roleId: ID!, $permissionId: ID!) {
    result: assignPermission(roleId: $roleId, permissionId: $permissionId) { ${role} }
  }
`;
const SetPermissions = gql`
  mutation ($roleId: ID!, $permissionIds: [ID!]!, $expectedVersion: Int) {
    result: setRolePermissions(roleId: $roleId, permissionIds: $permissionIds, expectedVersion: $expectedVersion) {
      ${role}
    }
  }
`;

describe('grants', () => {
  test('assignPermission twice is one grant, and takes effect with the next request', async () => {
    const { id: roleId } = await createRole(world.owner);
    const member = await world.tenant.member();
    await world.owner.request(Assign, { userId: member.id, roleId });
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    const granted = await change(world.admin, Grant, { roleId, permissionId: world.readCustomers });
    expect(granted).toMatchObject({ version: 2, permissions: [{ resource: 'customer', action: 'read' }] });
    expect(await change(world.admin, Grant, { roleId, permissionId: world.readCustomers })).toEqual(granted);
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    const withdrawn = await change(world.admin, Withdraw, { roleId, permissionId: world.readCustomers });
    expect(withdrawn).toMatchObject({ version: 3, permissions: [], permissionCount: 0 });
    expect(await change(world.admin, Withdraw, { roleId, permissionId: world.readCustomers })).toEqual(withdrawn);
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
  });

  test('the same permission granted twice at once is one grant', async () => {
    const { id: roleId } = await createRole(world.owner);
    await Promise.all([1, 2, 3].map(() => change(world.owner, Grant, { roleId, permissionId: world.vendorDeletion })));
    expect(await readRole(world.owner, roleId)).toMatchObject({ version: 2, permissionCount: 1 });
  });

  test('setRolePermissions sets exactly these', async () => {
    const write = await permissionNamed(world.tenant, 'customer:update');
    const { id: roleId } = await createRole(world.owner, {
      permissionIds: [world.readCustomers, world.vendorDeletion],
    });
    const set = (sender: Sender, permissionIds: string[], expectedVersion?: number) =>
      change(sender, SetPermissions, { roleId, permissionIds, expectedVersion });
    // A permission that is granted already need not be held.
    const changed = await set(world.admin, [write, world.vendorDeletion], 1);
    expect(changed).toMatchObject({ version: 2, permissionCount: 2 });
    expect(changed.permissions).toContainEqual({ resource: 'customer', action: 'update' });
    expect(await set(world.admin, [world.vendorDeletion, write])).toEqual(changed);
    expect(await refusal(set(world.admin, [], 1))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
    expect(await set(world.admin, [])).toMatchObject({ version: 3, permissions: [] });
    expect(await refusal(set(world.admin, [world.vendorDeletion]))).toMatchObject(notHeld);
    expect(await refusal(set(world.owner, [world.vendorDeletion, world.vendorDeletion]))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'permissionIds' }],
    });
    expect(await refusal(set(world.owner, [world.vendorDeletion, v7()]))).toMatchObject(notFound('permissionIds.1'));
    expect(await refusal(set(world.owner, [await permissionNamed(world.foreign, 'deal:read')]))).toMatchObject(
      notFound('permissionIds.0'),
    );
    expect(await readRole(world.owner, roleId)).toMatchObject({ version: 3 });
  });

  test('nobody grants what one does not hold; taking it away is free', async () => {
    const { id: roleId } = await createRole(world.owner, { permissionIds: [world.readCustomers] });
    expect(await refusal(change(world.admin, Grant, { roleId, permissionId: world.vendorDeletion }))).toMatchObject(
      notHeld,
    );
    await change(world.owner, Grant, { roleId, permissionId: world.vendorDeletion });
    expect(await change(world.admin, Withdraw, { roleId, permissionId: world.vendorDeletion })).toMatchObject({
      permissionCount: 1,
    });
  });

  test('neither role nor permission of another organization is found', async () => {
    const ours = await createRole(world.owner);
    const theirs = await roleNamed(world.foreign, 'Viewer');
    const theirPermission = await permissionNamed(world.foreign, 'deal:read');
    for (const document of [Grant, Withdraw]) {
      expect(
        await refusal(change(world.owner, document, { roleId: theirs, permissionId: world.readCustomers })),
      ).toMatchObject(notFound('roleId'));
      expect(
        await refusal(change(world.owner, document, { roleId: ours.id, permissionId: theirPermission })),
      ).toMatchObject(notFound('permissionId'));
    }
  });
});

describe('assignments', () => {
  test('assignRole and removeRole are idempotent and answer the user', async () => {
    const member = await world.tenant.member();
    const { id: roleId, name } = await createRole(world.owner, { permissionIds: [world.readCustomers] });
    const variables = { userId: member.id, roleId };
    for (let n = 0; n < 2; n += 1)
      expect(await world.admin.request(Assign, variables)).toEqual({
        assignRole: { id: member.id, roles: [{ name }] },
      });
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    expect(await sql('select version from user_roles where user_id = $1', [member.id])).toEqual([{ version: 1 }]);
    for (let n = 0; n < 2; n += 1)
      expect(await world.admin.request(Remove, variables)).toEqual({ removeRole: { id: member.id, roles: [] } });
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    await world.admin.request(Assign, variables);
    expect(await sql('select version, is_active from user_roles where user_id = $1', [member.id])).toEqual([
      { version: 3, is_active: true },
    ]);
  });

  test('removeRole leaves the primary role of the employee record', async () => {
    const member = await world.tenant.member('Viewer');
    await world.tenant.employee({ userId: member.id, roleName: 'Viewer' });
    expect(
      await world.owner.request(Remove, { userId: member.id, roleId: await roleNamed(world.tenant, 'Viewer') }),
    ).toEqual({
      removeRole: { id: member.id, roles: [{ name: 'Viewer' }] },
    });
  });

  test('want an active member and a role of the organization', async () => {
    const former = await world.tenant.member();
    await world.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: former.membershipId,
    });
    const viewer = await roleNamed(world.tenant, 'Viewer');
    for (const document of [Assign, Remove]) {
      for (const userId of [v7(), world.foreign.owner.id, former.id])
        expect(await refusal(world.owner.request(document, { userId, roleId: viewer }))).toMatchObject(
          notFound('userId'),
        );
      for (const roleId of [v7(), await roleNamed(world.foreign, 'Viewer')])
        expect(await refusal(world.owner.request(document, { userId: world.admin.id, roleId }))).toMatchObject(
          notFound('roleId'),
        );
    }
  });

  test('give neither an inactive role nor one with more than the caller holds, to oneself neither', async () => {
    const { id: roleId } = await createRole(world.owner, { permissionIds: [world.vendorDeletion] });
    const manager = await world.tenant.member('Sales Manager');
    for (const userId of [world.admin.id, manager.id])
      expect(await refusal(world.admin.request(Assign, { userId, roleId }))).toMatchObject(notHeld);
    await updateRole(world.owner, roleId, { isActive: false });
    expect(await refusal(world.owner.request(Assign, { userId: world.admin.id, roleId }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'ROLE_INACTIVE',
      fields: [{ path: 'roleId' }],
    });
  });
});
