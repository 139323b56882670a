import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields, Sender } from '../support/customers.js';
import { missing, permissionNamed, roleNamed } from '../support/permissions.js';
import {
  Assign,
  change,
  createRole,
  newRoleName,
  notFound,
  notHeld,
  type OrganizationWithRoles,
  organizationWithRoles,
  type Role,
  readRole,
  Withdraw,
} from '../support/roles.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newPerson, newTenant } from '../support/tenant.js';

let world: OrganizationWithRoles;
beforeAll(async () => {
  world = await organizationWithRoles();
});

const permission = 'id version resource action description isSystemPermission updatedAt';
const CreatePermission = gql`
  mutation ($input: CreatePermissionInput!) {
    createPermission(input: $input) { ${permission} }
  }
`;
const UpdatePermission = gql`
  mutation ($id: ID!, $input: UpdatePermissionInput!, $expectedVersion: Int) {
    updatePermission(id: $id, input: $input, expectedVersion: $expectedVersion) { ${permission} }
  }
`;
const DeletePermission = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deletePermission(id: $id, expectedVersion: $expectedVersion) { id } }
`;
const createPermission = async (sender: Sender, input: Fields = {}) =>
  (
    await sender.request<{ createPermission: Fields & { id: string } }>(CreatePermission, {
      input: { resource: newRoleName(), action: 'fly', ...input },
    })
  ).createPermission;

describe('permissions', () => {
  test('of one’s own are created, changed, granted, reported and deleted', async () => {
    const resource = newRoleName();
    const made = await createPermission(world.admin, { resource, action: 'launch', description: 'Rockets' });
    expect(made).toMatchObject({ version: 1, resource, action: 'launch', isSystemPermission: false });
    const { id: roleId } = await createRole(world.owner, { permissionIds: [made.id] });
    const member = await world.tenant.member();
    await world.owner.request(Assign, { userId: member.id, roleId });
    expect(await member.request(gql`{ myPermissions { resource actions } }`)).toEqual({
      myPermissions: [{ resource, actions: ['launch'] }],
    });
    const update = async (input: Fields, expectedVersion?: number) =>
      (
        await world.admin.request<{ updatePermission: Fields }>(UpdatePermission, {
          id: made.id,
          input,
          expectedVersion,
        })
      ).updatePermission;
    const changed = await update({ action: 'launch', description: null }, 1);
    expect(changed).toMatchObject({ version: 2, action: 'launch', description: null });
    expect(await update({ action: 'launch' })).toEqual(changed);
    expect(await refusal(update({ action: 'x' }, 1))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await world.admin.request(DeletePermission, { id: made.id, expectedVersion: 2 })).toEqual({
      deletePermission: { id: made.id },
    });
    expect(await member.request(gql`{ myPermissions { resource } }`)).toEqual({ myPermissions: [] });
    expect(await readRole(world.owner, roleId)).toMatchObject({ permissionCount: 0 });
  });

  test('of one’s own keep resource and action while a role grants them', async () => {
    const { id } = await createPermission(world.admin, { action: 'launch' });
    const { id: roleId } = await createRole(world.admin, { permissionIds: [id] });
    const rename = (input: Fields) => world.admin.request(UpdatePermission, { id, input });
    for (const [input, name] of [
      [{ action: 'land' }, 'action'],
      [{ resource: newRoleName(), action: 'launch' }, 'resource'],
    ] as const)
      expect(await refusal(rename(input))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: `input.${name}`, code: 'NOT_ALLOWED' }],
      });
    await change(world.admin, Withdraw, { roleId, permissionId: id });
    await expect(rename({ action: 'land' })).resolves.toMatchObject({ updatePermission: { action: 'land' } });
  });

  test('of one’s own are granted by whoever may change roles, and by nobody else', async () => {
    const { id } = await createPermission(world.owner);
    await expect(createRole(world.admin, { permissionIds: [id] })).resolves.toMatchObject({ permissionCount: 1 });
    const makers = await createRole(world.owner, {
      permissionIds: [await permissionNamed(world.tenant, 'role:create')],
    });
    const maker = await world.tenant.member();
    await world.owner.request(Assign, { userId: maker.id, roleId: makers.id });
    expect(await refusal(createRole(maker, { permissionIds: [id] }))).toMatchObject(notHeld);
  });

  test('exist once per resource and action', async () => {
    const { id, resource } = await createPermission(world.owner);
    const other = await createPermission(world.owner, { resource, action: 'walk' });
    for (const refused of await Promise.all(
      [
        createPermission(world.owner, { resource }),
        world.owner.request(UpdatePermission, { id: other.id, input: { action: 'fly' } }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({
        code: 'CONFLICT',
        reason: 'DUPLICATE_PERMISSION',
        existingId: id,
      });
    expect(await refusal(createPermission(world.owner, { resource: 'customer', action: 'read' }))).toMatchObject({
      reason: 'DUPLICATE_PERMISSION',
      existingId: world.readCustomers,
    });
  });

  test('of the catalogue are read-only', async () => {
    for (const refused of await Promise.all(
      [
        world.owner.request(UpdatePermission, { id: world.readCustomers, input: { description: 'Mine' } }),
        world.owner.request(DeletePermission, { id: world.readCustomers }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'SYSTEM_PERMISSION' });
    const theirs = await permissionNamed(world.foreign, 'customer:read');
    for (const id of [v7(), theirs]) {
      expect(await refusal(world.owner.request(DeletePermission, { id }))).toMatchObject(notFound('id'));
      expect(await refusal(world.owner.request(UpdatePermission, { id, input: {} }))).toMatchObject(notFound('id'));
      expect(await world.owner.request(gql`query ($id: ID!) { permission(id: $id) { id } }`, { id })).toEqual({
        permission: null,
      });
    }
  });

  test.each([
    ['resource', 'Two Words', 'INVALID'],
    ['resource', '1st', 'INVALID'],
    ['resource', 'a:b', 'INVALID'],
    ['resource', 'x'.repeat(101), 'TOO_LONG'],
    ['action', 'x'.repeat(51), 'TOO_LONG'],
    ['action', '', 'TOO_SHORT'],
  ])('refuse the %s %p', async (field, value, code) => {
    expect(await refusal(createPermission(world.owner, { [field]: value }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: `input.${field}`, code }],
    });
  });

  test('are listed and grouped by resource and action', async () => {
    const own = await newTenant();
    await createPermission(own.owner, { resource: 'customer', action: 'call' });
    const { permissions, permissionsByResource: groups } = await own.owner.request<{
      permissions: { totalCount: number; nodes: { resource: string; action: string }[] };
      permissionsByResource: { resource: string; permissions: { resource: string; action: string }[] }[];
    }>(gql`{
      permissions(first: 100) { totalCount nodes { resource action } }
      permissionsByResource { resource permissions { resource action } }
    }`);
    expect(permissions.totalCount).toBe(36);
    expect(groups.flatMap((group) => group.permissions)).toEqual(permissions.nodes);
    expect(groups.map(({ resource }) => resource)).toEqual([
      'activity',
      'analytics',
      'customer',
      'deal',
      'employee',
      'lead',
      'organization',
      'pipeline',
      'role',
      'vendor',
    ]);
    expect(groups[2]!.permissions.map(({ action }) => action)).toEqual(['call', 'create', 'delete', 'read', 'update']);
    expect(await own.owner.request(gql`{ permissionsByResource { resource } }`)).toEqual({
      permissionsByResource: groups.map(({ resource }) => ({ resource })),
    });
    const { myPermissions } = await own.owner.request<{ myPermissions: object[] }>(
      gql`{ myPermissions { resource actions } }`,
    );
    expect(myPermissions).toEqual(
      groups.map((group) => ({ resource: group.resource, actions: group.permissions.map(({ action }) => action) })),
    );
  });
});

describe('one’s own access', () => {
  test('counts assignments and the primary role of the employee record, once', async () => {
    const member = await world.tenant.member('Viewer');
    await world.tenant.employee({ userId: member.id, roleName: 'Sales Rep' });
    const Own = gql`{ myRoles { name isActive } myPermissions { resource actions } }`;
    const { myRoles, myPermissions } = await member.request<{ myRoles: object[]; myPermissions: object[] }>(Own);
    expect(myRoles).toEqual([
      { name: 'Sales Rep', isActive: true },
      { name: 'Viewer', isActive: true },
    ]);
    expect(myPermissions).toEqual(
      Object.entries({
        activity: ['create', 'read', 'update'],
        analytics: ['read'],
        customer: ['create', 'read', 'update'],
        deal: ['create', 'read', 'update'],
        employee: ['read'],
        lead: ['create', 'read', 'update'],
        organization: ['read'],
        pipeline: ['read'],
        role: ['read'],
        vendor: ['read'],
      }).map(([resource, actions]) => ({ resource, actions })),
    );
  });

  test('is empty without roles or without an organization', async () => {
    const Own = gql`{ myRoles { name } myPermissions { resource } }`;
    for (const person of [await world.tenant.member(), await newPerson()])
      expect(await person.request(Own)).toEqual({ myRoles: [], myPermissions: [] });
  });

  test('shows the permissions of one’s own roles without role:read, and of no other', async () => {
    const rep = await world.tenant.member('Marketing Rep');
    const { myRoles } = await rep.request<{ myRoles: Role[] }>(
      gql`{ myRoles { name permissions { resource action } } }`,
    );
    expect(myRoles).toHaveLength(1);
    expect(myRoles[0]!.permissions).toHaveLength(11);
    const { data, errors } = await partialAnswer<{ users: { nodes: { roles: object[] }[] } }>(
      rep.request(
        gql`query ($name: String) { users(search: $name) { nodes { roles { name permissions { action } } } } }`,
        {
          name: world.admin.username,
        },
      ),
    );
    expect(data.users.nodes).toEqual([{ roles: [{ name: 'Admin', permissions: null }] }]);
    expect(errors).toMatchObject([
      { path: ['users', 'nodes', 0, 'roles', 0, 'permissions'], extensions: missing('role:read') },
    ]);
  });

  test('shows the permissions of one’s roles in one’s other organizations', async () => {
    const member = await world.tenant.member('Sales Rep');
    await world.foreign.owner.request(
      gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`,
      { input: { userId: member.id, roleIds: [await roleNamed(world.foreign, 'Viewer')] } },
    );
    const { me } = await member.as(world.tenant.id).request<{
      me: { profiles: { organization: { name: string }; roles: (Role & { permissionCount: number })[] }[] };
    }>(gql`{ me { profiles { organization { name } roles { name permissionCount permissions { resource } } } } }`);
    const shown = me.profiles.flatMap(({ organization, roles }) =>
      roles.map(({ name, permissionCount, permissions }) => [
        organization.name,
        name,
        permissionCount,
        permissions.length,
      ]),
    );
    expect(shown).toEqual([
      ['Here', 'Sales Rep', 16, 16],
      ['There', 'Viewer', 10, 10],
    ]);
  });
});
