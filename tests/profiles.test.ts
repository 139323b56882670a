import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields, Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

const profile =
  'id version profileType status isPrimary isOwner activatedAt deactivatedAt user { id } organization { id }';
const Create = gql`
  mutation ($input: CreateUserProfileInput!) {
    result: createUserProfile(input: $input) { ${profile} }
  }
`;
const Switch = gql`mutation ($id: ID!) { result: switchProfile(id: $id) { ${profile} } }`;
const verb = (name: string) => gql`
  mutation ($id: ID!, $expectedVersion: Int) {
    result: ${name}(id: $id, expectedVersion: $expectedVersion) { ${profile} }
  }
`;
const [Activate, Deactivate, Suspend] = [verb('activateProfile'), verb('deactivateProfile'), verb('suspendProfile')];
const AddMember = gql`
  mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }
`;
const EndMembership = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;
const Active = gql`{ organization { id } }`;
const Members = gql`{ organizationMembers { totalCount } }`;

interface Profile extends Fields {
  id: string;
  version: number;
}

const run = async (sender: Sender, document: string, variables: Fields) =>
  (await sender.request<{ result: Profile }>(document, variables)).result;
const create = (sender: Sender, userId: string, profileType: string) =>
  run(sender, Create, { input: { userId, profileType } });
const profileOf = async ({ id }: { id: string }, organization: { id: string }, type = 'EMPLOYEE') =>
  (
    await sql<{ id: string }>(
      'select id from user_profiles where user_id = $1 and organization_id = $2 and profile_type = $3',
      [id, organization.id, type],
    )
  )[0]!.id;
const primaryOf = async ({ id }: { id: string }) =>
  (await sql<{ id: string }>('select id from user_profiles where user_id = $1 and is_primary', [id])).map(
    (row) => row.id,
  );
const notFound = (path: string) => ({ code: 'NOT_FOUND', fields: [{ path }] });
const missing = { code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission: 'organization:update' };

let tenant: Tenant;
let other: Tenant;
let owner: Person;
let admin: Person;

beforeAll(async () => {
  [tenant, other] = [await newTenant(), await newTenant()];
  owner = tenant.owner;
  admin = await tenant.member('Admin');
});

/** A member of both organizations, the primary profile in the first one. */
async function memberOfBoth() {
  const person = await tenant.member('Viewer');
  const { addOrganizationMember } = await other.owner.request<{ addOrganizationMember: { id: string } }>(AddMember, {
    input: { userId: person.id },
  });
  return {
    person,
    membershipThere: addOrganizationMember.id,
    here: await profileOf(person, tenant),
    there: await profileOf(person, other),
  };
}

describe('createUserProfile', () => {
  test('gives an active member a further profile, primary if there is none', async () => {
    const member = await tenant.member();
    expect(await create(admin, member.id, 'CUSTOMER')).toMatchObject({
      version: 1,
      profileType: 'CUSTOMER',
      status: 'ACTIVE',
      isPrimary: false,
      isOwner: false,
      activatedAt: expect.any(String),
      deactivatedAt: null,
      user: { id: member.id },
      organization: { id: tenant.id },
    });
    await sql('delete from user_profiles where user_id = $1', [member.id]);
    expect(await create(admin, member.id, 'EMPLOYEE')).toMatchObject({ isPrimary: true });
  });

  test('VENDOR is for owners only', async () => {
    expect(await refusal(create(owner, admin.id, 'VENDOR'))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'NOT_AN_OWNER',
      fields: [{ path: 'input.profileType' }],
    });
  });

  test('each kind exists once, whatever its status', async () => {
    const member = await tenant.member();
    const existingId = await profileOf(member, tenant);
    await sql(`update user_profiles set status = 'INACTIVE', is_primary = false where id = $1`, [existingId]);
    expect(await refusal(create(admin, member.id, 'EMPLOYEE'))).toMatchObject({
      code: 'CONFLICT',
      reason: 'PROFILE_EXISTS',
    });
    const tries = await Promise.allSettled([1, 2].map(() => create(owner, member.id, 'CUSTOMER')));
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('finds no user who is not an active member', async () => {
    const former = await tenant.member();
    await owner.request(EndMembership, { id: former.membershipId });
    for (const id of [v7(), other.owner.id, former.id])
      expect(await refusal(create(owner, id, 'CUSTOMER'))).toMatchObject(notFound('input.userId'));
  });
});

describe('switchProfile', () => {
  test('makes a profile the only primary one and decides the default organization', async () => {
    const { person, here, there } = await memberOfBoth();
    expect(await person.request(Active)).toEqual({ organization: { id: tenant.id } });
    const switched = await run(person, Switch, { id: there });
    expect(switched).toMatchObject({ id: there, isPrimary: true, organization: { id: other.id } });
    expect(await run(person, Switch, { id: there })).toEqual(switched);
    expect(await primaryOf(person)).toEqual([there]);
    expect(await person.request(Active)).toEqual({ organization: { id: other.id } });
    expect(await person.as(tenant.id).request(Active)).toEqual({ organization: { id: tenant.id } });
    expect(await run(person.as(tenant.id), Switch, { id: here })).toMatchObject({ id: here, isPrimary: true });
    expect(await person.request(Active)).toEqual({ organization: { id: tenant.id } });
  });

  test('finds one’s own profiles only', async () => {
    const member = await tenant.member();
    for (const id of [v7(), await profileOf(member, tenant), await profileOf(other.owner, other, 'VENDOR')])
      for (const sender of [owner, admin])
        expect(await refusal(run(sender, Switch, { id }))).toMatchObject(notFound('id'));
  });

  test('wants an active profile and an active membership', async () => {
    const { person, here, there, membershipThere } = await memberOfBoth();
    const refused = async () => {
      expect(await refusal(run(person, Switch, { id: there }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'PROFILE_NOT_ACTIVE',
      });
      expect(await primaryOf(person)).toEqual([here]);
    };
    for (const status of ['INACTIVE', 'SUSPENDED']) {
      await sql('update user_profiles set status = $2 where id = $1', [there, status]);
      await refused();
    }
    await other.owner.request(EndMembership, { id: membershipThere });
    await sql(`update user_profiles set status = 'ACTIVE' where id = $1`, [there]);
    await refused();
  });

  test('several at once leave one primary profile', async () => {
    const { person, here, there } = await memberOfBoth();
    await Promise.all([here, there, here, there].map((id) => run(person, Switch, { id })));
    expect(await primaryOf(person)).toHaveLength(1);
  });
});

describe('deactivateProfile and activateProfile', () => {
  test('switch one’s own profile off and on; repeating changes nothing', async () => {
    const member = await tenant.member();
    const id = await profileOf(member, tenant);
    const off = await run(member, Deactivate, { id });
    expect(off).toMatchObject({ status: 'INACTIVE', isPrimary: false, deactivatedAt: expect.any(String) });
    expect(await run(member, Deactivate, { id })).toEqual(off);
    expect(await refusal(run(member, Activate, { id, expectedVersion: off.version + 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: off.version,
    });
    const on = await run(member, Activate, { id, expectedVersion: off.version });
    expect(on).toMatchObject({
      status: 'ACTIVE',
      isPrimary: true,
      deactivatedAt: null,
      activatedAt: expect.any(String),
    });
    expect(await run(member, Activate, { id })).toEqual(on);
  });

  test('work on one’s own profile in another organization', async () => {
    const { person, here, there } = await memberOfBoth();
    expect(await run(person.as(tenant.id), Deactivate, { id: there })).toMatchObject({ id: there, status: 'INACTIVE' });
    expect(await run(person.as(tenant.id), Activate, { id: there })).toMatchObject({ id: there, status: 'ACTIVE' });
    expect(await primaryOf(person)).toEqual([here]);
  });

  test('a primary profile hands over to the oldest other active one, or to none', async () => {
    const { person, here, there } = await memberOfBoth();
    const further = await create(owner, person.id, 'CUSTOMER');
    await run(person, Deactivate, { id: here });
    expect(await primaryOf(person)).toEqual([there]);
    expect(await person.request(Active)).toEqual({ organization: { id: other.id } });
    await run(person, Deactivate, { id: there });
    expect(await primaryOf(person)).toEqual([further.id]);
    await run(person, Deactivate, { id: further.id });
    expect(await primaryOf(person)).toEqual([]);
    expect(await person.request(Active)).toEqual({ organization: { id: tenant.id } });
  });

  test('of others need organization:update in the organization of the profile', async () => {
    const { person, here, there } = await memberOfBoth();
    const viewer = await tenant.member('Viewer');
    for (const document of [Activate, Deactivate, Suspend]) {
      for (const id of [here, v7(), there]) expect(await refusal(run(viewer, document, { id }))).toMatchObject(missing);
      for (const id of [there, v7(), await profileOf(other.owner, other, 'VENDOR')])
        for (const sender of [owner, admin])
          expect(await refusal(run(sender, document, { id }))).toMatchObject(notFound('id'));
    }
    expect(await run(admin, Deactivate, { id: here })).toMatchObject({ status: 'INACTIVE', user: { id: person.id } });
    expect(await run(admin, Activate, { id: here })).toMatchObject({ status: 'ACTIVE' });
  });

  test('want an active membership for switching on', async () => {
    const member = await tenant.member();
    const id = await profileOf(member, tenant);
    await owner.request(EndMembership, { id: member.membershipId });
    for (const sender of [member, owner])
      expect(await refusal(run(sender, Activate, { id }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'MEMBERSHIP_ENDED',
      });
  });

  test('VENDOR stays off once the user is not an owner any more', async () => {
    const member = await tenant.member();
    const own = (isOwner: boolean) =>
      owner.request(
        gql`mutation ($id: ID!, $isOwner: Boolean) { updateMembership(id: $id, input: { isOwner: $isOwner }) { id } }`,
        { id: member.membershipId, isOwner },
      );
    await own(true);
    await own(false);
    const id = await profileOf(member, tenant, 'VENDOR');
    for (const sender of [member, owner])
      expect(await refusal(run(sender, Activate, { id }))).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
  });

  test('find nothing without an organization but one’s own', async () => {
    const loner = await newPerson();
    expect(await refusal(run(loner, Deactivate, { id: await profileOf(admin, tenant) }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'NO_ORGANIZATION',
    });
  });
});

describe('suspendProfile', () => {
  test('blocks a member until somebody else lifts it', async () => {
    const member = await tenant.member('Admin');
    const id = await profileOf(member, tenant);
    const suspended = await run(admin, Suspend, { id });
    expect(suspended).toMatchObject({ status: 'SUSPENDED', isPrimary: false });
    expect(await run(admin, Suspend, { id })).toEqual(suspended);
    for (const document of [Members, gql`{ customers { totalCount } }`])
      expect(await refusal(member.as(tenant.id).request(document))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'MEMBERSHIP_SUSPENDED',
      });
    expect(await refusal(run(member, Activate, { id }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'PROFILE_SUSPENDED',
    });
    for (const sender of [member, admin])
      expect(await refusal(run(sender, Deactivate, { id }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'PROFILE_NOT_ACTIVE',
      });
    expect(await run(admin, Activate, { id })).toMatchObject({
      status: 'ACTIVE',
      isPrimary: true,
      deactivatedAt: null,
    });
    await expect(member.request(Members)).resolves.toBeDefined();
  });

  test('is not evaded by switching another profile on', async () => {
    const member = await tenant.member('Viewer');
    const { id } = await create(owner, member.id, 'CUSTOMER');
    await run(owner, Deactivate, { id });
    await run(owner, Suspend, { id: await profileOf(member, tenant) });
    expect(await refusal(run(member, Activate, { id }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'PROFILE_SUSPENDED',
    });
    expect(await run(admin, Activate, { id })).toMatchObject({ status: 'ACTIVE', isPrimary: true });
    await expect(member.request(Members)).resolves.toBeDefined();
  });

  test('a suspended one among active profiles blocks nothing', async () => {
    const member = await tenant.member();
    const { id } = await create(owner, member.id, 'CUSTOMER');
    await run(owner, Suspend, { id });
    await expect(member.request(Members)).resolves.toBeDefined();
  });

  test('hands over the primary profile', async () => {
    const { person, here, there } = await memberOfBoth();
    await run(owner, Suspend, { id: here });
    expect(await primaryOf(person)).toEqual([there]);
    expect(await person.request(Active)).toEqual({ organization: { id: other.id } });
  });

  test('is nothing to do to oneself', async () => {
    for (const [person, type] of [
      [admin, 'EMPLOYEE'],
      [owner, 'VENDOR'],
    ] as const)
      expect(await refusal(run(person, Suspend, { id: await profileOf(person, tenant, type) }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'SELF_ACTION',
      });
  });

  test('owners are touched by owners only', async () => {
    const second = await newPerson();
    await owner.request(AddMember, { input: { userId: second.id, isOwner: true } });
    for (const type of ['VENDOR', 'EMPLOYEE']) {
      const id = await profileOf(second, tenant, type);
      for (const document of [Activate, Deactivate, Suspend])
        expect(await refusal(run(admin, document, { id }))).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
      expect(await run(owner, Suspend, { id })).toMatchObject({ status: 'SUSPENDED', isOwner: true });
    }
    // Suspension does not bind owners.
    await expect(second.as(tenant.id).request(Members)).resolves.toBeDefined();
  });
});

describe('lists', () => {
  test('myProfiles and userProfiles show each where it belongs', async () => {
    const { person, here, there } = await memberOfBoth();
    const { myProfiles } = await person.request<{ myProfiles: Profile[] }>(gql`{ myProfiles { id } }`);
    expect(myProfiles.map(({ id }) => id).sort()).toEqual([here, there].sort());
    const List = gql`query ($id: ID!) { userProfiles(filter: { userId: { eq: $id } }) { nodes { id isPrimary } } }`;
    expect(await admin.request(List, { id: person.id })).toEqual({
      userProfiles: { nodes: [{ id: here, isPrimary: true }] },
    });
    expect(await other.owner.request(List, { id: person.id })).toEqual({
      userProfiles: { nodes: [{ id: there, isPrimary: false }] },
    });
  });
});
