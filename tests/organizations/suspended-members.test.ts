import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import { Active, create, join, newName } from '../support/organizations.js';
import { notice, refusal } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newTenant, type Person } from '../support/tenant.js';

const suspend = async (organizationId: string, { id }: Person) => {
  await sql(`update user_profiles set status = 'SUSPENDED' where organization_id = $1 and user_id = $2`, [
    organizationId,
    id,
  ]);
  await notice();
};

describe('a suspended member', () => {
  const suspended = { code: 'FORBIDDEN', reason: 'MEMBERSHIP_SUSPENDED' };

  test('is refused everything that needs the organization, and nothing else', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    await suspend(tenant.id, member);
    for (const document of [
      '{ customers { totalCount } }',
      '{ organization { id } }',
      '{ organizationMembers { totalCount } }',
      '{ users { totalCount } }',
      `{ user(id: "${tenant.owner.id}") { id } }`,
      '{ userProfiles { totalCount } }',
      '{ myRoles { id } }',
      '{ myPermissions { resource } }',
      'mutation { createCustomer(input: { email: "a@b.example", name: "A" }) { id } }',
      `mutation { updateOrganization(id: "${tenant.id}", input: {}) { id } }`,
      `mutation { deleteOrganization(id: "${tenant.id}") { id } }`,
      `mutation { deactivateMembership(id: "${v7()}") { id } }`,
    ])
      expect(await refusal(member.request(document))).toMatchObject(suspended);
    for (const document of [
      '{ me { id } }',
      '{ myOrganizations { id } }',
      '{ organizations { totalCount } }',
      '{ myProfiles { status } }',
      `{ user(id: "${member.id}") { id } }`,
    ])
      await expect(member.request(document)).resolves.toBeDefined();
    await expect(create(member, newName())).resolves.toHaveProperty('slug');
  });

  test('may leave, and end nobody else’s membership', async () => {
    const tenant = await newTenant();
    const [member, other] = [await tenant.member('Admin'), await tenant.member()];
    await suspend(tenant.id, member);
    const end = ({ membershipId }: { membershipId: string }) =>
      member.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { isActive user { id } } }`, {
        id: membershipId,
      });
    expect(await refusal(end(other))).toMatchObject(suspended);
    expect(await end(member)).toEqual({ deactivateMembership: { isActive: false, user: { id: member.id } } });
    expect(await refusal(member.request('{ customers { totalCount } }'))).toMatchObject({ reason: 'NO_ORGANIZATION' });
  });

  test('sees nothing of the organization by leaving', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    await suspend(tenant.id, member);
    const Leave = gql`mutation ($id: ID!) {
      deactivateMembership(id: $id) {
        roles { name permissions { action } } organization { members { totalCount } settings }
      }
    }`;
    expect(await member.request(Leave, { id: member.membershipId })).toEqual({
      deactivateMembership: { roles: [], organization: { members: null, settings: null } },
    });
  });

  test('does not reach its members and settings through the organization either', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    await suspend(tenant.id, member);
    const Inside = gql`query ($id: ID!) { organization(id: $id) { name members { totalCount } settings } }`;
    const raw = await member
      .as(tenant.id)
      .rawRequest(Inside, { id: tenant.id })
      .catch((error) => error.response);
    expect(raw.data).toEqual({ organization: { name: 'Test & Sons', members: null, settings: null } });
    expect(raw.errors.map(({ extensions: { reason } }: { extensions: { reason: string } }) => reason)).toEqual([
      'MEMBERSHIP_SUSPENDED',
      'MEMBERSHIP_SUSPENDED',
    ]);
  });

  test('with another active profile there is not suspended', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await suspend(tenant.id, member);
    await sql(
      `insert into user_profiles (id, created_at, updated_at, organization_id, user_id, profile_type)
       values ($1, now(), now(), $2, $3, 'CUSTOMER')`,
      [v7(), tenant.id, member.id],
    );
    expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
  });

  test('without any profile, or with an inactive one only, is not suspended', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await sql(`update user_profiles set status = 'INACTIVE', is_primary = false where user_id = $1`, [member.id]);
    expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    await sql('delete from user_profiles where user_id = $1', [member.id]);
    expect(await member.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
  });

  test('an owner is not suspended, a superuser is', async () => {
    const tenant = await newTenant();
    await suspend(tenant.id, tenant.owner);
    expect(await tenant.owner.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    const superuser = await tenant.member();
    await makeSuperusers(superuser);
    expect(await superuser.request(CountCustomers)).toEqual({ customers: { totalCount: 0 } });
    await suspend(tenant.id, superuser);
    expect(await refusal(superuser.request(CountCustomers))).toMatchObject(suspended);
    const Rename = gql`mutation ($id: ID!) { updateUser(id: $id, input: { title: "Lady" }) { id } }`;
    expect(await refusal(superuser.request(Rename, { id: tenant.owner.id }))).toMatchObject(suspended);
  });

  test('in one organization is free in another', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const member = await tenant.member('Viewer');
    await join(other.owner, other.id, member);
    await suspend(tenant.id, member);
    expect(await member.as(other.id).request(Active)).toEqual({ organization: { id: other.id } });
    expect(await refusal(member.as(tenant.id).request(CountCustomers))).toMatchObject(suspended);
  });
});
