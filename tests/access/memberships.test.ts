import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import { Active, add, Deactivate, inTenant, leave, outcome, withSecondOwner } from '../support/memberships.js';
import { missing } from '../support/permissions.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from '../support/tenant.js';

const UpdateMembership = gql`
  mutation ($id: ID!, $input: UpdateMembershipInput!, $expectedVersion: Int) {
    updateMembership(id: $id, input: $input, expectedVersion: $expectedVersion) {
      id version updatedAt isOwner isActive user { profiles { profileType status isPrimary } }
    }
  }
`;

async function membershipOf({ id }: Pick<Tenant, 'id'>, person: Person): Promise<string> {
  const [membership] = await sql<{ id: string }>(
    'select id from memberships where organization_id = $1 and user_id = $2',
    [id, person.id],
  );
  return membership!.id;
}

const ownersOf = ({ id }: Tenant) =>
  sql('select from memberships where organization_id = $1 and is_active and is_owner', [id]);

describe('updateMembership', () => {
  test('granting ownership adds the owner profile and takes effect at once, revoking ends both', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const set = (isOwner: boolean, expectedVersion?: number) =>
      inTenant(tenant).request(UpdateMembership, { id: member.membershipId, input: { isOwner }, expectedVersion });
    expect(await set(true, 1)).toMatchObject({ updateMembership: { isOwner: true, version: 2 } });
    expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
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
    expect(await refusal(member.request(CountCustomers))).toMatchObject(missing('customer:read'));
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
    const id = await membershipOf(tenant, tenant.owner);
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
    const own = await membershipOf(tenant, tenant.owner);
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
    for (const id of [v7(), await membershipOf(foreign, foreign.owner)])
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
    const own = await membershipOf(tenant, tenant.owner);
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
    expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    await inTenant(tenant).request(Deactivate, { id: member.membershipId, expectedVersion: 1 });
    expect(await refusal(member.as(tenant.id).request(CountCustomers))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'NOT_A_MEMBER',
    });
    expect(await refusal(member.request(CountCustomers))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'NO_ORGANIZATION',
    });
    expect(await member.request(gql`{ me { memberships { id } roles { name } } myOrganizations { id } }`)).toEqual({
      me: { memberships: [], roles: [] },
      myOrganizations: [],
    });
  });

  test('only owners end the membership of somebody else', async () => {
    const tenant = await newTenant();
    const [admin, member] = [await tenant.member('Admin'), await tenant.member()];
    for (const id of [member.membershipId, await membershipOf(tenant, tenant.owner)])
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
    expect(await told(await membershipOf(foreign, foreign.owner))).toEqual(await told(v7()));
    expect(await ownersOf(foreign)).toHaveLength(1);
  });

  test('the last owner stays, and leaves once there is another', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const own = await membershipOf(tenant, tenant.owner);
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

  test('the primary profile hands over to the oldest active one, which becomes the default organization', async () => {
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
    const own = await membershipOf(tenant, tenant.owner);
    const tries = await Promise.all([
      outcome(leave(tenant.owner, tenant.id, own)),
      outcome(leave(second, tenant.id, membershipId)),
    ]);
    expect(tries.sort()).toEqual(['LAST_OWNER', 'done']);
    expect(await ownersOf(tenant)).toHaveLength(1);
  });

  test('of two owners who end each other at once one stays', async () => {
    const { tenant, second, membershipId } = await withSecondOwner();
    const own = await membershipOf(tenant, tenant.owner);
    const tries = await Promise.all([
      outcome(inTenant(tenant).request(Deactivate, { id: membershipId })),
      outcome(second.as(tenant.id).request(Deactivate, { id: own })),
    ]);
    expect(tries).toContain('done');
    expect(await ownersOf(tenant)).toHaveLength(1);
  });
});
