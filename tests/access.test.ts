import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './support/database.js';
import { notice, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

const Add = gql`
  mutation ($input: AddOrganizationMemberInput!) {
    addOrganizationMember(input: $input) {
      id version isActive isOwner joinedAt leftAt
      user { id profiles { profileType status isPrimary } }
      invitedBy { id }
      roles { name }
    }
  }
`;
const UpdateMembership = gql`
  mutation ($id: ID!, $input: UpdateMembershipInput!, $expectedVersion: Int) {
    updateMembership(id: $id, input: $input, expectedVersion: $expectedVersion) {
      id version updatedAt isOwner isActive user { profiles { profileType status isPrimary } }
    }
  }
`;
const Deactivate = gql`
  mutation ($id: ID!, $expectedVersion: Int) {
    deactivateMembership(id: $id, expectedVersion: $expectedVersion) {
      id version updatedAt isActive isOwner leftAt roles { name } user { profiles { profileType status isPrimary } }
    }
  }
`;
const Active = gql`{ organization { id } }`;
const Customers = gql`{ customers { totalCount } }`;
const CreateCustomer = gql`mutation ($email: String!) { createCustomer(input: { email: $email, name: "A B" }) { id } }`;

interface Membership {
  id: string;
  version: number;
}
interface Added {
  addOrganizationMember: Membership;
}
interface Deactivated {
  deactivateMembership: Membership & { leftAt: string; updatedAt: string };
}

const inTenant = ({ id, owner }: Tenant) => owner.as(id);
const add = async (tenant: Tenant, input: object) =>
  (await inTenant(tenant).request<Added>(Add, { input })).addOrganizationMember;
const refusedToAdd = (tenant: Tenant, input: object) => refusal(inTenant(tenant).request(Add, { input }));
const leave = (person: Person, organizationId: string, id: string) =>
  person.as(organizationId).request<Deactivated>(Deactivate, { id });

async function roleId({ id }: Pick<Tenant, 'id'>, name: string): Promise<string> {
  const [role] = await sql<{ id: string }>('select id from roles where organization_id = $1 and name = $2', [id, name]);
  return role!.id;
}

async function demandMembership({ id }: Pick<Tenant, 'id'>, person: Person): Promise<string> {
  const [membership] = await sql<{ id: string }>(
    'select id from memberships where organization_id = $1 and user_id = $2',
    [id, person.id],
  );
  return membership!.id;
}

async function withSecondOwner(): Promise<{ tenant: Tenant; second: Person; membershipId: string }> {
  const tenant = await newTenant();
  const second = await newPerson();
  const { id } = await add(tenant, { userId: second.id, isOwner: true });
  return { tenant, second, membershipId: id };
}

const ownersOf = ({ id }: Tenant) =>
  sql('select from memberships where organization_id = $1 and is_active and is_owner', [id]);
const outcome = (request: Promise<unknown>) =>
  request.then(
    () => 'done',
    async (error) => (await refusal(Promise.reject(error))).reason,
  );
const missing = (permission: string) => ({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission });

describe('addOrganizationMember', () => {
  test('adds a user by id: a membership by the inviter, an employee profile, the roles', async () => {
    const tenant = await newTenant();
    const person = await newPerson();
    const roleIds = [await roleId(tenant, 'Viewer'), await roleId(tenant, 'Sales Rep')];
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
    expect(await person.request(Customers)).toEqual({ customers: { totalCount: 0 } });
  });

  test('adds a user by e-mail address, in any case and with spaces', async () => {
    const tenant = await newTenant();
    const person = await newPerson();
    expect(await add(tenant, { email: ` ${person.email.toUpperCase()} ` })).toMatchObject({
      user: { id: person.id },
      roles: [],
    });
  });

  test('an owner gets the owner profile, too, and owner rights', async () => {
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
    const role = await roleId(tenant, 'Viewer');
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
    for (const role of [v7(), await roleId(foreign, 'Admin')])
      expect(
        await refusedToAdd(tenant, { userId: person.id, roleIds: [await roleId(tenant, 'Viewer'), role] }),
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
    const role = await roleId(tenant, 'Viewer');
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
    const roleIds = [await roleId(tenant, 'Viewer')];
    expect(await add(tenant, { email: member.email, roleIds })).toMatchObject({
      id: member.membershipId,
      isActive: true,
      leftAt: null,
      isOwner: false,
      invitedBy: { id: tenant.owner.id },
      roles: [{ name: 'Viewer' }],
      user: { id: member.id, profiles: [{ profileType: 'EMPLOYEE', status: 'ACTIVE', isPrimary: true }] },
    });
    expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
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
    expect(await refusal(second.request(Customers))).toMatchObject(missing('customer:read'));
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

describe('updateMembership', () => {
  test('granting ownership adds the owner profile and takes effect at once, revoking ends both', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const set = (isOwner: boolean, expectedVersion?: number) =>
      inTenant(tenant).request(UpdateMembership, { id: member.membershipId, input: { isOwner }, expectedVersion });
    expect(await set(true, 1)).toMatchObject({ updateMembership: { isOwner: true, version: 2 } });
    expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
    const profiles = () =>
      sql(
        'select profile_type as type, status, is_primary as primary from user_profiles where user_id = $1 order by 1',
        [member.id],
      );
    expect(await profiles()).toEqual([
      { type: 'EMPLOYEE', status: 'ACTIVE', primary: true },
      { type: 'VENDOR', status: 'ACTIVE', primary: false },
    ]);
    expect(await set(false, 2)).toMatchObject({ updateMembership: { isOwner: false, isActive: true, version: 3 } });
    expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
    expect(await profiles()).toEqual([
      { type: 'EMPLOYEE', status: 'ACTIVE', primary: true },
      { type: 'VENDOR', status: 'INACTIVE', primary: false },
    ]);
    expect(await set(true)).toMatchObject({ updateMembership: { isOwner: true, version: 4 } });
    expect(await profiles()).toContainEqual({ type: 'VENDOR', status: 'ACTIVE', primary: false });
  });

  test('a primary owner profile that ends hands over to another active profile', async () => {
    const { tenant, second } = await withSecondOwner();
    const other = await newTenant();
    await add(other, { userId: tenant.owner.id });
    const id = await demandMembership(tenant, tenant.owner);
    await second.as(tenant.id).request(UpdateMembership, { id, input: { isOwner: false } });
    const primary = await sql('select organization_id as id from user_profiles where user_id = $1 and is_primary', [
      tenant.owner.id,
    ]);
    expect(primary).toEqual([{ id: other.id }]);
  });

  test('repeating it, or changing nothing, leaves version and time alone', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const change = async (input: object) =>
      (
        await inTenant(tenant).request<{ updateMembership: { version: number; updatedAt: string } }>(UpdateMembership, {
          id: member.membershipId,
          input,
        })
      ).updateMembership;
    const { version, updatedAt } = await change({ isOwner: true });
    for (const input of [{}, { isOwner: true }]) expect(await change(input)).toMatchObject({ version, updatedAt });
  });

  test('the last active owner stays', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    const own = await demandMembership(tenant, tenant.owner);
    await leave(second, tenant.id, membershipId);
    expect(
      await refusal(inTenant(tenant).request(UpdateMembership, { id: own, input: { isOwner: false } })),
    ).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OWNER' });
    expect(await ownersOf(tenant)).toHaveLength(1);
  });

  test('an ended membership is refused, but not what it is already', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await leave(member, tenant.id, member.membershipId);
    const update = (isOwner: boolean) =>
      inTenant(tenant).request(UpdateMembership, { id: member.membershipId, input: { isOwner } });
    expect(await refusal(update(true))).toMatchObject({ code: 'CONFLICT', reason: 'MEMBERSHIP_ENDED' });
    await update(false);
  });

  test('null for isOwner is refused, a stale version too, the version before the state', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const id = member.membershipId;
    expect(await refusal(inTenant(tenant).request(UpdateMembership, { id, input: { isOwner: null } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.isOwner', code: 'REQUIRED' }],
    });
    await leave(member, tenant.id, id);
    expect(
      await refusal(inTenant(tenant).request(UpdateMembership, { id, input: { isOwner: true }, expectedVersion: 1 })),
    ).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
  });

  test('an unknown membership and one of another organization are not found', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    for (const id of [v7(), await demandMembership(foreign, foreign.owner)])
      for (const document of [UpdateMembership, Deactivate])
        expect(await refusal(inTenant(tenant).request(document, { id, input: { isOwner: false } }))).toMatchObject({
          code: 'NOT_FOUND',
          fields: [{ path: 'id', code: 'NOT_FOUND' }],
        });
    expect(await ownersOf(foreign)).toHaveLength(1);
  });

  test('a member cannot promote oneself', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    const input = { isOwner: true };
    for (const id of [admin.membershipId, v7()])
      expect(await refusal(admin.request(UpdateMembership, { id, input }))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'OWNER_ONLY',
      });
    expect(await ownersOf(tenant)).toHaveLength(1);
  });

  test('two owners who demote each other at once leave one owner', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    const own = await demandMembership(tenant, tenant.owner);
    const input = { isOwner: false };
    const tries = await Promise.all([
      outcome(inTenant(tenant).request(UpdateMembership, { id: membershipId, input })),
      outcome(second.as(tenant.id).request(UpdateMembership, { id: own, input })),
    ]);
    expect(tries).toContain('done');
    expect(await ownersOf(tenant)).toHaveLength(1);
  });
});

describe('deactivateMembership', () => {
  test('a member leaves: membership, role assignments and profiles end together', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    expect(await leave(member, tenant.id, member.membershipId)).toEqual({
      deactivateMembership: {
        id: member.membershipId,
        version: 2,
        updatedAt: expect.any(String),
        isActive: false,
        isOwner: false,
        leftAt: expect.any(String),
        roles: [],
        user: { profiles: [{ profileType: 'EMPLOYEE', status: 'INACTIVE', isPrimary: false }] },
      },
    });
    expect(await sql('select from user_roles where user_id = $1 and is_active', [member.id])).toEqual([]);
  });

  test('an owner ends the membership of somebody else, whose live token has no access from then on', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
    await inTenant(tenant).request(Deactivate, { id: member.membershipId, expectedVersion: 1 });
    expect(await refusal(member.as(tenant.id).request(Customers))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'NOT_A_MEMBER',
    });
    expect(await refusal(member.request(Customers))).toMatchObject({ code: 'FORBIDDEN', reason: 'NO_ORGANIZATION' });
    expect(await member.request(gql`{ me { memberships { id } roles { name } } myOrganizations { id } }`)).toEqual({
      me: { memberships: [], roles: [] },
      myOrganizations: [],
    });
  });

  test('only owners end the membership of somebody else', async () => {
    const tenant = await newTenant();
    const [admin, member] = [await tenant.member('Admin'), await tenant.member()];
    for (const id of [member.membershipId, await demandMembership(tenant, tenant.owner)])
      expect(await refusal(admin.request(Deactivate, { id }))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'OWNER_ONLY',
      });
    expect(await member.request(Active)).toEqual({ organization: { id: tenant.id } });
  });

  test('a member cannot tell a foreign membership from an unknown one', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const member = await tenant.member();
    const told = async (id: string) => {
      const { requestId, ...answer } = await refusal(member.request(Deactivate, { id }));
      return answer;
    };
    expect(await told(await demandMembership(foreign, foreign.owner))).toEqual(await told(v7()));
    expect(await ownersOf(foreign)).toHaveLength(1);
  });

  test('the last owner stays, and leaves once there is another', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const own = await demandMembership(tenant, tenant.owner);
    expect(await refusal(leave(tenant.owner, tenant.id, own))).toMatchObject({
      code: 'CONFLICT',
      reason: 'LAST_OWNER',
    });
    await inTenant(tenant).request(UpdateMembership, { id: member.membershipId, input: { isOwner: true } });
    await leave(tenant.owner, tenant.id, own);
    expect(await ownersOf(tenant)).toHaveLength(1);
  });

  test('ending an ended membership changes nothing', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    const { deactivateMembership: ended } = await leave(member, tenant.id, member.membershipId);
    // The organization sees no more of the user than what the membership kept.
    expect(await inTenant(tenant).request(Deactivate, { id: member.membershipId })).toEqual({
      deactivateMembership: { ...ended, user: { profiles: [] } },
    });
  });

  test('a stale version is refused', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    expect(
      await refusal(inTenant(tenant).request(Deactivate, { id: member.membershipId, expectedVersion: 7 })),
    ).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 1 });
    expect(await member.request(Active)).toEqual({ organization: { id: tenant.id } });
  });

  test('the primary profile hands over to the oldest other active one, which becomes the default organization', async () => {
    const [first, second, third] = [await newTenant(), await newTenant(), await newTenant()];
    const person = await newPerson();
    const { id } = await add(first, { userId: person.id });
    for (const tenant of [second, third]) await add(tenant, { userId: person.id });
    await sql(`update user_profiles set status = 'INACTIVE' where user_id = $1 and organization_id = $2`, [
      person.id,
      second.id,
    ]);
    await leave(person, first.id, id);
    expect(await person.request(gql`{ myProfiles { isPrimary status organization { id } } }`)).toMatchObject({
      myProfiles: [
        { isPrimary: true, status: 'ACTIVE', organization: { id: third.id } },
        { isPrimary: false, status: 'INACTIVE' },
        { isPrimary: false, status: 'INACTIVE' },
      ],
    });
    expect(await person.request(Active)).toEqual({ organization: { id: third.id } });
  });

  test('leaving another organization keeps the primary profile', async () => {
    const [home, other] = [await newTenant(), await newTenant()];
    const { id } = await add(other, { userId: home.owner.id });
    await leave(home.owner, other.id, id);
    expect(await home.owner.request(gql`{ myProfiles { isPrimary organization { id } } }`)).toMatchObject({
      myProfiles: [{ isPrimary: true, organization: { id: home.id } }, { isPrimary: false }],
    });
  });

  test.each([[1], [2], [3]])('of two owners who leave at once one stays (%i)', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    const own = await demandMembership(tenant, tenant.owner);
    const tries = await Promise.all([
      outcome(leave(tenant.owner, tenant.id, own)),
      outcome(leave(second, tenant.id, membershipId)),
    ]);
    expect(tries.sort()).toEqual(['LAST_OWNER', 'done']);
    expect(await ownersOf(tenant)).toHaveLength(1);
  });

  test('of two owners who end each other at once one stays', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    const own = await demandMembership(tenant, tenant.owner);
    const tries = await Promise.all([
      outcome(inTenant(tenant).request(Deactivate, { id: membershipId })),
      outcome(second.as(tenant.id).request(Deactivate, { id: own })),
    ]);
    expect(tries).toContain('done');
    expect(await ownersOf(tenant)).toHaveLength(1);
  });
});

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
    if (counts) expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
    else expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
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
      expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
      expect(await member.request(gql`{ me { roles { name } } }`)).toEqual({ me: { roles: [] } });
    }
  });

  test('do not include an inactive assignment', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer', 'Sales Rep');
    await sql('update user_roles set is_active = false where user_id = $1 and role_id = $2', [
      member.id,
      await roleId(tenant, 'Sales Rep'),
    ]);
    expect(await refusal(member.request(CreateCustomer, { email: newEmail() }))).toMatchObject(
      missing('customer:create'),
    );
    await expect(member.request(Customers)).resolves.toBeDefined();
  });

  test('change when a permission is taken from a role or given to it', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await expect(member.request(Customers)).resolves.toBeDefined();
    await sql(
      `delete from role_permissions g using permissions p where p.id = g.permission_id and g.role_id = $1 and p.resource = 'customer'`,
      [await roleId(tenant, 'Viewer')],
    );
    await notice();
    expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
    await expect(member.request(Profiles)).resolves.toBeDefined();
    await sql(
      `insert into role_permissions (id, created_at, updated_at, organization_id, role_id, permission_id)
       select $1, now(), now(), organization_id, $2, id from permissions
       where organization_id = $3 and resource = 'customer' and action = 'read'`,
      [v7(), await roleId(tenant, 'Viewer'), tenant.id],
    );
    await notice();
    await expect(member.request(Customers)).resolves.toBeDefined();
  });

  test('that others have changed behind our back hold after two seconds', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await expect(member.request(Customers)).resolves.toBeDefined();
    await sql('update roles set is_active = false where id = $1', [await roleId(tenant, 'Viewer')]);
    await setTimeout(2100);
    expect(await refusal(member.request(Customers))).toMatchObject(missing('customer:read'));
  });

  test("of one organization mean nothing in another, not even in the same user's", async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const person = await one.member('Admin');
    await add(other, { userId: person.id, roleIds: [await roleId(other, 'Viewer')] });
    await expect(person.as(one.id).request(CreateCustomer, { email: newEmail() })).resolves.toBeDefined();
    expect(await refusal(person.as(other.id).request(CreateCustomer, { email: newEmail() }))).toMatchObject(
      missing('customer:create'),
    );
    expect(await person.as(other.id).request(Customers)).toEqual({ customers: { totalCount: 0 } });
    expect(await refusal(one.owner.as(other.id).request(Customers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });

  test("an employee record of another organization's user gives its role to nobody here", async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const member = await one.member();
    await add(other, { userId: member.id });
    await other.employee({ userId: member.id, roleName: 'Admin' });
    expect(await refusal(member.as(one.id).request(Customers))).toMatchObject(missing('customer:read'));
    await expect(member.as(other.id).request(Customers)).resolves.toBeDefined();
  });

  test('a superuser holds every permission and passes owner checks where a member, and nowhere else', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const member = await tenant.member();
    await sql('update users set is_superuser = true where id = $1', [member.id]);
    await expect(member.request(CreateCustomer, { email: newEmail() })).resolves.toBeDefined();
    await expect(member.request(Add, { input: { userId: (await newPerson()).id } })).resolves.toBeDefined();
    expect(await refusal(member.as(foreign.id).request(Customers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
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
    expect(await rep.request(Customers)).toEqual({ customers: { totalCount: 1 } });
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
    await add(there, { userId: person.id, roleIds: [await roleId(there, 'Admin')] });
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
    const List = gql`{ organizationMembers(orderBy: [{ field: JOINED_AT }]) { nodes { user { id roles { name } } roles { name } } } }`;
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

// One row per operation, its call with ids that nobody has, and who may: (O)wner, (A)dmin, sales (M)anager,
// sales (R)ep, mar(K)eting rep, (V)iewer, (N)obody in particular, a member without any role.
describe('who may do what', () => {
  type Operation = [operation: string, document: string, who: string, otherwise: string];
  const callers = {
    O: 'owner',
    A: 'Admin',
    M: 'Sales Manager',
    R: 'Sales Rep',
    K: 'Marketing Rep',
    V: 'Viewer',
    N: 'nobody',
  };
  const everyone = 'OAMRKVN';
  const id = v7();

  const q = (field: string) => `{ ${field} }`;
  const m = (field: string) => `mutation { ${field} }`;
  const one = (name: string) => q(`${name}(id: "${id}") { id }`);
  const list = (name: string) => q(`${name} { totalCount }`);
  const verb = (name: string, operands = '', fields = 'id') => m(`${name}(id: "${id}"${operands}) { ${fields} }`);
  const make = (name: string, input: string) => m(`${name}(input: { ${input} }) { id }`);
  const [read, write, grant] = ['role:read', 'role:update', `roleId: "${id}", permissionId: "${id}"`];
  const signIn = `email: "x", username: "x", password: "x"`;

  const rows = (name: string, row: string) => m(`${name}(rows: [{ ${row} }], mode: PER_ROW) { mode }`);
  /** The four bulk mutations of a record: who creates, who changes, who deletes. */
  const bulk = (plural: string, resource: string, input: string, [c, u, d]: [string, string, string]): Operation[] => [
    [`create${plural}`, rows(`create${plural}`, `input: { ${input} }`), c, `${resource}:create`],
    [`update${plural}`, rows(`update${plural}`, `id: "${id}", input: {}`), u, `${resource}:update`],
    [`upsert${plural}`, rows(`upsert${plural}`, `by: { id: "${id}" }, input: {}`), c, `${resource}:create`],
    [`delete${plural}`, rows(`delete${plural}`, `id: "${id}"`), d, `${resource}:delete`],
    [
      `update${plural}Where`,
      m(`update${plural}Where(filter: { id: { eq: "${id}" } }, input: {}, expectedCount: 0) { mode }`),
      u,
      `${resource}:update`,
    ],
    [
      `delete${plural}Where`,
      m(`delete${plural}Where(filter: { id: { eq: "${id}" } }, expectedCount: 0) { mode }`),
      d,
      `${resource}:delete`,
    ],
  ];
  const bulkVerb = (name: string, resource: string, who: string, operands = ''): Operation => [
    name,
    rows(name, `id: "${id}"${operands}`),
    who,
    `${resource}:update`,
  ];

  const matrix: Operation[] = [
    ['register', m(`register(input: { ${signIn} }) { accessToken }`), '', 'VALIDATION_FAILED'],
    ['login', m('login(input: { username: "NOBODY", password: "no" }) { accessToken }'), '', 'INVALID_CREDENTIALS'],
    ['refreshSession', m('refreshSession(refreshToken: "no") { accessToken }'), '', 'REFRESH_TOKEN_INVALID'],
    [
      'changePassword',
      m('changePassword(input: { oldPassword: "wrong", newPassword: "long-enough-1" }) { id }'),
      '',
      'VALIDATION_FAILED',
    ],
    ['errorCodes', '{ errorCodes { code } }', everyone, ''],
    ['me', '{ me { id } }', everyone, ''],
    ['myOrganizations', '{ myOrganizations { id } }', everyone, ''],
    ['myProfiles', '{ myProfiles { id } }', everyone, ''],
    ['organizations', '{ organizations { totalCount } }', everyone, ''],
    ['organization', '{ organization { id } }', everyone, ''],
    ['organizationMembers', '{ organizationMembers { totalCount } }', everyone, ''],
    ['users', '{ users { totalCount } }', everyone, ''],
    ['user', `{ user(id: "${id}") { id } }`, everyone, ''],
    ['node', `{ node(id: "${id}") { id } }`, everyone, ''],
    ['nodes', `{ nodes(ids: ["${id}"]) { id } }`, everyone, ''],
    ['userProfiles', '{ userProfiles { totalCount } }', 'OAMRKV', 'organization:read'],
    ['employees', '{ employees { totalCount } }', 'OAMRKV', 'employee:read'],
    ['employee', `{ employee(id: "${id}") { id } }`, 'OAMRKV', 'employee:read'],
    ['customers', '{ customers { totalCount } }', 'OAMRKV', 'customer:read'],
    ['customer', `{ customer(id: "${id}") { id } }`, 'OAMRKV', 'customer:read'],
    ['createOrganization', 'mutation { createOrganization(input: { name: "Another" }) { id } }', everyone, ''],
    [
      'updateOrganization',
      `mutation { updateOrganization(id: "${id}", input: {}) { id } }`,
      'OA',
      'organization:update',
    ],
    ['deleteOrganization', `mutation { deleteOrganization(id: "${id}") { id } }`, 'O', 'OWNER_ONLY'],
    [
      'addOrganizationMember',
      `mutation { addOrganizationMember(input: { userId: "${id}" }) { id } }`,
      'O',
      'OWNER_ONLY',
    ],
    [
      'updateMembership',
      `mutation { updateMembership(id: "${id}", input: { isOwner: true }) { id } }`,
      'O',
      'OWNER_ONLY',
    ],
    ['updateProfile', 'mutation { updateProfile(input: { title: "Lady" }) { id } }', everyone, ''],
    ['updateUser', `mutation { updateUser(id: "${id}", input: { title: "Lady" }) { id } }`, '', 'SELF_ONLY'],
    [
      'createCustomer',
      'mutation { createCustomer(input: { email: "a@b.example", name: "A B" }) { id } }',
      'OAMR',
      'customer:create',
    ],
    ['updateCustomer', `mutation { updateCustomer(id: "${id}", input: {}) { id } }`, 'OAMR', 'customer:update'],
    ['activateCustomer', `mutation { activateCustomer(id: "${id}") { id } }`, 'OAMR', 'customer:update'],
    ['deactivateCustomer', `mutation { deactivateCustomer(id: "${id}") { id } }`, 'OAMR', 'customer:update'],
    ['deleteCustomer', `mutation { deleteCustomer(id: "${id}") { id } }`, 'OAM', 'customer:delete'],
    [
      'addCustomerNote',
      `mutation { addCustomerNote(customerId: "${id}", input: { text: "Hi" }) { id } }`,
      'OAMRK',
      'customer:update',
    ],
    ['customerStats', q('customerStats { total }'), 'OAMRKV', 'customer:read'],
    ['leadStats', q('leadStats { total }'), 'OAMRKV', 'lead:read'],
    ['dealStats', q('dealStats { total }'), 'OAMRKV', 'deal:read'],
    ['activityStats', q('activityStats { total }'), 'OAMRKV', 'activity:read'],
    ['vendorStats', q('vendorStats { total }'), 'OAMRV', 'vendor:read'],
    ['dealAnalytics', q('dealAnalytics { total { count } }'), 'OAMRKV', 'deal:read'],
    ['leadAnalytics', q('leadAnalytics { total { count } }'), 'OAMRKV', 'lead:read'],
    ['customerAnalytics', q('customerAnalytics { total { count } }'), 'OAMRKV', 'customer:read'],
    ['activityAnalytics', q('activityAnalytics { total { count } }'), 'OAMRKV', 'activity:read'],
    ['analytics', q('analytics { dashboard { deals { total } } }'), 'OAMV', 'analytics:read'],
    ['myRoles', q('myRoles { id }'), everyone, ''],
    ['myPermissions', q('myPermissions { resource }'), everyone, ''],
    ['roles', list('roles'), 'OAMV', read],
    ['role', one('role'), 'OAMV', read],
    ['permissions', list('permissions'), 'OAMV', read],
    ['permission', one('permission'), 'OAMV', read],
    ['permissionsByResource', q('permissionsByResource { resource }'), 'OAMV', read],
    ['createRole', make('createRole', 'name: "Another"'), 'OA', 'role:create'],
    ['updateRole', verb('updateRole', ', input: {}'), 'OA', write],
    ['deleteRole', verb('deleteRole'), 'OA', 'role:delete'],
    ['assignPermission', m(`assignPermission(${grant}) { id }`), 'OA', write],
    ['removePermission', m(`removePermission(${grant}) { id }`), 'OA', write],
    ['setRolePermissions', m(`setRolePermissions(roleId: "${id}", permissionIds: []) { id }`), 'OA', write],
    ['assignRole', m(`assignRole(userId: "${id}", roleId: "${id}") { id }`), 'OA', write],
    ['removeRole', m(`removeRole(userId: "${id}", roleId: "${id}") { id }`), 'OA', write],
    ['createPermission', make('createPermission', 'resource: "rocket", action: "fly"'), 'OA', 'role:create'],
    ['updatePermission', verb('updatePermission', ', input: {}'), 'OA', write],
    ['deletePermission', verb('deletePermission'), 'OA', 'role:delete'],
    ['deactivateMembership', verb('deactivateMembership'), everyone, ''],
    [
      'createUserProfile',
      make('createUserProfile', `userId: "${id}", profileType: CUSTOMER`),
      'OA',
      'organization:update',
    ],
    ['switchProfile', verb('switchProfile'), everyone, ''],
    ['activateProfile', verb('activateProfile'), 'OA', 'organization:update'],
    ['deactivateProfile', verb('deactivateProfile'), 'OA', 'organization:update'],
    ['suspendProfile', verb('suspendProfile'), 'OA', 'organization:update'],
    ['departments', q('departments { name }'), 'OAMRKV', 'employee:read'],
    [
      'createEmployee',
      make('createEmployee', 'firstName: "A", lastName: "B", email: "a@b.example"'),
      'OA',
      'employee:create',
    ],
    ['updateEmployee', verb('updateEmployee', ', input: {}'), 'OA', 'employee:update'],
    ['deleteEmployee', verb('deleteEmployee'), 'OA', 'employee:delete'],
    ['terminateEmployee', verb('terminateEmployee'), 'OA', 'employee:delete'],
    ['vendors', list('vendors'), 'OAMRV', 'vendor:read'],
    ['vendor', one('vendor'), 'OAMRV', 'vendor:read'],
    ['vendorTypes', q('vendorTypes { count }'), 'OAMRV', 'vendor:read'],
    ['createVendor', make('createVendor', 'name: "Acme", email: "a@b.example"'), 'OA', 'vendor:create'],
    ['updateVendor', verb('updateVendor', ', input: {}'), 'OA', 'vendor:update'],
    ['deleteVendor', verb('deleteVendor'), 'OA', 'vendor:delete'],
    ['activities', list('activities'), 'OAMRKV', 'activity:read'],
    ['activity', one('activity'), 'OAMRKV', 'activity:read'],
    ['upcomingActivities', q('upcomingActivities { id }'), 'OAMRKV', 'activity:read'],
    ['overdueActivities', q('overdueActivities { id }'), 'OAMRKV', 'activity:read'],
    ['createActivity', make('createActivity', 'activityType: CALL, title: "Ring"'), 'OAMRK', 'activity:create'],
    ['updateActivity', verb('updateActivity', ', input: {}'), 'OAMRK', 'activity:update'],
    ['completeActivity', verb('completeActivity'), 'OAMRK', 'activity:update'],
    ['cancelActivity', verb('cancelActivity'), 'OAMRK', 'activity:update'],
    ['deleteActivity', verb('deleteActivity'), 'OAM', 'activity:delete'],
    ['leads', list('leads'), 'OAMRKV', 'lead:read'],
    ['lead', one('lead'), 'OAMRKV', 'lead:read'],
    ['createLead', make('createLead', 'name: "L", email: "l@b.example"'), 'OAMRK', 'lead:create'],
    ['updateLead', verb('updateLead', ', input: {}'), 'OAMRK', 'lead:update'],
    ['qualifyLead', verb('qualifyLead'), 'OAMRK', 'lead:update'],
    ['disqualifyLead', verb('disqualifyLead'), 'OAMRK', 'lead:update'],
    ['updateLeadScore', verb('updateLeadScore', ', score: 1'), 'OAMRK', 'lead:update'],
    ['assignLead', verb('assignLead'), 'OAMRK', 'lead:update'],
    ['addLeadActivity', m(`addLeadActivity(leadId: "${id}", input: { title: "Hi" }) { id }`), 'OAMRK', 'lead:update'],
    ['deleteLead', verb('deleteLead'), 'OAM', 'lead:delete'],
    // Marketing may change leads, but creates no customers.
    ['convertLead', verb('convertLead', '', 'lead { id }'), 'OAMR', 'lead:update, K customer:create'],
    ['deals', list('deals'), 'OAMRKV', 'deal:read'],
    ['deal', one('deal'), 'OAMRKV', 'deal:read'],
    ['createDeal', make('createDeal', `title: "Deal", customerId: "${id}"`), 'OAMR', 'deal:create'],
    ['updateDeal', verb('updateDeal', ', input: {}'), 'OAMR', 'deal:update'],
    ['moveDealStage', verb('moveDealStage', `, stageId: "${id}"`), 'OAMR', 'deal:update'],
    ['markWon', verb('markWon'), 'OAMR', 'deal:update'],
    ['markLost', verb('markLost', ', lostReason: "No"'), 'OAMR', 'deal:update'],
    ['reopenDeal', verb('reopenDeal'), 'OAMR', 'deal:update'],
    ['deleteDeal', verb('deleteDeal'), 'OAM', 'deal:delete'],
    ['pipelines', list('pipelines'), 'OAMRKV', 'pipeline:read'],
    ['pipeline', one('pipeline'), 'OAMRKV', 'pipeline:read'],
    ['pipelineStages', list('pipelineStages'), 'OAMRKV', 'pipeline:read'],
    ['pipelineStage', one('pipelineStage'), 'OAMRKV', 'pipeline:read'],
    ['createPipeline', make('createPipeline', 'name: "Another"'), 'OAM', 'pipeline:create'],
    ['updatePipeline', verb('updatePipeline', ', input: {}'), 'OAM', 'pipeline:update'],
    ['setDefaultPipeline', verb('setDefaultPipeline'), 'OAM', 'pipeline:update'],
    ['createPipelineStage', make('createPipelineStage', `pipelineId: "${id}", name: "S"`), 'OAM', 'pipeline:update'],
    ['updatePipelineStage', verb('updatePipelineStage', ', input: {}'), 'OAM', 'pipeline:update'],
    ['reorderPipelineStage', verb('reorderPipelineStage', ', order: 1'), 'OAM', 'pipeline:update'],
    [
      'reorderPipelineStages',
      m(`reorderPipelineStages(pipelineId: "${id}", stageIds: ["${id}"]) { id }`),
      'OAM',
      'pipeline:update',
    ],
    ['deletePipelineStage', verb('deletePipelineStage'), 'OA', 'pipeline:delete'],
    ['deletePipeline', verb('deletePipeline'), 'OA', 'pipeline:delete'],
    ...bulk('Customers', 'customer', 'email: "a@b.example"', ['OAMR', 'OAMR', 'OAM']),
    bulkVerb('assignCustomers', 'customer', 'OAMR'),
    ...bulk('Leads', 'lead', 'name: "L", email: "l@b.example"', ['OAMRK', 'OAMRK', 'OAM']),
    bulkVerb('assignLeads', 'lead', 'OAMRK'),
    bulkVerb('qualifyLeads', 'lead', 'OAMRK'),
    bulkVerb('disqualifyLeads', 'lead', 'OAMRK'),
    ...bulk('Deals', 'deal', `title: "Deal", customerId: "${id}"`, ['OAMR', 'OAMR', 'OAM']),
    bulkVerb('assignDeals', 'deal', 'OAMR'),
    bulkVerb('moveDealsToStage', 'deal', 'OAMR', `, stageId: "${id}"`),
    bulkVerb('markDealsWon', 'deal', 'OAMR'),
    bulkVerb('markDealsLost', 'deal', 'OAMR', ', lostReason: "No"'),
    ...bulk('Activities', 'activity', 'activityType: CALL, title: "Ring"', ['OAMRK', 'OAMRK', 'OAM']),
    bulkVerb('completeActivities', 'activity', 'OAMRK'),
    ...bulk('Employees', 'employee', 'firstName: "A", lastName: "B", email: "a@b.example"', ['OA', 'OA', 'OA']),
    ...bulk('Vendors', 'vendor', 'name: "Acme", email: "a@b.example"', ['OA', 'OA', 'OA']),
    // The last one, since it ends the session.
    ['logout', m('logout { revokedSessions }'), everyone, ''],
  ];

  /** What is missing, of one caller: `lead:update, K customer:create` names an exception. */
  const refusedWith = (otherwise: string, letter: string) => {
    const [usual, exception] = otherwise.split(`, ${letter} `);
    return exception ?? usual!.split(', ')[0];
  };

  const answer = async (person: Person, document: string) => {
    try {
      // Failures of one name are counted.
      await person.request(document.replace('NOBODY', v7()));
      return 'allowed';
    } catch (error) {
      const { code, reason, permission } = await refusal(Promise.reject(error));
      return code === 'NOT_FOUND' ? 'allowed' : (permission ?? reason ?? code);
    }
  };

  test.each(Object.entries(callers))('%s: %s', async (letter, role) => {
    const tenant = await newTenant();
    const person = role === 'owner' ? tenant.owner : await tenant.member(...(role === 'nobody' ? [] : [role]));
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(person, document);
    expect(answers).toEqual(
      Object.fromEntries(
        matrix.map(([operation, , who, otherwise]) => [
          operation,
          who.includes(letter) ? 'allowed' : refusedWith(otherwise, letter),
        ]),
      ),
    );
  });

  test('every operation there is has its row', async () => {
    const { __schema: schema } = await (await newPerson()).request<{
      __schema: Record<'queryType' | 'mutationType', { fields: { name: string }[] }>;
    }>(gql`{ __schema { queryType { fields { name } } mutationType { fields { name } } } }`);
    const operations = [...schema.queryType.fields, ...schema.mutationType.fields].map(({ name }) => name);
    expect(matrix.map(([operation]) => operation).sort()).toEqual(operations.sort());
  });

  test('somebody signed out may do nothing but what is public', async () => {
    const stranger = await newPerson();
    await stranger.request(gql`mutation { logout { revokedSessions } }`);
    const open: Record<string, string> = {
      errorCodes: 'allowed',
      register: 'VALIDATION_FAILED',
      login: 'INVALID_CREDENTIALS',
      refreshSession: 'REFRESH_TOKEN_INVALID',
    };
    const answers: Record<string, unknown> = {};
    for (const [operation, document] of matrix) answers[operation] = await answer(stranger, document);
    expect(answers).toEqual(
      Object.fromEntries(matrix.map(([operation]) => [operation, open[operation] ?? 'SESSION_ENDED'])),
    );
  });
});
