import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './support/database.js';
import { roleNamed } from './support/permissions.js';
import { client, partialAnswer, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

type Headers = Record<string, string>;

const withKey = (): Headers => ({ 'Idempotency-Key': v7() });

const send = <Data = Record<string, unknown>>(
  person: Person,
  headers: Headers,
  query: string,
  variables: object = {},
) => client({ token: person.token }).rawRequest<Data>(query, variables, headers);

const namesOf = async ({ id }: Tenant) =>
  (await sql<{ name: string }>('select name from customers where organization_id = $1 order by name', [id])).map(
    ({ name }) => name,
  );

const customer = (name: string) => ({ name, email: `${v7()}@customers.example` });

const Create = gql`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id name } }`;

describe('a document with an idempotency key is done as a whole', () => {
  const Several = gql`
    mutation ($one: CreateCustomerInput!, $two: CreateCustomerInput!, $id: ID!) {
      one: createCustomer(input: $one) { id }
      gone: deleteCustomer(id: $id) { id }
      two: createCustomer(input: $two) { id }
    }
  `;

  test('one field that fails takes the others back, and the key stays free', async () => {
    const tenant = await newTenant();
    const headers = withKey();
    const variables = { one: customer('One'), two: customer('Two'), id: v7() };
    const { data, errors } = await partialAnswer(send(tenant.owner, headers, Several, variables));
    expect(data).toEqual({ one: null, gone: null, two: null });
    expect(errors.map(({ path, extensions }) => [path[0], extensions.code, extensions.reason])).toEqual([
      ['gone', 'NOT_FOUND', undefined],
      ['one', 'CONFLICT', 'SIBLING_FAILED'],
      ['two', 'CONFLICT', 'SIBLING_FAILED'],
    ]);
    expect(await namesOf(tenant)).toEqual([]);
    const { data: made } = await send<{ createCustomer: { id: string } }>(tenant.owner, {}, Create, {
      input: customer('Gone'),
    });
    const sound = { ...variables, id: made.createCustomer.id };
    const { extensions } = await send(tenant.owner, headers, Several, sound);
    expect(extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(await namesOf(tenant)).toEqual(['One', 'Two']);
  });

  test('no error names a record that is taken back', async () => {
    const tenant = await newTenant();
    const document = gql`
      mutation ($input: CreateCustomerInput!) {
        a: createCustomer(input: $input) { id }
        b: createCustomer(input: $input) { id }
      }
    `;
    const variables = { input: customer('One') };
    const { errors } = await partialAnswer(send(tenant.owner, withKey(), document, variables));
    expect(errors.map(({ path, extensions }) => [path[0], extensions.reason, extensions.existingId])).toEqual([
      ['b', 'DUPLICATE_EMAIL', undefined],
      ['a', 'SIBLING_FAILED', undefined],
    ]);
    const kept = await partialAnswer<Record<string, { id: string }>>(send(tenant.owner, {}, document, variables));
    expect(kept.errors[0]!.extensions.existingId).toBe(kept.data.a!.id);
  });

  test.each([['ATOMIC'], ['PER_ROW']])('nor does a bulk call in mode %s, however often it is sent', async (mode) => {
    const tenant = await newTenant();
    const document = gql`
      mutation (
        $one: CreateCustomerInput!, $rows: [CreateCustomerRow!]!, $by: [UpsertCustomerRow!]!, $mode: BulkMode!
      ) {
        one: createCustomer(input: $one) { id }
        many: createCustomers(rows: $rows, mode: $mode) {
          results { status id errors { reason existingId } record { name } }
        }
        changed: upsertCustomers(rows: $by, mode: $mode) { results { status id errors { code } record { name } } }
      }
    `;
    const one = customer('One');
    const variables = { one, mode, rows: [{ input: one }], by: [{ by: { email: one.email }, input: { rating: '9' } }] };
    const failed = { status: 'FAILED', id: null, record: null };
    const refused = {
      one: null,
      many: { results: [{ ...failed, errors: [{ reason: 'DUPLICATE_EMAIL', existingId: null }] }] },
      changed: { results: [{ ...failed, errors: [{ code: 'BAD_USER_INPUT' }] }] },
    };
    const headers = withKey();
    for (const _ of [1, 2])
      expect((await partialAnswer(send(tenant.owner, headers, document, variables))).data).toEqual(refused);
    const { data } = await send<{ one: { id: string }; many: { results: object[] } }>(
      tenant.owner,
      {},
      document,
      variables,
    );
    expect(data.many.results).toMatchObject([{ id: null, errors: [{ existingId: data.one.id }] }]);
    expect(data).toMatchObject({ changed: { results: [{ id: data.one.id, record: { name: 'One' } }] } });
  });

  test('a refused bulk call does so as well', async () => {
    const tenant = await newTenant();
    const document = gql`
      mutation ($one: CreateCustomerInput!, $rows: [UpdateCustomerRow!]!) {
        one: createCustomer(input: $one) { id }
        many: updateCustomers(rows: $rows) { results { status } }
      }
    `;
    const variables = { one: customer('One'), rows: [{ id: v7(), input: { name: 'Nobody' } }] };
    const { data, errors } = await partialAnswer(send(tenant.owner, withKey(), document, variables));
    expect(data).toEqual({ one: null, many: { results: [{ status: 'FAILED' }] } });
    expect(errors.map(({ path, extensions }) => [path[0], extensions.reason])).toEqual([['one', 'SIBLING_FAILED']]);
    expect(await namesOf(tenant)).toEqual([]);
  });

  test('without a key its siblings stand', async () => {
    const tenant = await newTenant();
    const variables = { one: customer('One'), two: customer('Two'), id: v7() };
    const { data } = await partialAnswer<Record<string, unknown>>(send(tenant.owner, {}, Several, variables));
    expect(data).toMatchObject({ one: { id: expect.anything() }, gone: null, two: { id: expect.anything() } });
    expect(await namesOf(tenant)).toEqual(['One', 'Two']);
  });
});

describe('the answer that is kept', () => {
  const CreateMany = gql`
    mutation ($rows: [CreateCustomerRow!]!, $mode: BulkMode) {
      createCustomers(rows: $rows, mode: $mode) { summary { created failed notAttempted } }
    }
  `;

  test('is given again with its errors', async () => {
    const tenant = await newTenant();
    const clerk = await tenant.member('Viewer');
    const [role] = await sql<{ id: string }>(`select id from roles where organization_id = $1 and name = 'Viewer'`, [
      tenant.id,
    ]);
    const permissions = await sql<{ id: string }>(
      `select id from permissions where organization_id = $1 and resource || ':' || action = any($2)`,
      [tenant.id, ['customer:read', 'customer:create']],
    );
    await tenant.owner.request(
      gql`mutation ($roleId: ID!, $ids: [ID!]!) { setRolePermissions(roleId: $roleId, permissionIds: $ids) { id } }`,
      { roleId: role!.id, ids: permissions.map(({ id }) => id) },
    );
    const headers = withKey();
    const document = gql`
      mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id deals { totalCount } } }
    `;
    const variables = { input: customer('Ada') };
    const first = await partialAnswer(send(clerk, headers, document, variables));
    expect(first.errors).toMatchObject([
      { path: ['createCustomer', 'deals'], extensions: { code: 'FORBIDDEN', permission: 'deal:read' } },
    ]);
    const second = await partialAnswer(send(clerk, headers, document, variables));
    const told = ({ errors, ...rest }: typeof first) => ({
      ...rest,
      errors: errors.map(({ extensions: { requestId: _, ...extensions }, ...error }) => ({ ...error, extensions })),
    });
    expect({ data: second.data, errors: told(second).errors }).toEqual({
      data: first.data,
      errors: told(first).errors,
    });
    expect(second).toMatchObject({ extensions: { idempotency: { replayed: true } } });
    expect(second.errors[0]!.extensions.requestId).not.toEqual(first.errors[0]!.extensions.requestId);
    expect(await namesOf(tenant)).toEqual(['Ada']);
  });

  test.each([['ATOMIC'], ['PER_ROW']])('is not one of a bulk call that did nothing in mode %s', async (mode) => {
    const tenant = await newTenant();
    const taken = customer('Taken');
    const { data } = await send<{ createCustomer: { id: string } }>(tenant.owner, {}, Create, { input: taken });
    const headers = withKey();
    const rows = [{ input: { ...taken, name: 'Second' } }];
    const variables = { rows: mode === 'ATOMIC' ? [...rows, { input: customer('Third') }] : rows, mode };
    const refused = await send<{ createCustomers: { summary: object } }>(tenant.owner, headers, CreateMany, variables);
    expect(refused.data.createCustomers.summary).toMatchObject({ created: 0, failed: 1 });
    await send(tenant.owner, {}, 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }', {
      id: data.createCustomer.id,
    });
    const again = await send<{ createCustomers: { summary: object } }>(tenant.owner, headers, CreateMany, variables);
    expect(again.extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(again.data.createCustomers.summary).toMatchObject({ created: variables.rows.length, failed: 0 });
  });

  test('tells of the rows that failed beside those that were written', async () => {
    const tenant = await newTenant();
    const headers = withKey();
    const rows = [{ input: customer('One') }, { input: { name: 'Bad', email: 'nonsense' } }];
    const answers = [];
    for (const _ of [1, 2]) answers.push(await send(tenant.owner, headers, CreateMany, { rows, mode: 'PER_ROW' }));
    expect(answers.map(({ data }) => data)).toEqual(
      Array(2).fill({ createCustomers: { summary: { created: 1, failed: 1, notAttempted: 0 } } }),
    );
    expect(answers.map(({ extensions }) => extensions)).toMatchObject([
      { idempotency: { replayed: false } },
      { idempotency: { replayed: true } },
    ]);
    expect(await namesOf(tenant)).toEqual(['One']);
  });
});

test('a key holds though its mutation changes the active organization', async () => {
  const tenant = await newTenant();
  const person = await newPerson();
  const headers = withKey();
  const found = 'mutation { createOrganization(input: { name: "Once" }) { id } }';
  const first = await send(person, headers, found);
  expect(await send(person, headers, found)).toMatchObject({
    data: first.data,
    extensions: { idempotency: { replayed: true } },
  });
  expect(await namesOf(tenant)).toEqual([]);
});

test('an answer that only its employee may read is refused to the former holder of the record', async () => {
  const tenant = await newTenant();
  const member = await tenant.member('Sales Representative');
  const id = await tenant.employee({ userId: member.id });
  await sql('update employees set salary = 4321 where id = $1', [id]);
  const headers = withKey();
  const document = 'mutation ($id: ID!) { updateEmployee(id: $id, input: { city: "Rome" }) { salary } }';
  expect(await send(member, headers, document, { id })).toMatchObject({
    data: { updateEmployee: { salary: '4321.00' } },
  });
  await tenant.owner.request('mutation ($id: ID!) { updateEmployee(id: $id, input: { userId: null }) { id } }', { id });
  expect(await refusal(send(member, headers, document, { id }))).toMatchObject({
    code: 'FORBIDDEN',
    reason: 'SELF_ONLY',
  });
});

describe('a caller with fewer rights than before does not get the answer again', () => {
  const membership = (tenant: Tenant, id: string, isOwner: boolean) =>
    tenant.owner.request(
      'mutation ($id: ID!, $isOwner: Boolean) { updateMembership(id: $id, input: { isOwner: $isOwner }) { id } }',
      {
        id,
        isOwner,
      },
    );

  test('but whoever has as much or more does', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    const [headers, variables] = [withKey(), { input: customer('Ada') }];
    const first = await send(admin, headers, Create, variables);
    await membership(tenant, admin.membershipId, true);
    expect((await send(admin, headers, Create, variables)).data).toEqual(first.data);
  });

  test('an owner who is one no longer', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    await membership(tenant, admin.membershipId, true);
    const [headers, variables] = [withKey(), { input: customer('Ada') }];
    await send(admin, headers, Create, variables);
    await membership(tenant, admin.membershipId, false);
    expect(await refusal(send(admin, headers, Create, variables))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'OWNER_ONLY',
    });
  });

  test('an owner who gave it up by the same document', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    await membership(tenant, admin.membershipId, true);
    const headers = withKey();
    const document = gql`
      mutation ($input: CreateCustomerInput!, $id: ID!) {
        createCustomer(input: $input) { id }
        updateMembership(id: $id, input: { isOwner: false }) { isOwner }
      }
    `;
    const variables = { input: customer('Ada'), id: admin.membershipId };
    const { data } = await send(admin, headers, document, variables);
    expect(data).toMatchObject({ updateMembership: { isOwner: false } });
    expect(await refusal(send(admin, headers, document, variables))).toMatchObject({ reason: 'OWNER_ONLY' });
    expect(await namesOf(tenant)).toEqual(['Ada']);
  });

  test('somebody with a lesser role', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin', 'Sales Representative');
    const [headers, variables] = [withKey(), { input: customer('Ada') }];
    await send(admin, headers, Create, variables);
    await tenant.owner.request(
      'mutation ($userId: ID!, $roleId: ID!) { removeRole(userId: $userId, roleId: $roleId) { id } }',
      { userId: admin.id, roleId: await roleNamed(tenant, 'Admin') },
    );
    expect(await refusal(send(admin, headers, Create, variables))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'MISSING_PERMISSION',
    });
  });

  test('somebody who was suspended', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    const [headers, variables] = [withKey(), { input: customer('Ada') }];
    await send(admin, headers, Create, variables);
    const { userProfiles } = await tenant.owner.request<{
      userProfiles: { nodes: { id: string; user: { id: string } }[] };
    }>('{ userProfiles { nodes { id user { id } } } }');
    const theirs = userProfiles.nodes.filter(({ user }) => user.id === admin.id);
    expect(theirs.length).toBeGreaterThan(0);
    for (const { id } of theirs)
      await tenant.owner.request('mutation ($id: ID!) { suspendProfile(id: $id) { id } }', { id });
    expect(await refusal(send(admin, headers, Create, variables))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'MEMBERSHIP_SUSPENDED',
    });
  });
});
