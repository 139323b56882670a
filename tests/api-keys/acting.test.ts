import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type ApiKey, newApiKey } from '../support/api-keys.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { client, refusal, statementsOf } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;
let key: ApiKey;
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  key = await newApiKey(owner, tenant.id);
});

const id = '01900000-0000-7000-8000-00000000000a';

describe('a key acts in its organization', () => {
  test('as nobody: it has no account, no roles and no record of its own', async () => {
    const answer = await key.request(gql`
      {
        me { id }
        myRoles { id }
        myProfiles { id }
        myOrganizations { id }
        organization { id settings }
        organizationMembers { nodes { user { id } organization { id name } } }
        deals(filter: { mine: true }) { totalCount }
        analytics { quickStats { myDeals } }
      }
    `);
    expect(answer).toEqual({
      ...{ me: null, myRoles: [], myProfiles: [] },
      myOrganizations: [{ id: tenant.id }],
      organization: { id: tenant.id, settings: {} },
      organizationMembers: {
        nodes: [{ user: { id: owner.id }, organization: { id: tenant.id, name: 'Test & Sons' } }],
      },
      deals: { totalCount: 0 },
      analytics: { quickStats: { myDeals: 0 } },
    });
  });

  test('with exactly its permissions', async () => {
    const reader = await newApiKey(owner, tenant.id, { permissions: ['customer:read'] });
    await reader.request(gql`{ customers { totalCount } }`);
    expect(await refusal(reader.request(gql`{ deals { totalCount } }`))).toMatchObject({ permission: 'deal:read' });
    expect(await refusal(newCustomer(reader, { name: 'Kim' }))).toMatchObject({ permission: 'customer:create' });
    expect(await reader.request(gql`{ myPermissions { resource actions } }`)).toEqual({
      myPermissions: [{ resource: 'customer', actions: ['read'] }],
    });
    expect(await refusal(reader.request(gql`{ organization { settings } }`))).toMatchObject({
      permission: 'organization:read',
    });
  });

  test('whatever X-Organization-Id says: another one is refused', async () => {
    const other = await newTenant();
    const asked = (organizationId: string) =>
      client({ token: key.secret, organizationId }).request(gql`{ organization { id } }`);
    expect(await asked(tenant.id.toUpperCase())).toEqual({ organization: { id: tenant.id } });
    for (const wrong of [other.id, id, 'nonsense'])
      expect(await refusal(asked(wrong))).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
  });

  test('and its work has no author', async () => {
    const customer = await newCustomer(key, { name: 'Kim' });
    const made = await key.request<Record<string, Record<string, unknown>>>(
      gql`
        mutation ($customer: ID!) {
          addCustomerNote(customerId: $customer, input: { text: "Hi" }) { createdBy { id } assignedTo { id } }
          createActivity(input: { activityType: CALL, title: "Ring", customerId: $customer }) {
            createdBy { id } assignedTo { id }
          }
          createLead(input: { name: "Lee", email: "lee@leads.example" }) { id assignedTo { id } }
          createDeal(input: { title: "Deal", customerId: $customer }) { id assignedTo { id } }
        }
      `,
      { customer: customer.id },
    );
    for (const name of ['addCustomerNote', 'createActivity'])
      expect(made[name]).toEqual({ createdBy: null, assignedTo: null });
    expect(made.createLead).toMatchObject({ assignedTo: null });
    const [lead, deal] = [made.createLead!.id, made.createDeal!.id];
    await key.request(
      gql`
        mutation ($lead: ID!, $deal: ID!) {
          disqualifyLead(id: $lead, reason: "No budget") { id }
          convertLead(id: $lead) { lead { id } }
          markWon(id: $deal) { id }
          reopenDeal(id: $deal) { id }
        }
      `,
      { lead, deal },
    );
    const authors = await sql(
      `select created_by_id as author from activities where organization_id = $1
       union all select changed_by_id from deal_stage_changes where organization_id = $1`,
      [tenant.id],
    );
    expect(authors.length).toBeGreaterThan(4);
    for (const { author } of authors) expect(author).toBeNull();
  });

  test('in bulk, by filter and by upsert', async () => {
    const answer = await key.request<Record<string, { summary: Record<string, number> }>>(gql`
      mutation {
        createActivities(rows: [{ input: { activityType: NOTE, title: "One" } }], mode: PER_ROW) {
          summary { created failed }
        }
        upsertCustomers(
          rows: [
            { by: { externalId: "K-1" }, input: { name: "Kay", email: "kay@keys.example" } }
            { by: { externalId: "K-1" }, input: { name: "Kay", email: "kay@keys.example" } }
          ]
          mode: PER_ROW
        ) { summary { created failed } }
        updateCustomersWhere(
          filter: { externalId: { eq: "K-1" } }, input: { industry: "Toys" }, expectedCount: 1
        ) { summary { updated failed } }
      }
    `);
    expect(answer.createActivities!.summary).toEqual({ created: 1, failed: 0 });
    expect(answer.upsertCustomers!.summary.created).toBe(1);
    expect(answer.updateCustomersWhere!.summary).toEqual({ updated: 1, failed: 0 });
  });

  test('with idempotency keys of its own', async () => {
    const Create = gql`mutation { createLead(input: { name: "Once", email: "once@leads.example" }) { id } }`;
    const send = async ({ request }: Pick<Person, 'request'>) =>
      (await request<{ createLead: { id: string } }>(Create, {}, { 'idempotency-key': 'K' })).createLead.id;
    const first = await send(key);
    expect(await send(key)).toBe(first);
    const other = await newApiKey(owner, tenant.id);
    for (const another of [other, owner])
      expect(await refusal(send(another))).toMatchObject({ reason: 'DUPLICATE_EMAIL' });
    const different = gql`mutation { createLead(input: { name: "Else", email: "else@leads.example" }) { id } }`;
    const reused = key.request(different, {}, { 'idempotency-key': 'K' });
    expect(await refusal(reused)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const kept = await sql('select api_key_id from api_key_answers where organization_id = $1', [tenant.id]);
    expect(kept).toEqual([{ api_key_id: key.id }]);
  });

  test('without more statements than a session', async () => {
    const List = gql`{ customers { totalCount nodes { name assignedTo { fullName } } } }`;
    const Make = (name: string) =>
      gql`mutation { createLead(input: { name: "${name}", email: "${name}@leads.example" }) { id } }`;
    for (const caller of [owner, key]) await caller.request(List);
    const [byOwner, byKey] = [
      await statementsOf(() => owner.request(List)),
      await statementsOf(() => key.request(List)),
    ];
    expect(byKey).toEqual(byOwner);
    const [madeByOwner, madeByKey] = [
      await statementsOf(() => owner.request(Make('stat-one'))),
      await statementsOf(() => key.request(Make('stat-two'))),
    ];
    expect(madeByKey).toEqual(madeByOwner);
  });
});

describe('a key is refused', () => {
  const notForKeys = { code: 'FORBIDDEN', reason: 'NOT_FOR_API_KEYS' };
  const accounts = [
    'register(input: { email: "x@x.example", username: "xxxx", password: "long-enough-1" }) { accessToken }',
    'login(input: { username: "x", password: "x" }) { accessToken }',
    'refreshSession(refreshToken: "x") { accessToken }',
    'logout { revokedSessions }',
    'changePassword(input: { oldPassword: "wrong", newPassword: "long-enough-1" }) { id }',
    'updateMyAccount(input: { title: "Lady" }) { id }',
    `updateUser(id: "${id}", input: { title: "Lady" }) { id }`,
    'createOrganization(input: { name: "Another" }) { id }',
    `switchProfile(id: "${id}") { id }`,
  ];
  const access = [
    `addOrganizationMember(input: { userId: "${id}" }) { id }`,
    `addOrganizationMembers(rows: [{ input: { userId: "${id}" } }], mode: PER_ROW) { mode }`,
    `updateMembership(id: "${id}", input: { isOwner: true }) { id }`,
    `deactivateMembership(id: "${id}") { id }`,
    'createRole(input: { name: "Boss" }) { id }',
    `setRolePermissions(roleId: "${id}", permissionIds: []) { id }`,
    `assignRole(userId: "${id}", roleId: "${id}") { id }`,
    `assignRoles(rows: [{ userId: "${id}", roleId: "${id}" }], mode: PER_ROW) { mode }`,
    'createPermission(input: { resource: "a", action: "b" }) { id }',
    `createUserProfile(input: { userId: "${id}", profileType: CUSTOMER }) { id }`,
    `suspendProfile(id: "${id}") { id }`,
    `createApiKey(input: { name: "A", permissionIds: ["${id}"] }) { secret }`,
    `rotateApiKey(id: "${id}") { secret }`,
    `adoptApiKey(id: "${id}") { secret }`,
    `revokeApiKey(id: "${id}") { id }`,
    `deleteOrganization(id: "${id}") { id }`,
  ];
  test.each([...accounts, ...access])('by %s', async (field) => {
    expect(await refusal(key.request(`mutation { ${field} }`))).toMatchObject(notForKeys);
  });

  test('when it looks at keys, also by their ids', async () => {
    expect(await refusal(key.request(gql`{ apiKeys { totalCount } }`))).toMatchObject(notForKeys);
    expect(await key.request(`{ node(id: "${key.id}") { id } }`)).toEqual({ node: null });
  });

  test('when it gives or takes access through employees', async () => {
    const member = await tenant.member('Sales Rep');
    const Create = gql`
      mutation ($input: CreateEmployeeInput!) { createEmployee(input: $input) { id } }
    `;
    const person = { firstName: 'Em', lastName: 'Ploy', email: 'em@staff.example' };
    const [role] = await sql<{ id: string }>(`select id from roles where organization_id = $1 and name = 'Viewer'`, [
      tenant.id,
    ]);
    for (const more of [{ userId: member.id }, { roleId: role!.id }])
      expect(await refusal(key.request(Create, { input: { ...person, ...more } }))).toMatchObject(notForKeys);
    const { createEmployee } = await key.request<{ createEmployee: { id: string } }>(Create, { input: person });
    const Update = gql`
      mutation ($id: ID!, $input: UpdateEmployeeInput!) { updateEmployee(id: $id, input: $input) { id } }
    `;
    const change = (of: string, input: object) => key.request(Update, { id: of, input });
    await change(createEmployee.id, { status: 'ON_LEAVE', salary: '10.00' });
    const linked = await tenant.employee({ userId: member.id });
    for (const input of [{ status: 'ON_LEAVE' }, { userId: null }, { roleId: role!.id }])
      expect(await refusal(change(linked, input))).toMatchObject(notForKeys);
    await change(linked, { jobTitle: 'Clerk' });
    for (const name of ['terminateEmployee', 'deleteEmployee'])
      expect(await refusal(key.request(`mutation { ${name}(id: "${linked}") { id } }`))).toMatchObject(notForKeys);
    await key.request(`mutation { deleteEmployee(id: "${createEmployee.id}") { id } }`);
  });
});
