import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { accountRules } from '../../src/crm/accounts/account.rules.js';
import { secondFactorRules } from '../../src/crm/accounts/second-factor.rules.js';
import { receivedInvitationRules } from '../../src/crm/invitations/received-invitation.rules.js';
import { everybody } from '../../src/platform/permissions/rules.js';
import { sql } from '../support/database.js';
import { Active, activeOf, create, Delete, join, Mine, newName } from '../support/organizations.js';
import { client, notice, refusal } from '../support/server.js';
import { newPerson, newTenant, type Person, password } from '../support/tenant.js';

const accountMutations = {
  ...accountRules.Mutation,
  ...secondFactorRules.Mutation,
  ...receivedInvitationRules.Mutation,
};

/** Account operations that need a sign-in, each refused for what it is about, or done; `logout` is the last. */
const accountCalls = {
  changePassword: '(input: { oldPassword: "wrong", newPassword: "another-one" }) { id }',
  resendVerification: ' { accepted }',
  requestEmailChange: `(input: { newEmail: "a@b.example", password: "${password}" }) { accepted }`,
  acceptInvitation: '(token: "x") { id }',
  beginSecondFactor: ' { secret }',
  confirmSecondFactor: '(input: { code: "000000" }) { recoveryCodes }',
  removeSecondFactor: `(input: { password: "${password}", code: "000000" }) { id }`,
  revokeSession: `(id: "${v7()}") { revokedSessions }`,
  logout: ' { revokedSessions }',
};

describe('the active organization', () => {
  test.each<[string, (person: Person, home: string) => Promise<string>]>([
    ['malformed', async () => 'not-an-id'],
    ['of two values', async (_person, home) => `${home}, ${home}`],
    ['unknown', async () => v7()],
    ['nil', async () => '00000000-0000-0000-0000-000000000000'],
    ['foreign', async () => (await newTenant()).id],
    [
      'ended',
      async (person) => {
        const { id, owner } = await newTenant();
        await join(owner, id, person);
        await sql(
          'update memberships set is_active = false, left_at = now() where organization_id = $1 and user_id = $2',
          [id, person.id],
        );
        return id;
      },
    ],
    [
      'deleted',
      async (person) => {
        const { id, owner } = await newTenant();
        await join(owner, id, person);
        await owner.request(Delete, { id });
        return id;
      },
    ],
  ])('a header that is %s fails the whole request like an unknown one', async (_what, header) => {
    const { id, owner } = await newTenant();
    const organizationId = await header(owner, id);
    const told = async (named: string, document: string) => {
      const { requestId, path, ...rest } = await refusal(
        client({ token: owner.token, organizationId: named }).request(document),
      );
      return rest;
    };
    for (const document of ['{ me { id } }', '{ customers { totalCount } }', '{ myOrganizations { id } }']) {
      const answer = await told(organizationId, document);
      expect(answer).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
      expect(answer).toEqual(await told(v7(), document));
    }
    expect(await activeOf(owner)).toBe(id);
  });

  test('a wrong header leaves nothing of a mutation', async () => {
    const { owner } = await newTenant();
    const caller = owner.as((await newTenant()).id);
    await refusal(caller.request(gql`mutation { updateProfile(input: { title: "Lady" }) { id } }`));
    expect(await owner.request(gql`{ me { title } }`)).toEqual({ me: { title: null } });
  });

  test.each([
    ['malformed', 'not-an-id'],
    ['unknown', v7()],
  ])('account operations ignore a header that is %s, so that everybody can sign out', async (_what, header) => {
    const closed = Object.entries(accountMutations).filter(([, rule]) => rule !== everybody);
    expect(Object.keys(accountCalls).sort()).toEqual(closed.map(([name]) => name).sort());
    const person = await newPerson();
    const wrongly = client({ token: person.token, organizationId: header });
    const reasons: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(accountCalls))
      reasons[name] = await wrongly.request(`mutation { ${name}${call} }`).then(
        () => 'done',
        async (error) => (await refusal(Promise.reject(error))).reason ?? 'NOT_FOUND',
      );
    expect(reasons).toEqual({
      changePassword: 'VALIDATION_FAILED',
      resendVerification: 'MAIL_NOT_CONFIGURED',
      requestEmailChange: 'MAIL_NOT_CONFIGURED',
      acceptInvitation: 'TOKEN_NOT_USABLE',
      beginSecondFactor: 'done',
      confirmSecondFactor: 'VALIDATION_FAILED',
      removeSecondFactor: 'NO_SECOND_FACTOR',
      revokeSession: 'NOT_FOUND',
      logout: 'done',
    });
    expect(await refusal(client({ token: person.token }).request(Mine))).toMatchObject({ reason: 'SESSION_ENDED' });
  });

  test('account operations act in the organization of a right header', async () => {
    const { owner } = await newTenant();
    const other = await create(owner, newName());
    await owner.as(other.id).request('mutation { updateProfile(input: { firstName: "Pat" }) { id } }');
    const answer = await owner.as(other.id).request<{ changePassword: { employee: { id: string } } }>(gql`
      mutation {
        changePassword(input: { oldPassword: "${password}", newPassword: "another-one" }) { employee { id } }
      }
    `);
    const [employee] = await sql('select id from employees where organization_id = $1', [other.id]);
    expect(answer.changePassword.employee).toEqual(employee);
  });

  test('an expired session comes before a wrong header', async () => {
    expect(await refusal(client({ organizationId: 'x' }).request(Mine))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'TOKEN_MISSING',
    });
  });

  test('the header names it, in capitals too', async () => {
    const { id, owner } = await newTenant();
    const other = await create(owner, newName());
    expect(await owner.as(other.id).request(Active)).toEqual({ organization: { id: other.id } });
    expect(await owner.as(id.toUpperCase()).request(Active)).toEqual({ organization: { id } });
  });

  test('without a header it is that of the primary profile, else that of the oldest membership', async () => {
    const [one, two] = [await newTenant(), await newTenant()];
    const person = await newPerson();
    await join(one.owner, one.id, person);
    await join(two.owner, two.id, person);
    expect(await activeOf(person)).toBe(one.id);
    await sql('update user_profiles set is_primary = false where user_id = $1', [person.id]);
    await notice();
    expect(await activeOf(person)).toBe(one.id);
    await sql('update user_profiles set is_primary = true where user_id = $1 and organization_id = $2', [
      person.id,
      two.id,
    ]);
    await notice();
    expect(await activeOf(person)).toBe(two.id);
    await sql('update memberships set is_active = false, left_at = now() where user_id = $1 and organization_id = $2', [
      person.id,
      two.id,
    ]);
    await notice();
    expect(await activeOf(person)).toBe(one.id);
  });
});

describe('a user without any organization', () => {
  const id = v7();

  test.each<[string, string]>([
    ['me', '{ me { id memberships { id } profiles { id } roles { id } employee { id } } }'],
    ['errorCodes', '{ errorCodes { code } }'],
    ['myOrganizations', '{ myOrganizations { id } }'],
    ['organizations', '{ organizations { totalCount nodes { id } } }'],
    ['organization(id)', `{ organization(id: "${id}") { id } }`],
    ['myProfiles', '{ myProfiles { id } }'],
    ['updateProfile', 'mutation { updateProfile(input: { title: "Lady" }) { id } }'],
    ['createOrganization', 'mutation { createOrganization(input: { name: "First" }) { id } }'],
    ['logout', 'mutation { logout { revokedSessions } }'],
    [
      'changePassword',
      `mutation { changePassword(input: { oldPassword: "${password}", newPassword: "another-one" }) { id } }`,
    ],
  ])('may use %s', async (_name, document) => {
    const person = await newPerson();
    await expect(person.request(document)).resolves.toBeDefined();
  });

  test('may look oneself up', async () => {
    const person = await newPerson();
    const Self = gql`query ($id: ID!) { user(id: $id) { id email } }`;
    expect(await person.request(Self, { id: person.id })).toEqual({ user: { id: person.id, email: person.email } });
  });

  test.each<[string, string]>([
    ['organization', '{ organization { id } }'],
    ['organizationMembers', '{ organizationMembers { totalCount } }'],
    ['users', '{ users { totalCount } }'],
    ['user', `{ user(id: "${id}") { id } }`],
    ['userProfiles', '{ userProfiles { totalCount } }'],
    ['employees', '{ employees { totalCount } }'],
    ['employee', `{ employee(id: "${id}") { id } }`],
    ['customers', '{ customers { totalCount } }'],
    ['customer', `{ customer(id: "${id}") { id } }`],
    ['createCustomer', 'mutation { createCustomer(input: { email: "a@b.example", name: "A" }) { id } }'],
    ['updateCustomer', `mutation { updateCustomer(id: "${id}", input: {}) { id } }`],
    ['deleteCustomer', `mutation { deleteCustomer(id: "${id}") { id } }`],
    ['activateCustomer', `mutation { activateCustomer(id: "${id}") { id } }`],
    ['deactivateCustomer', `mutation { deactivateCustomer(id: "${id}") { id } }`],
    ['addCustomerNote', `mutation { addCustomerNote(customerId: "${id}", input: { text: "x" }) { id } }`],
    ['updateOrganization', `mutation { updateOrganization(id: "${id}", input: {}) { id } }`],
    ['deleteOrganization', `mutation { deleteOrganization(id: "${id}") { id } }`],
    ['addOrganizationMember', `mutation { addOrganizationMember(input: { userId: "${id}" }) { id } }`],
    ['updateMembership', `mutation { updateMembership(id: "${id}", input: {}) { id } }`],
    ['deactivateMembership', `mutation { deactivateMembership(id: "${id}") { id } }`],
  ])('is refused %s', async (_name, document) => {
    const person = await newPerson();
    expect(await refusal(person.request(document))).toMatchObject({ code: 'FORBIDDEN', reason: 'NO_ORGANIZATION' });
  });

  test('may change oneself through updateUser', async () => {
    const person = await newPerson();
    const Change = gql`mutation ($id: ID!) { updateUser(id: $id, input: { title: "Lady" }) { title } }`;
    expect(await person.request(Change, { id: person.id })).toEqual({ updateUser: { title: 'Lady' } });
  });
});
