import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields, Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { partialAnswer, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

const role = `id version name slug description isSystemRole isActive permissionCount userCount updatedAt
  permissions { resource action }`;
const CreateRole = gql`mutation ($input: CreateRoleInput!) { createRole(input: $input) { ${role} } }`;
const UpdateRole = gql`
  mutation ($id: ID!, $input: UpdateRoleInput!, $expectedVersion: Int) {
    updateRole(id: $id, input: $input, expectedVersion: $expectedVersion) { ${role} }
  }
`;
const DeleteRole = gql`
  mutation ($id: ID!, $replacementRoleId: ID, $expectedVersion: Int) {
    deleteRole(id: $id, replacementRoleId: $replacementRoleId, expectedVersion: $expectedVersion) { id }
  }
`;
const ReadRole = gql`query ($id: ID!) { role(id: $id) { ${role} } }`;
const Grant = gql`
  mutation ($roleId: ID!, $permissionId: ID!) { result: assignPermission(roleId: $roleId, permissionId: $permissionId) { ${role} } }
`;
const Withdraw = gql`
  mutation ($roleId: ID!, $permissionId: ID!) { result: removePermission(roleId: $roleId, permissionId: $permissionId) { ${role} } }
`;
const SetPermissions = gql`
  mutation ($roleId: ID!, $permissionIds: [ID!]!, $expectedVersion: Int) {
    result: setRolePermissions(roleId: $roleId, permissionIds: $permissionIds, expectedVersion: $expectedVersion) { ${role} }
  }
`;
const Assign = gql`
  mutation ($userId: ID!, $roleId: ID!) { assignRole(userId: $userId, roleId: $roleId) { id roles { name } } }
`;
const Remove = gql`
  mutation ($userId: ID!, $roleId: ID!) { removeRole(userId: $userId, roleId: $roleId) { id roles { name } } }
`;
const permission = 'id version resource action description isSystemPermission updatedAt';
const CreatePermission = gql`mutation ($input: CreatePermissionInput!) { createPermission(input: $input) { ${permission} } }`;
const UpdatePermission = gql`
  mutation ($id: ID!, $input: UpdatePermissionInput!, $expectedVersion: Int) {
    updatePermission(id: $id, input: $input, expectedVersion: $expectedVersion) { ${permission} }
  }
`;
const DeletePermission = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deletePermission(id: $id, expectedVersion: $expectedVersion) { id } }
`;
const Customers = gql`{ customers { totalCount } }`;

interface Role extends Fields {
  id: string;
  version: number;
  permissions: { resource: string; action: string }[];
}

const word = () => `w${v7().replaceAll('-', '').slice(-12)}`;
const createRole = async (sender: Sender, input: Fields = {}) =>
  (await sender.request<{ createRole: Role }>(CreateRole, { input: { name: word(), ...input } })).createRole;
const updateRole = async (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  (await sender.request<{ updateRole: Role }>(UpdateRole, { id, input, expectedVersion })).updateRole;
const deleteRole = (sender: Sender, id: string, args: Fields = {}) => sender.request(DeleteRole, { id, ...args });
const readRole = async (sender: Sender, id: string) =>
  (await sender.request<{ role: Role | null }>(ReadRole, { id })).role;
const change = async (sender: Sender, document: string, variables: Fields) =>
  (await sender.request<{ result: Role }>(document, variables)).result;
const createPermission = async (sender: Sender, input: Fields = {}) =>
  (
    await sender.request<{ createPermission: Fields & { id: string } }>(CreatePermission, {
      input: { resource: word(), action: 'fly', ...input },
    })
  ).createPermission;

const idOf = async (text: string, values: unknown[]) => (await sql<{ id: string }>(text, values))[0]!.id;
const roleNamed = ({ id }: Tenant, name: string) =>
  idOf('select id from roles where organization_id = $1 and name = $2', [id, name]);
const permissionNamed = ({ id }: Tenant, name: string) =>
  idOf(`select id from permissions where organization_id = $1 and resource || ':' || action = $2`, [id, name]);
const notFound = (path: string) => ({ code: 'NOT_FOUND', fields: [{ path, code: 'NOT_FOUND' }] });
const notHeld = { code: 'FORBIDDEN', reason: 'PERMISSION_NOT_HELD' };
const missing = (name: string) => ({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission: name });

let tenant: Tenant;
let owner: Person;
let admin: Person;
let foreign: Tenant;
/** A permission that the owner holds and Admins do not. */
let rare: string;
let readCustomers: string;

beforeAll(async () => {
  [tenant, foreign] = [await newTenant('Here'), await newTenant('There')];
  owner = tenant.owner;
  admin = await tenant.member('Admin');
  rare = await permissionNamed(tenant, 'vendor:delete');
  await change(owner, Withdraw, { roleId: await roleNamed(tenant, 'Admin'), permissionId: rare });
  readCustomers = await permissionNamed(tenant, 'customer:read');
});

describe('createRole', () => {
  test('makes an active role of one’s own with what it grants', async () => {
    const name = `Außen ${word()}`;
    const made = await createRole(admin, { name: ` ${name} `, description: 'Outside', permissionIds: [readCustomers] });
    expect(made).toMatchObject({
      version: 1,
      name,
      slug: expect.stringMatching(/^[a-z0-9-]+$/),
      description: 'Outside',
      isSystemRole: false,
      isActive: true,
      permissionCount: 1,
      userCount: 0,
      permissions: [{ resource: 'customer', action: 'read' }],
    });
    expect(await readRole(owner, made.id)).toEqual(made);
    expect(await createRole(admin)).toMatchObject({ permissionCount: 0, permissions: [], description: null });
  });

  test('a name is taken once, in any case; a slug gets a number', async () => {
    const name = `Night Shift ${word()}`;
    const { id, slug } = await createRole(owner, { name });
    for (const taken of [name, name.toUpperCase(), 'viewer', ' ADMIN '])
      expect(await refusal(createRole(owner, { name: taken }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'DUPLICATE_NAME',
        fields: [{ path: 'input.name', code: 'NOT_UNIQUE' }],
        existingId: taken.toLowerCase() === name.toLowerCase() ? id : expect.any(String),
      });
    expect((await createRole(owner, { name: name.replace(' ', '-') })).slug).toBe(`${slug}-2`);
    await expect(createRole(foreign.owner, { name })).resolves.toMatchObject({ slug });
  });

  test('of two of one name at once a single one is created', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = word();
      const tries = await Promise.allSettled([createRole(owner, { name }), createRole(owner, { name })]);
      const lost = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      expect(lost).toHaveLength(1);
      expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'DUPLICATE_NAME' });
    }
  });

  test('grants nothing that is foreign, unknown, named twice or not held', async () => {
    for (const id of [v7(), await permissionNamed(foreign, 'customer:read')])
      expect(await refusal(createRole(owner, { permissionIds: [readCustomers, id] }))).toMatchObject(
        notFound('input.permissionIds.1'),
      );
    expect(await refusal(createRole(owner, { permissionIds: [rare, rare.toUpperCase()] }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.permissionIds' }],
    });
    expect(await refusal(createRole(admin, { permissionIds: [readCustomers, rare] }))).toMatchObject(notHeld);
    await expect(createRole(owner, { permissionIds: [rare] })).resolves.toMatchObject({ permissionCount: 1 });
  });

  test.each([
    ['', 'TOO_SHORT'],
    ['x'.repeat(101), 'TOO_LONG'],
  ])('refuses the name %p', async (name, code) => {
    expect(await refusal(createRole(owner, { name }))).toMatchObject({ fields: [{ path: 'input.name', code }] });
  });
});

describe('updateRole', () => {
  test('changes what is given; the slug stays', async () => {
    const made = await createRole(owner, { description: 'Old' });
    const name = word();
    const changed = await updateRole(admin, made.id, { name, description: null }, 1);
    expect(changed).toMatchObject({ version: 2, name, slug: made.slug, description: null });
    expect(await updateRole(admin, made.id, { name, isActive: true })).toEqual(changed);
    expect(await refusal(updateRole(admin, made.id, { name: word() }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(await refusal(updateRole(admin, made.id, { name: 'Viewer' }))).toMatchObject({ reason: 'DUPLICATE_NAME' });
    expect(await updateRole(admin, made.id, { name: name.toUpperCase() })).toMatchObject({ name: name.toUpperCase() });
    for (const id of [v7(), await roleNamed(foreign, 'Viewer')])
      expect(await refusal(updateRole(owner, id, { name }))).toMatchObject(notFound('id'));
  });

  test('a system role can be described and switched off, not renamed', async () => {
    const own = await newTenant();
    const viewer = await own.member('Viewer');
    const id = await roleNamed(own, 'Viewer');
    expect(await refusal(updateRole(own.owner, id, { name: 'Watcher' }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'SYSTEM_ROLE',
    });
    await expect(viewer.request(Customers)).resolves.toBeDefined();
    expect(await updateRole(own.owner, id, { description: 'Looks', name: 'Viewer', isActive: false })).toMatchObject({
      isActive: false,
      description: 'Looks',
    });
    expect(await refusal(viewer.request(Customers))).toMatchObject(missing('customer:read'));
    await updateRole(own.owner, id, { isActive: true });
    await expect(viewer.request(Customers)).resolves.toBeDefined();
  });

  test('nobody switches a role on that grants what one does not hold', async () => {
    const { id } = await createRole(owner, { permissionIds: [rare] });
    expect(await updateRole(admin, id, { isActive: false })).toMatchObject({ isActive: false });
    expect(await refusal(updateRole(admin, id, { isActive: true }))).toMatchObject(notHeld);
    expect(await updateRole(owner, id, { isActive: true })).toMatchObject({ isActive: true });
  });
});

describe('deleteRole', () => {
  test('a role that nobody has goes with its grants and former assignments', async () => {
    const { id } = await createRole(owner, { permissionIds: [readCustomers] });
    await owner.request(Assign, { userId: admin.id, roleId: id });
    await owner.request(Remove, { userId: admin.id, roleId: id });
    expect(await refusal(deleteRole(admin, id, { expectedVersion: 5 }))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await deleteRole(admin, id, { expectedVersion: 1 })).toEqual({ deleteRole: { id } });
    expect(await readRole(owner, id)).toBeNull();
    expect(await sql('select from role_permissions where role_id = $1', [id])).toEqual([]);
    expect(await refusal(deleteRole(owner, id))).toMatchObject(notFound('id'));
  });

  test('a system role stays', async () => {
    const id = await roleNamed(tenant, 'Marketing Rep');
    for (const replacementRoleId of [undefined, await roleNamed(tenant, 'Viewer')])
      expect(await refusal(deleteRole(owner, id, { replacementRoleId }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'SYSTEM_ROLE',
      });
  });

  test('a role in use goes only when its holders get another one', async () => {
    const { id, name } = await createRole(owner);
    const { id: other } = await createRole(owner, { permissionIds: [readCustomers] });
    const [assigned, both, employed] = [await tenant.member(), await tenant.member(), await tenant.member()];
    for (const userId of [assigned.id, both.id]) await owner.request(Assign, { userId, roleId: id });
    await owner.request(Assign, { userId: both.id, roleId: other });
    const record = await tenant.employee({ userId: employed.id, roleName: String(name) });
    expect(await refusal(deleteRole(owner, id))).toMatchObject({ code: 'CONFLICT', reason: 'ROLE_IN_USE' });
    expect(await deleteRole(owner, id, { replacementRoleId: other })).toEqual({ deleteRole: { id } });
    for (const person of [assigned, both, employed]) {
      expect(await person.request(gql`{ myRoles { id } }`)).toEqual({ myRoles: [{ id: other }] });
      await expect(person.request(Customers)).resolves.toBeDefined();
    }
    expect(await sql('select role_id as id from employees where id = $1', [record])).toEqual([{ id: other }]);
  });

  test('an employee record alone keeps a role, whatever the status', async () => {
    const { id, name } = await createRole(owner);
    await tenant.employee({ roleName: String(name), status: 'INACTIVE' });
    expect(await refusal(deleteRole(owner, id))).toMatchObject({ reason: 'ROLE_IN_USE' });
  });

  test('people who left neither count nor keep a role, with or without an employee record', async () => {
    const { id, name } = await createRole(owner);
    const [left, stays] = [await tenant.member(), await tenant.member()];
    for (const { id: userId } of [left, stays]) await tenant.employee({ userId, roleName: String(name) });
    await tenant.employee({ roleName: String(name), status: 'TERMINATED' });
    const holders = async () => {
      const Holders = gql`query ($id: ID!) { role(id: $id) { userCount users(first: 9) { totalCount nodes { id } } } }`;
      return (await owner.request<{ role: unknown }>(Holders, { id })).role;
    };
    expect(await holders()).toEqual({
      userCount: 2,
      users: { totalCount: 2, nodes: expect.arrayContaining([{ id: left.id }, { id: stays.id }]) },
    });
    const leave = ({ id: userId }: { id: string }) =>
      sql('update memberships set is_active = false where user_id = $1', [userId]);
    await leave(left);
    expect(await holders()).toEqual({ userCount: 1, users: { totalCount: 1, nodes: [{ id: stays.id }] } });
    expect(await refusal(deleteRole(owner, id))).toMatchObject({ reason: 'ROLE_IN_USE' });
    await leave(stays);
    expect(await deleteRole(owner, id)).toEqual({ deleteRole: { id } });
    expect(await sql('select from employees where role_id = $1', [id])).toEqual([]);
  });

  test('the replacement must be another role, active, and grant nothing that the caller lacks', async () => {
    const { id } = await createRole(owner);
    const { id: strong } = await createRole(owner, { permissionIds: [rare] });
    const refused = (sender: Sender, replacementRoleId: string) =>
      refusal(deleteRole(sender, id, { replacementRoleId }));
    for (const unknown of [v7(), await roleNamed(foreign, 'Viewer')])
      expect(await refused(owner, unknown)).toMatchObject(notFound('replacementRoleId'));
    expect(await refused(owner, id)).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'replacementRoleId' }] });
    expect(await refused(admin, strong)).toMatchObject(notHeld);
    await updateRole(owner, strong, { isActive: false });
    expect(await refused(owner, strong)).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'ROLE_INACTIVE' });
    expect(await readRole(owner, id)).not.toBeNull();
  });
});

describe('grants', () => {
  test('assignPermission twice is one grant, and takes effect with the next request', async () => {
    const { id: roleId } = await createRole(owner);
    const member = await tenant.member();
    await owner.request(Assign, { userId: member.id, roleId });
    expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
    const granted = await change(admin, Grant, { roleId, permissionId: readCustomers });
    expect(granted).toMatchObject({ version: 2, permissions: [{ resource: 'customer', action: 'read' }] });
    expect(await change(admin, Grant, { roleId, permissionId: readCustomers })).toEqual(granted);
    await expect(member.request(Customers)).resolves.toBeDefined();
    const withdrawn = await change(admin, Withdraw, { roleId, permissionId: readCustomers });
    expect(withdrawn).toMatchObject({ version: 3, permissions: [], permissionCount: 0 });
    expect(await change(admin, Withdraw, { roleId, permissionId: readCustomers })).toEqual(withdrawn);
    expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
  });

  test('the same permission granted twice at once is one grant', async () => {
    const { id: roleId } = await createRole(owner);
    await Promise.all([1, 2, 3].map(() => change(owner, Grant, { roleId, permissionId: rare })));
    expect(await readRole(owner, roleId)).toMatchObject({ version: 2, permissionCount: 1 });
  });

  test('setRolePermissions sets exactly these', async () => {
    const write = await permissionNamed(tenant, 'customer:update');
    const { id: roleId } = await createRole(owner, { permissionIds: [readCustomers, rare] });
    const set = (sender: Sender, permissionIds: string[], expectedVersion?: number) =>
      change(sender, SetPermissions, { roleId, permissionIds, expectedVersion });
    // What is granted already need not be held.
    const changed = await set(admin, [write, rare], 1);
    expect(changed).toMatchObject({ version: 2, permissionCount: 2 });
    expect(changed.permissions).toContainEqual({ resource: 'customer', action: 'update' });
    expect(await set(admin, [rare, write])).toEqual(changed);
    expect(await refusal(set(admin, [], 1))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
    expect(await set(admin, [])).toMatchObject({ version: 3, permissions: [] });
    expect(await refusal(set(admin, [rare]))).toMatchObject(notHeld);
    expect(await refusal(set(owner, [rare, rare]))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'permissionIds' }],
    });
    expect(await refusal(set(owner, [rare, v7()]))).toMatchObject(notFound('permissionIds.1'));
    expect(await refusal(set(owner, [await permissionNamed(foreign, 'deal:read')]))).toMatchObject(
      notFound('permissionIds.0'),
    );
    expect(await readRole(owner, roleId)).toMatchObject({ version: 3 });
  });

  test('nobody grants what one does not hold; taking it away is free', async () => {
    const { id: roleId } = await createRole(owner, { permissionIds: [readCustomers] });
    expect(await refusal(change(admin, Grant, { roleId, permissionId: rare }))).toMatchObject(notHeld);
    await change(owner, Grant, { roleId, permissionId: rare });
    expect(await change(admin, Withdraw, { roleId, permissionId: rare })).toMatchObject({ permissionCount: 1 });
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
    await expect(member.request(Customers)).resolves.toBeDefined();
    expect(await sql('select version from user_roles where user_id = $1', [member.id])).toEqual([{ version: 1 }]);
    for (let n = 0; n < 2; n += 1)
      expect(await admin.request(Remove, variables)).toEqual({ removeRole: { id: member.id, roles: [] } });
    expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
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
    const { id: roleId } = await createRole(owner, { permissionIds: [rare] });
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

describe('permissions', () => {
  test('of one’s own are created, changed, granted, reported and deleted', async () => {
    const resource = word();
    const made = await createPermission(admin, { resource, action: 'launch', description: 'Rockets' });
    expect(made).toMatchObject({ version: 1, resource, action: 'launch', isSystemPermission: false });
    const { id: roleId } = await createRole(owner, { permissionIds: [made.id] });
    const member = await tenant.member();
    await owner.request(Assign, { userId: member.id, roleId });
    expect(await member.request(gql`{ myPermissions { resource actions } }`)).toEqual({
      myPermissions: [{ resource, actions: ['launch'] }],
    });
    const update = async (input: Fields, expectedVersion?: number) =>
      (await admin.request<{ updatePermission: Fields }>(UpdatePermission, { id: made.id, input, expectedVersion }))
        .updatePermission;
    const changed = await update({ action: 'launch', description: null }, 1);
    expect(changed).toMatchObject({ version: 2, action: 'launch', description: null });
    expect(await update({ action: 'launch' })).toEqual(changed);
    expect(await refusal(update({ action: 'x' }, 1))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await admin.request(DeletePermission, { id: made.id, expectedVersion: 2 })).toEqual({
      deletePermission: { id: made.id },
    });
    expect(await member.request(gql`{ myPermissions { resource } }`)).toEqual({ myPermissions: [] });
    expect(await readRole(owner, roleId)).toMatchObject({ permissionCount: 0 });
  });

  test('of one’s own keep resource and action while a role grants them', async () => {
    const { id } = await createPermission(admin, { action: 'launch' });
    const { id: roleId } = await createRole(admin, { permissionIds: [id] });
    const rename = (input: Fields) => admin.request(UpdatePermission, { id, input });
    for (const [input, name] of [
      [{ action: 'land' }, 'action'],
      [{ resource: word(), action: 'launch' }, 'resource'],
    ] as const)
      expect(await refusal(rename(input))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: `input.${name}`, code: 'NOT_ALLOWED' }],
      });
    await change(admin, Withdraw, { roleId, permissionId: id });
    await expect(rename({ action: 'land' })).resolves.toMatchObject({ updatePermission: { action: 'land' } });
  });

  test('of one’s own are granted by whoever may change roles, and by nobody else', async () => {
    const { id } = await createPermission(owner);
    await expect(createRole(admin, { permissionIds: [id] })).resolves.toMatchObject({ permissionCount: 1 });
    const makers = await createRole(owner, { permissionIds: [await permissionNamed(tenant, 'role:create')] });
    const maker = await tenant.member();
    await owner.request(Assign, { userId: maker.id, roleId: makers.id });
    expect(await refusal(createRole(maker, { permissionIds: [id] }))).toMatchObject(notHeld);
  });

  test('exist once per resource and action', async () => {
    const { id, resource } = await createPermission(owner);
    const other = await createPermission(owner, { resource, action: 'walk' });
    for (const refused of await Promise.all(
      [
        createPermission(owner, { resource }),
        owner.request(UpdatePermission, { id: other.id, input: { action: 'fly' } }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({
        code: 'CONFLICT',
        reason: 'DUPLICATE_PERMISSION',
        existingId: id,
      });
    expect(await refusal(createPermission(owner, { resource: 'customer', action: 'read' }))).toMatchObject({
      reason: 'DUPLICATE_PERMISSION',
      existingId: readCustomers,
    });
  });

  test('of the catalogue are read-only', async () => {
    for (const refused of await Promise.all(
      [
        owner.request(UpdatePermission, { id: readCustomers, input: { description: 'Mine' } }),
        owner.request(DeletePermission, { id: readCustomers }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'SYSTEM_PERMISSION' });
    const theirs = await permissionNamed(foreign, 'customer:read');
    for (const id of [v7(), theirs]) {
      expect(await refusal(owner.request(DeletePermission, { id }))).toMatchObject(notFound('id'));
      expect(await refusal(owner.request(UpdatePermission, { id, input: {} }))).toMatchObject(notFound('id'));
      expect(await owner.request(gql`query ($id: ID!) { permission(id: $id) { id } }`, { id })).toEqual({
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
    expect(await refusal(createPermission(owner, { [field]: value }))).toMatchObject({
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
    const member = await tenant.member('Viewer');
    await tenant.employee({ userId: member.id, roleName: 'Sales Rep' });
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
    for (const person of [await tenant.member(), await newPerson()])
      expect(await person.request(Own)).toEqual({ myRoles: [], myPermissions: [] });
  });

  test('shows the permissions of one’s own roles without role:read, and of no other', async () => {
    const rep = await tenant.member('Marketing Rep');
    const { myRoles } = await rep.request<{ myRoles: Role[] }>(
      gql`{ myRoles { name permissions { resource action } } }`,
    );
    expect(myRoles).toHaveLength(1);
    expect(myRoles[0]!.permissions).toHaveLength(11);
    const { data, errors } = await partialAnswer<{ users: { nodes: { roles: object[] }[] } }>(
      rep.request(
        gql`query ($name: String) { users(search: $name) { nodes { roles { name permissions { action } } } } }`,
        {
          name: admin.username,
        },
      ),
    );
    expect(data.users.nodes).toEqual([{ roles: [{ name: 'Admin', permissions: null }] }]);
    expect(errors).toMatchObject([
      { path: ['users', 'nodes', 0, 'roles', 0, 'permissions'], extensions: missing('role:read') },
    ]);
  });

  test('shows the permissions of one’s roles in one’s other organizations', async () => {
    const member = await tenant.member('Sales Rep');
    await foreign.owner.request(
      gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`,
      { input: { userId: member.id, roleIds: [await roleNamed(foreign, 'Viewer')] } },
    );
    const { me } = await member.as(tenant.id).request<{
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

describe('the users of a role', () => {
  const Users = gql`
    query ($id: ID!, $first: Int, $after: String, $search: String) {
      role(id: $id) {
        userCount
        users(first: $first, after: $after, search: $search) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { id lastName }
          edges { cursor node { id } sources assignedAt assignedBy { id } }
        }
      }
    }
  `;
  interface Holders {
    userCount: number;
    users: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; endCursor: string };
      nodes: { id: string; lastName: string }[];
      edges: { node: { id: string }; sources: string[]; assignedAt: string | null; assignedBy: object | null }[];
    };
  }
  const holders = async (sender: Sender, variables: Fields) =>
    (await sender.request<{ role: Holders }>(Users, variables)).role;

  test('come once each, by family name, with how they got it, in pages, searched', async () => {
    const { id, name } = await createRole(owner);
    const [first, second, third, former] = [
      await tenant.member(),
      await tenant.member(),
      await tenant.member(),
      await tenant.member(),
    ];
    for (const [person, lastName] of [
      [first, 'Zola'],
      [second, 'äsop'],
      [third, 'Berg'],
    ] as const)
      await sql('update users set last_name = $2 where id = $1', [person.id, lastName]);
    for (const { id: userId } of [first, second, former]) await admin.request(Assign, { userId, roleId: id });
    await admin.request(Remove, { userId: former.id, roleId: id });
    for (const { id: userId } of [second, third]) await tenant.employee({ userId, roleName: String(name) });

    const all = await holders(owner, { id });
    expect(all).toMatchObject({ userCount: 3, users: { totalCount: 3, pageInfo: { hasNextPage: false } } });
    expect(all.users.nodes.map((node) => node.lastName)).toEqual(['äsop', 'Berg', 'Zola']);
    expect(
      all.users.edges.map(({ node, sources, assignedAt, assignedBy }) => [
        node.id,
        sources,
        assignedAt === null,
        assignedBy,
      ]),
    ).toEqual([
      [second.id, ['ASSIGNMENT', 'EMPLOYEE'], false, { id: admin.id }],
      [third.id, ['EMPLOYEE'], true, null],
      [first.id, ['ASSIGNMENT'], false, { id: admin.id }],
    ]);

    const walked: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const { users } = await holders(owner, { id, first: 1, after });
      walked.push(...users.nodes.map((node) => node.lastName));
      ({ hasNextPage: more, endCursor: after } = users.pageInfo);
    }
    expect(walked).toEqual(['äsop', 'Berg', 'Zola']);
    expect((await holders(owner, { id, search: 'BER' })).users.nodes).toEqual([{ id: third.id, lastName: 'Berg' }]);
    expect(await refusal(owner.request(Users, { id, first: 0 }))).toMatchObject({ reason: 'INVALID_PAGINATION' });
  });

  test('need role:read', async () => {
    const rep = await tenant.member('Sales Rep');
    const { data, errors } = await partialAnswer(rep.request(gql`{ myRoles { name users { totalCount } } }`));
    expect(data).toEqual({ myRoles: [{ name: 'Sales Rep', users: null }] });
    expect(errors).toMatchObject([{ path: ['myRoles', 0, 'users'], extensions: missing('role:read') }]);
  });

  test('come with every role of a list', async () => {
    const { roles } = await owner.request<{ roles: { nodes: Holders[] } }>(
      gql`{ roles(first: 100) { nodes { userCount users(first: 1) { totalCount nodes { id } edges { sources } } } } }`,
    );
    for (const { userCount, users } of roles.nodes) expect(users.totalCount).toBe(userCount);
    expect(roles.nodes.some(({ userCount }) => userCount > 1)).toBe(true);
  });
});

test('the roles of owners are changed by owners only', async () => {
  const tenant = await newTenant();
  const admin = await tenant.member('Admin');
  const role = async (name: string) => {
    const [found] = await sql<{ id: string }>('select id from roles where organization_id = $1 and name = $2', [
      tenant.id,
      name,
    ]);
    return found!.id;
  };
  const { createRole } = await tenant.owner.request<{ createRole: { id: string } }>(
    'mutation { createRole(input: { name: "Own" }) { id } }',
  );
  const [own, viewer] = [createRole.id, await role('Viewer')];
  await sql('update employees set role_id = $1 where organization_id = $2 and user_id = $3', [
    own,
    tenant.id,
    tenant.owner.id,
  ]);
  const mutations = [
    `deleteRole(id: "${own}", replacementRoleId: "${viewer}") { id }`,
    `assignRole(userId: "${tenant.owner.id}", roleId: "${viewer}") { id }`,
    `removeRole(userId: "${tenant.owner.id}", roleId: "${viewer}") { id }`,
    `createUserProfile(input: { userId: "${tenant.owner.id}", profileType: CUSTOMER }) { id }`,
  ];
  for (const mutation of mutations) {
    expect(await refusal(admin.request(`mutation { ${mutation} }`))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'OWNER_ONLY',
    });
  }
  for (const mutation of mutations) await tenant.owner.request(`mutation { ${mutation} }`);
});
