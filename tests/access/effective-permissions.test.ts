import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Add, add, CreateCustomer, leave } from '../support/memberships.js';
import { missing, roleNamed } from '../support/permissions.js';
import { client, notice, refusal } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newPerson, newTenant } from '../support/tenant.js';

describe('effective permissions', () => {
  const Employees = gql`{ employees { totalCount } }`;
  const Profiles = gql`{ userProfiles { totalCount } }`;
  const newEmail = () => `${v7()}@customers.example`;

  test('are the union of the assigned roles', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Marketing Rep', 'Sales Rep');
    await expect(member.request(CreateCustomer, { email: newEmail() })).resolves.toBeDefined();
    await expect(member.request(Employees)).resolves.toBeDefined();
    expect(
      await refusal(member.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id: v7() })),
    ).toMatchObject(missing('customer:delete'));
  });

  test('join the primary role of the employee record to the assignments', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    expect(await refusal(member.request(CreateCustomer, { email: newEmail() }))).toMatchObject(
      missing('customer:create'),
    );
    await tenant.employee({ userId: member.id, roleName: 'Sales Rep' });
    await expect(member.request(CreateCustomer, { email: newEmail() })).resolves.toBeDefined();
    expect(await member.request(gql`{ me { roles { name } } }`)).toEqual({
      me: { roles: [{ name: 'Sales Rep' }, { name: 'Viewer' }] },
    });
  });

  test.each([
    ['ACTIVE', true],
    ['ON_LEAVE', true],
    ['INACTIVE', false],
    ['TERMINATED', false],
  ])('of an employee who is %s count the primary role: %s', async (status, counts) => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await tenant.employee({ userId: member.id, roleName: 'Viewer', status });
    if (counts) expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    else expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    expect(await member.request(gql`{ me { roles { name } memberships { roles { name } } } }`)).toEqual({
      me: { roles: counts ? [{ name: 'Viewer' }] : [], memberships: [{ roles: counts ? [{ name: 'Viewer' }] : [] }] },
    });
  });

  test('do not include an inactive role, by assignment or employee record', async () => {
    const tenant = await newTenant();
    const [assigned, employed] = [await tenant.member('Viewer'), await tenant.member()];
    await tenant.employee({ userId: employed.id, roleName: 'Viewer' });
    await sql(`update roles set is_active = false where organization_id = $1 and name = 'Viewer'`, [tenant.id]);
    for (const member of [assigned, employed]) {
      expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
      expect(await member.request(gql`{ me { roles { name } } }`)).toEqual({ me: { roles: [] } });
    }
  });

  test('do not include an inactive assignment', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer', 'Sales Rep');
    await sql('update user_roles set is_active = false where user_id = $1 and role_id = $2', [
      member.id,
      await roleNamed(tenant, 'Sales Rep'),
    ]);
    expect(await refusal(member.request(CreateCustomer, { email: newEmail() }))).toMatchObject(
      missing('customer:create'),
    );
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
  });

  test('change when a permission is taken from a role or given to it', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    await sql(
      `delete from role_permissions g using permissions p
       where p.id = g.permission_id and g.role_id = $1 and p.resource = 'customer'`,
      [await roleNamed(tenant, 'Viewer')],
    );
    await notice();
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    await expect(member.request(Profiles)).resolves.toBeDefined();
    await sql(
      `insert into role_permissions (id, created_at, updated_at, organization_id, role_id, permission_id)
       select $1, now(), now(), organization_id, $2, id from permissions
       where organization_id = $3 and resource = 'customer' and action = 'read'`,
      [v7(), await roleNamed(tenant, 'Viewer'), tenant.id],
    );
    await notice();
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
  });

  test('that others have changed behind our back hold within two seconds', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    await sql('update roles set is_active = false where id = $1', [await roleNamed(tenant, 'Viewer')]);
    const refused = async () =>
      expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
    await eventually(refused, { within: 2_100 });
  });

  test("of one organization mean nothing in another, not even in the same user's", async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const person = await one.member('Admin');
    await add(other, { userId: person.id, roleIds: [await roleNamed(other, 'Viewer')] });
    await expect(person.as(one.id).request(CreateCustomer, { email: newEmail() })).resolves.toBeDefined();
    expect(await refusal(person.as(other.id).request(CreateCustomer, { email: newEmail() }))).toMatchObject(
      missing('customer:create'),
    );
    expect(await person.as(other.id).request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    expect(await refusal(one.owner.as(other.id).request(CountCustomers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });

  test('an empty X-Organization-Id names no organization, whatever was asked without it before', async () => {
    const { owner } = await newTenant();
    const ask = (headers: Record<string, string>) =>
      client({ token: owner.token }).request(CountCustomers, {}, headers);
    await expect(ask({})).resolves.toBeDefined();
    expect(await refusal(ask({ 'x-organization-id': '' }))).toMatchObject({ reason: 'NOT_A_MEMBER' });
    await expect(ask({})).resolves.toBeDefined();
  });

  test("an employee record of another organization's user gives its role to nobody here", async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const member = await one.member();
    await add(other, { userId: member.id });
    await other.employee({ userId: member.id, roleName: 'Admin' });
    expect(await refusal(member.as(one.id).request(CountCustomers))).toMatchObject(missing('customer:read'));
    await expect(member.as(other.id).request(CountCustomers)).resolves.toBeDefined();
  });

  test('a superuser holds every permission and passes owner checks where a member, and nowhere else', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const member = await tenant.member();
    await makeSuperusers(member);
    await expect(member.request(CreateCustomer, { email: newEmail() })).resolves.toBeDefined();
    await expect(member.request(Add, { input: { userId: (await newPerson()).id } })).resolves.toBeDefined();
    expect(await refusal(member.as(foreign.id).request(CountCustomers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });

  test('a missing permission is told before bad input and before existence', async () => {
    const tenant = await newTenant();
    const viewer = await tenant.member('Viewer');
    for (const id of ['x', v7()])
      expect(
        await refusal(
          viewer.request(gql`mutation ($id: ID!) { updateCustomer(id: $id, input: { email: "x" }) { id } }`, { id }),
        ),
      ).toMatchObject(missing('customer:update'));
  });

  test('a mutation without permission fails alone, its siblings stand', async () => {
    const tenant = await newTenant();
    const rep = await tenant.member('Sales Rep');
    const Both = gql`
      mutation ($id: ID!) {
        createCustomer(input: { email: "stands@b.example", name: "A B" }) { name }
        deleteCustomer(id: $id) { id }
      }
    `;
    const { data, errors } = await rep
      .as(tenant.id)
      .rawRequest(Both, { id: v7() })
      .catch((error) => error.response);
    expect(data).toEqual({ createCustomer: { name: 'A B' }, deleteCustomer: null });
    expect(errors).toMatchObject([{ path: ['deleteCustomer'], extensions: missing('customer:delete') }]);
    expect(await rep.request(CountCustomers)).toEqual({ customers: { totalCount: 1 } });
  });
});

describe('roles of users, memberships and profiles', () => {
  const Self = gql`
    {
      me {
        roles { name }
        memberships { organization { name } roles { name } }
        profiles { organization { name } roles { name } }
      }
    }
  `;

  async function memberOfTwo() {
    const [here, there] = [await newTenant('Here'), await newTenant('There')];
    const person = await here.member('Viewer');
    await add(there, { userId: person.id, roleIds: [await roleNamed(there, 'Admin')] });
    await there.employee({ userId: person.id, roleName: 'Sales Rep' });
    return { here, there, person };
  }

  test("include those of one's other organizations, each with its own", async () => {
    const { here, there, person } = await memberOfTwo();
    const memberships = [
      { organization: { name: 'Here' }, roles: [{ name: 'Viewer' }] },
      { organization: { name: 'There' }, roles: [{ name: 'Admin' }, { name: 'Sales Rep' }] },
    ];
    expect(await person.as(here.id).request(Self)).toEqual({
      me: { roles: [{ name: 'Viewer' }], memberships, profiles: memberships },
    });
    expect(await person.as(there.id).request(Self)).toEqual({
      me: { roles: [{ name: 'Admin' }, { name: 'Sales Rep' }], memberships, profiles: memberships },
    });
  });

  test('of somebody else are those of the active organization only', async () => {
    const { here, person } = await memberOfTwo();
    const Other = gql`
      query ($id: ID!) {
        user(id: $id) {
          roles { name }
          memberships { organization { name } roles { name } }
          profiles { organization { name } roles { name } }
          employee { id }
        }
      }
    `;
    const shown = [{ organization: { name: 'Here' }, roles: [{ name: 'Viewer' }] }];
    expect(await here.owner.request(Other, { id: person.id })).toEqual({
      user: { roles: [{ name: 'Viewer' }], memberships: shown, profiles: shown, employee: null },
    });
  });

  test('are listed once when assigned and held as employee', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await tenant.employee({ userId: member.id, roleName: 'Viewer' });
    expect(await member.request(gql`{ me { roles { name isSystemRole isActive } } }`)).toEqual({
      me: { roles: [{ name: 'Viewer', isSystemRole: true, isActive: true }] },
    });
  });

  test('of all members come with the list', async () => {
    const tenant = await newTenant();
    const [viewer, both] = [await tenant.member('Viewer'), await tenant.member('Admin', 'Sales Rep')];
    const List = gql`
      {
        organizationMembers(orderBy: [{ field: JOINED_AT }]) { nodes { user { id roles { name } } roles { name } } }
      }
    `;
    const expected = [
      [tenant.owner, []],
      [viewer, [{ name: 'Viewer' }]],
      [both, [{ name: 'Admin' }, { name: 'Sales Rep' }]],
    ] as const;
    expect(await viewer.request(List)).toEqual({
      organizationMembers: { nodes: expected.map(([{ id }, roles]) => ({ user: { id, roles }, roles })) },
    });
  });

  test("a membership of one's other organization is listed whoever the inviter was", async () => {
    const { here, there, person } = await memberOfTwo();
    const { me } = await person
      .as(here.id)
      .request<{ me: { memberships: object[] } }>(gql`{ me { memberships { organization { id } invitedBy { id } } } }`);
    expect(me.memberships).toHaveLength(2);
    expect(me.memberships[0]).toEqual({ organization: { id: here.id }, invitedBy: { id: here.owner.id } });
    expect(me.memberships[1]).toMatchObject({ organization: { id: there.id } });
  });

  test('users outside the organization are not seen, former members neither', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const [member, former] = [await tenant.member(), await tenant.member()];
    await leave(former, tenant.id, former.membershipId);
    const One = gql`query ($id: ID!) { user(id: $id) { id } }`;
    for (const id of [foreign.owner.id, former.id, v7()])
      expect(await member.request(One, { id })).toEqual({ user: null });
    const { users } = await member.request<{ users: { totalCount: number; nodes: { id: string }[] } }>(
      gql`{ users { totalCount nodes { id } } }`,
    );
    expect(users.nodes.map(({ id }) => id).sort()).toEqual([tenant.owner.id, member.id].sort());
    expect(users.totalCount).toBe(2);
  });
});
