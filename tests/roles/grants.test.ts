import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Sender } from '../support/customers.js';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import { missing, roleNamed } from '../support/permissions.js';
import {
  Assign,
  admin,
  change,
  createRole,
  foreign,
  notFound,
  notHeld,
  owner,
  permissionNamed,
  Remove,
  readCustomers,
  readRole,
  role,
  tenant,
  updateRole,
  vendorDeletion,
  Withdraw,
} from '../support/roles.js';
import { refusal } from '../support/server.js';

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
    const { id: roleId } = await createRole(owner);
    const member = await tenant.member();
    await owner.request(Assign, { userId: member.id, roleId });
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    const granted = await change(admin, Grant, { roleId, permissionId: readCustomers });
    expect(granted).toMatchObject({ version: 2, permissions: [{ resource: 'customer', action: 'read' }] });
    expect(await change(admin, Grant, { roleId, permissionId: readCustomers })).toEqual(granted);
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    const withdrawn = await change(admin, Withdraw, { roleId, permissionId: readCustomers });
    expect(withdrawn).toMatchObject({ version: 3, permissions: [], permissionCount: 0 });
    expect(await change(admin, Withdraw, { roleId, permissionId: readCustomers })).toEqual(withdrawn);
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
  });

  test('the same permission granted twice at once is one grant', async () => {
    const { id: roleId } = await createRole(owner);
    await Promise.all([1, 2, 3].map(() => change(owner, Grant, { roleId, permissionId: vendorDeletion })));
    expect(await readRole(owner, roleId)).toMatchObject({ version: 2, permissionCount: 1 });
  });

  test('setRolePermissions sets exactly these', async () => {
    const write = await permissionNamed(tenant, 'customer:update');
    const { id: roleId } = await createRole(owner, { permissionIds: [readCustomers, vendorDeletion] });
    const set = (sender: Sender, permissionIds: string[], expectedVersion?: number) =>
      change(sender, SetPermissions, { roleId, permissionIds, expectedVersion });
    // A permission that is granted already need not be held.
    const changed = await set(admin, [write, vendorDeletion], 1);
    expect(changed).toMatchObject({ version: 2, permissionCount: 2 });
    expect(changed.permissions).toContainEqual({ resource: 'customer', action: 'update' });
    expect(await set(admin, [vendorDeletion, write])).toEqual(changed);
    expect(await refusal(set(admin, [], 1))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
    expect(await set(admin, [])).toMatchObject({ version: 3, permissions: [] });
    expect(await refusal(set(admin, [vendorDeletion]))).toMatchObject(notHeld);
    expect(await refusal(set(owner, [vendorDeletion, vendorDeletion]))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'permissionIds' }],
    });
    expect(await refusal(set(owner, [vendorDeletion, v7()]))).toMatchObject(notFound('permissionIds.1'));
    expect(await refusal(set(owner, [await permissionNamed(foreign, 'deal:read')]))).toMatchObject(
      notFound('permissionIds.0'),
    );
    expect(await readRole(owner, roleId)).toMatchObject({ version: 3 });
  });

  test('nobody grants what one does not hold; taking it away is free', async () => {
    const { id: roleId } = await createRole(owner, { permissionIds: [readCustomers] });
    expect(await refusal(change(admin, Grant, { roleId, permissionId: vendorDeletion }))).toMatchObject(notHeld);
    await change(owner, Grant, { roleId, permissionId: vendorDeletion });
    expect(await change(admin, Withdraw, { roleId, permissionId: vendorDeletion })).toMatchObject({
      permissionCount: 1,
    });
  });

  test('neither role nor permission of another organization is found', async () => {
    const ours = await createRole(owner);
    const theirs = await roleNamed(foreign, 'Viewer');
    const theirPermission = await permissionNamed(foreign, 'deal:read');
    for (const document of [Grant, Withdraw]) {
      expect(await refusal(change(owner, document, { roleId: theirs, permissionId: readCustomers }))).toMatchObject(
        notFound('roleId'),
      );
      expect(await refusal(change(owner, document, { roleId: ours.id, permissionId: theirPermission }))).toMatchObject(
        notFound('permissionId'),
      );
    }
  });
});

describe('assignments', () => {
  test('assignRole and removeRole are idempotent and answer the user', async () => {
    const member = await tenant.member();
    const { id: roleId, name } = await createRole(owner, { permissionIds: [readCustomers] });
    const variables = { userId: member.id, roleId };
    for (let n = 0; n < 2; n += 1)
      expect(await admin.request(Assign, variables)).toEqual({ assignRole: { id: member.id, roles: [{ name }] } });
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    expect(await sql('select version from user_roles where user_id = $1', [member.id])).toEqual([{ version: 1 }]);
    for (let n = 0; n < 2; n += 1)
      expect(await admin.request(Remove, variables)).toEqual({ removeRole: { id: member.id, roles: [] } });
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    await admin.request(Assign, variables);
    expect(await sql('select version, is_active from user_roles where user_id = $1', [member.id])).toEqual([
      { version: 3, is_active: true },
    ]);
  });

  test('removeRole leaves the primary role of the employee record', async () => {
    const member = await tenant.member('Viewer');
    await tenant.employee({ userId: member.id, roleName: 'Viewer' });
    expect(await owner.request(Remove, { userId: member.id, roleId: await roleNamed(tenant, 'Viewer') })).toEqual({
      removeRole: { id: member.id, roles: [{ name: 'Viewer' }] },
    });
  });

  test('want an active member and a role of the organization', async () => {
    const former = await tenant.member();
    await owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, { id: former.membershipId });
    const viewer = await roleNamed(tenant, 'Viewer');
    for (const document of [Assign, Remove]) {
      for (const userId of [v7(), foreign.owner.id, former.id])
        expect(await refusal(owner.request(document, { userId, roleId: viewer }))).toMatchObject(notFound('userId'));
      for (const roleId of [v7(), await roleNamed(foreign, 'Viewer')])
        expect(await refusal(owner.request(document, { userId: admin.id, roleId }))).toMatchObject(notFound('roleId'));
    }
  });

  test('give neither an inactive role nor one with more than the caller holds, to oneself neither', async () => {
    const { id: roleId } = await createRole(owner, { permissionIds: [vendorDeletion] });
    const manager = await tenant.member('Sales Manager');
    for (const userId of [admin.id, manager.id])
      expect(await refusal(admin.request(Assign, { userId, roleId }))).toMatchObject(notHeld);
    await updateRole(owner, roleId, { isActive: false });
    expect(await refusal(owner.request(Assign, { userId: admin.id, roleId }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'ROLE_INACTIVE',
      fields: [{ path: 'roleId' }],
    });
  });
});
