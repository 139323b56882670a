import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import { Active, Add, add, CreateCustomer, inTenant, leave, outcome, withSecondOwner } from '../support/memberships.js';
import { missing, roleNamed } from '../support/permissions.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant, type Tenant } from '../support/tenant.js';

const refusedToAdd = (tenant: Tenant, input: object) => refusal(inTenant(tenant).request(Add, { input }));

describe('addOrganizationMember', () => {
  test('adds a user by id: a membership by the inviter, an employee profile, the roles', async () => {
    const tenant = await newTenant();
    const person = await newPerson();
    const roleIds = [await roleNamed(tenant, 'Viewer'), await roleNamed(tenant, 'Sales Rep')];
    expect(await add(tenant, { userId: person.id, roleIds })).toEqual({
      id: expect.any(String),
      version: 1,
      isActive: true,
      isOwner: false,
      joinedAt: expect.any(String),
      leftAt: null,
      user: { id: person.id, profiles: [{ profileType: 'EMPLOYEE', status: 'ACTIVE', isPrimary: true }] },
      invitedBy: { id: tenant.owner.id },
      roles: [{ name: 'Sales Rep' }, { name: 'Viewer' }],
    });
    expect(await person.request(Active)).toEqual({ organization: { id: tenant.id } });
    expect(await person.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
  });

  test('adds a user by e-mail address, in any case and with spaces', async () => {
    const tenant = await newTenant();
    const person = await newPerson();
    expect(await add(tenant, { email: ` ${person.email.toUpperCase()} ` })).toMatchObject({
      user: { id: person.id },
      roles: [],
    });
  });

  test('an owner also gets the owner profile, and owner rights', async () => {
    const tenant = await newTenant();
    const person = await newPerson();
    expect(await add(tenant, { userId: person.id, isOwner: true })).toMatchObject({ isOwner: true });
    const { me } = await person.request<{ me: { profiles: { profileType: string }[] } }>(
      gql`{ me { profiles { profileType status isOwner } } }`,
    );
    expect(me.profiles.map(({ profileType }) => profileType).sort()).toEqual(['EMPLOYEE', 'VENDOR']);
    expect(me.profiles).toEqual(me.profiles.map((profile) => ({ ...profile, status: 'ACTIVE', isOwner: true })));
    await expect(person.request(CreateCustomer, { email: 'a@b.example' })).resolves.toBeDefined();
    await expect(person.request(Add, { input: { userId: (await newPerson()).id } })).resolves.toBeDefined();
    expect(await sql('select from user_profiles where user_id = $1 and is_primary', [person.id])).toHaveLength(1);
  });

  test('a member elsewhere keeps the primary profile', async () => {
    const [home, tenant] = [await newTenant(), await newTenant()];
    await add(tenant, { userId: home.owner.id });
    expect(await home.owner.request(Active)).toEqual({ organization: { id: home.id } });
  });

  test('wants exactly one of userId and e-mail address', async () => {
    const tenant = await newTenant();
    const { id, email } = await newPerson();
    for (const input of [{}, { isOwner: true }, { userId: id, email }])
      expect(await refusedToAdd(tenant, input)).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
    expect(await sql('select from memberships where user_id = $1', [id])).toEqual([]);
  });

  test.each<[string, object, object]>([
    ['a malformed id', { userId: 'x' }, { reason: 'INVALID_ID', fields: [{ path: 'input.userId', code: 'INVALID' }] }],
    ['a malformed address', { email: 'x' }, { fields: [{ path: 'input.email', code: 'INVALID' }] }],
    [
      'a malformed role',
      { email: 'a@b.example', roleIds: [v7(), 'x'] },
      { reason: 'INVALID_ID', fields: [{ path: 'input.roleIds.1' }] },
    ],
    [
      'isOwner null',
      { email: 'a@b.example', isOwner: null },
      { fields: [{ path: 'input.isOwner', code: 'REQUIRED' }] },
    ],
    [
      'more than 500 roles',
      { email: 'a@b.example', roleIds: Array.from({ length: 501 }, () => v7()) },
      { fields: [{ path: 'input.roleIds', code: 'TOO_LONG' }] },
    ],
  ])('refuses %s', async (_what, input, answer) => {
    expect(await refusedToAdd(await newTenant(), input)).toMatchObject({ code: 'BAD_USER_INPUT', ...answer });
  });

  test('refuses a role named twice', async () => {
    const tenant = await newTenant();
    const role = await roleNamed(tenant, 'Viewer');
    const { email } = await newPerson();
    expect(await refusedToAdd(tenant, { email, roleIds: [role, role.toUpperCase()] })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.roleIds' }],
    });
  });

  test('an unknown user is not found', async () => {
    const tenant = await newTenant();
    for (const [field, value] of [
      ['userId', v7()],
      ['email', `${v7()}@people.example`],
    ] as const)
      expect(await refusedToAdd(tenant, { [field]: value })).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: `input.${field}`, code: 'NOT_FOUND' }],
      });
  });

  test('a role that is unknown or of another organization is not found, and nobody is added', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const person = await newPerson();
    for (const role of [v7(), await roleNamed(foreign, 'Admin')])
      expect(
        await refusedToAdd(tenant, { userId: person.id, roleIds: [await roleNamed(tenant, 'Viewer'), role] }),
      ).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'input.roleIds.1', code: 'NOT_FOUND' }],
      });
    expect(await sql('select from memberships where user_id = $1', [person.id])).toEqual([]);
    expect(await sql('select from user_profiles where user_id = $1', [person.id])).toEqual([]);
  });

  test('an inactive role is refused', async () => {
    const tenant = await newTenant();
    const person = await newPerson();
    const role = await roleNamed(tenant, 'Viewer');
    await sql('update roles set is_active = false where id = $1', [role]);
    expect(await refusedToAdd(tenant, { userId: person.id, roleIds: [role] })).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'ROLE_INACTIVE',
      fields: [{ path: 'input.roleIds.0' }],
    });
    expect(await sql('select from memberships where user_id = $1', [person.id])).toEqual([]);
  });

  test('an active member is refused, oneself too', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    for (const input of [{ userId: member.id }, { email: member.email }, { userId: tenant.owner.id }])
      expect(await refusedToAdd(tenant, input)).toMatchObject({ code: 'CONFLICT', reason: 'ALREADY_MEMBER' });
  });

  test('of additions of one user at once a single one succeeds', async () => {
    const tenant = await newTenant();
    const { id } = await newPerson();
    const tries = await Promise.all(Array.from({ length: 4 }, () => outcome(add(tenant, { userId: id }))));
    expect(tries.sort()).toEqual(['ALREADY_MEMBER', 'ALREADY_MEMBER', 'ALREADY_MEMBER', 'done']);
  });

  test('a user can be added to several organizations at once and has one primary profile', async () => {
    const tenants = [await newTenant(), await newTenant(), await newTenant(), await newTenant()];
    const { id } = await newPerson();
    const tries = await Promise.all(tenants.map((tenant) => outcome(add(tenant, { userId: id, isOwner: true }))));
    expect(tries).toEqual(['done', 'done', 'done', 'done']);
    expect(await sql('select from user_profiles where user_id = $1 and is_primary', [id])).toHaveLength(1);
  });

  test('a former member is taken back in the same membership, without the earlier roles', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin', 'Viewer');
    await leave(member, tenant.id, member.membershipId);
    const roleIds = [await roleNamed(tenant, 'Viewer')];
    expect(await add(tenant, { email: member.email, roleIds })).toMatchObject({
      id: member.membershipId,
      isActive: true,
      leftAt: null,
      isOwner: false,
      invitedBy: { id: tenant.owner.id },
      roles: [{ name: 'Viewer' }],
      user: { id: member.id, profiles: [{ profileType: 'EMPLOYEE', status: 'ACTIVE', isPrimary: true }] },
    });
    expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    expect(await refusal(member.request(CreateCustomer, { email: 'a@b.example' }))).toMatchObject(
      missing('customer:create'),
    );
  });

  test('all profiles of a former member are active again, but for that of an owner', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    await inTenant(tenant).request(
      gql`mutation ($id: ID!) { createUserProfile(input: { userId: $id, profileType: CUSTOMER }) { id } }`,
      { id: second.id },
    );
    await leave(second, tenant.id, membershipId);
    const { user } = (await add(tenant, { userId: second.id })) as unknown as {
      user: { profiles: { profileType: string; status: string }[] };
    };
    expect(Object.fromEntries(user.profiles.map(({ profileType, status }) => [profileType, status]))).toEqual({
      EMPLOYEE: 'ACTIVE',
      CUSTOMER: 'ACTIVE',
      VENDOR: 'INACTIVE',
    });
  });

  test('a former owner taken back as a member is none', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    await leave(second, tenant.id, membershipId);
    expect(await add(tenant, { userId: second.id })).toMatchObject({
      id: membershipId,
      isOwner: false,
      isActive: true,
    });
    expect(await refusal(second.request(CountCustomers))).toMatchObject(missing('customer:read'));
    const profiles = await sql('select profile_type as type from user_profiles where user_id = $1 and status = $2', [
      second.id,
      'ACTIVE',
    ]);
    expect(profiles).toEqual([{ type: 'EMPLOYEE' }]);
  });

  test('owners only, whatever the input', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    for (const input of [{ userId: v7() }, {}, { email: 'x' }])
      expect(await refusal(admin.request(Add, { input }))).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
  });
});
