import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './support/database.js';
import { client, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, password, type Tenant } from './support/tenant.js';

const Create = gql`
  mutation CreateCustomer($input: CreateCustomerInput!) {
    createCustomer(input: $input) { id code name email }
  }
`;

type Created = { createCustomer: { id: string; code: string; name: string } };
type Headers = Record<string, string>;

const input = (name = 'Ada') => ({ input: { name, email: `${v7()}@customers.example` } });

const send = <Data = Created>(person: Person, headers: Headers, query = Create, variables: object = input()) =>
  client({ token: person.token }).rawRequest<Data>(query, variables, headers);

const customersOf = async ({ id }: Tenant): Promise<number> =>
  (await sql<{ count: number }>('select count(*)::int from customers where organization_id = $1', [id]))[0]!.count;

describe('an idempotency key', () => {
  const withKey = (key: string = v7()) => ({ 'Idempotency-Key': key });

  test('gives the first answer again and does the work once', async () => {
    const tenant = await newTenant();
    const [headers, variables] = [withKey(), input()];
    const first = await send(tenant.owner, headers, Create, variables);
    const second = await send(tenant.owner, headers, Create, variables);
    expect(first.extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(second.extensions).toMatchObject({ idempotency: { replayed: true } });
    expect(second.data).toEqual(first.data);
    expect(await customersOf(tenant)).toBe(1);
  });

  test('is also kept by servers of the previous version, which know neither errors nor rights', async () => {
    const tenant = await newTenant();
    const [headers, variables] = [withKey(), input()];
    const first = await send(tenant.owner, headers, Create, variables);
    await sql(
      `with kept as (delete from idempotency_keys where user_id = $1 returning *)
       insert into idempotency_keys (user_id, scope, request, answer, created_at)
       select user_id, scope, request, answer, created_at from kept`,
      [tenant.owner.id],
    );
    const second = await send(tenant.owner, headers, Create, variables);
    expect(second.data).toEqual(first.data);
    expect(second.extensions).toMatchObject({ idempotency: { replayed: true } });
  });

  test('is refused for another request', async () => {
    const { owner } = await newTenant();
    const headers = withKey();
    await send(owner, headers);
    expect(await refusal(send(owner, headers))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('of 50 calls at once does the work once', async () => {
    const tenant = await newTenant();
    const [headers, variables] = [withKey(), input()];
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        send(tenant.owner, headers, Create, variables).then(
          ({ data }) => data.createCustomer.id,
          async (error: unknown) => (await refusal(Promise.reject(error))).code,
        ),
      ),
    );
    const ids = new Set(outcomes.filter((outcome) => outcome !== 'IDEMPOTENCY_IN_PROGRESS'));
    expect(ids.size).toBe(1);
    expect(await customersOf(tenant)).toBe(1);
  });

  test('is not used up by a request that fails', async () => {
    const tenant = await newTenant();
    const headers = withKey();
    expect(
      await refusal(send(tenant.owner, headers, Create, { input: { name: 'Ada', email: 'nonsense' } })),
    ).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const { extensions } = await send(tenant.owner, headers);
    expect(extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(await customersOf(tenant)).toBe(1);
  });

  test('covers a whole document, and is kept only if none of its root fields failed', async () => {
    const tenant = await newTenant();
    const Both = gql`
      mutation ($input: CreateCustomerInput!, $id: ID!) {
        createCustomer(input: $input) { id }
        deleteCustomer(id: $id) { id }
      }
    `;
    const headers = withKey();
    const variables = { ...input(), id: v7() };
    expect(await refusal(send(tenant.owner, headers, Both, variables))).toMatchObject({ code: 'NOT_FOUND' });
    const kept = await sql('select from idempotency_keys where user_id = $1', [tenant.owner.id]);
    expect(kept).toEqual([]);
  });

  test('means nothing to another caller, in another organization and for another operation', async () => {
    const tenant = await newTenant();
    const headers = withKey();
    const member = await tenant.member('Admin');
    const [first, second] = [await send(tenant.owner, headers), await send(member, headers)];
    expect(second.extensions).toMatchObject({ idempotency: { replayed: false } });
    const { data } = await send<{ createOrganization: { id: string } }>(
      tenant.owner,
      headers,
      'mutation { createOrganization(input: { name: "Elsewhere" }) { id } }',
      {},
    );
    const elsewhere = client({ token: tenant.owner.token, organizationId: data.createOrganization.id });
    const third = await elsewhere.rawRequest<Created>(Create, input(), headers);
    expect(third.extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(new Set([first, second, third].map((answer) => answer.data.createCustomer.id)).size).toBe(3);
  });

  test('is forgotten after 24 hours', async () => {
    const tenant = await newTenant();
    const headers = withKey();
    await send(tenant.owner, headers);
    await sql(`update idempotency_keys set created_at = now() - interval '24 hours' where user_id = $1`, [
      tenant.owner.id,
    ]);
    expect((await send(tenant.owner, headers)).extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(await customersOf(tenant)).toBe(2);
    expect(await sql('select from idempotency_keys where user_id = $1', [tenant.owner.id])).toHaveLength(1);
  });

  test('has 1 to 255 characters', async () => {
    const { owner } = await newTenant();
    for (const key of ['x'.repeat(256), ''])
      expect(await refusal(send(owner, withKey(key)))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'Idempotency-Key', code: 'OUT_OF_RANGE' }],
      });
    await expect(send(owner, withKey('x'.repeat(255)))).resolves.toBeDefined();
  });

  test('keeps no answer from others: row-level security shows each caller the own ones only', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    await send(one.owner, withKey());
    const { data } = await send<Created>(other.owner, withKey());
    expect(data.createCustomer).toBeTruthy();
    const policies = await sql(
      `select qual from pg_policies where tablename = 'idempotency_keys' and roles <> '{crm_definer}'`,
    );
    expect(policies).toEqual([
      { qual: `(user_id = ( SELECT (current_setting('app.user_id'::text))::uuid AS current_setting))` },
    ]);
  });
});

describe('a dry run', () => {
  const dry = { 'X-Dry-Run': 'true' };

  test('answers as the real thing and leaves nothing', async () => {
    const tenant = await newTenant();
    const variables = input();
    const rehearsal = await send(tenant.owner, dry, Create, variables);
    expect(rehearsal.extensions).toMatchObject({ dryRun: true });
    expect(await customersOf(tenant)).toBe(0);
    const real = await send(tenant.owner, {}, Create, variables);
    expect(real.extensions).not.toHaveProperty('dryRun');
    expect(real.data.createCustomer).toEqual({ ...rehearsal.data.createCustomer, id: real.data.createCustomer.id });
  });

  test('shows the codes that would come next and uses none up', async () => {
    const { owner } = await newTenant();
    const Two = gql`
      mutation ($one: CreateCustomerInput!, $two: CreateCustomerInput!) {
        one: createCustomer(input: $one) { code }
        two: createCustomer(input: $two) { code }
      }
    `;
    const codes = async (headers: Headers) =>
      (await send<object>(owner, headers, Two, { one: input().input, two: input().input })).data;
    expect(await codes(dry)).toEqual({ one: { code: 'CUST-0001' }, two: { code: 'CUST-0002' } });
    expect(await codes({})).toEqual({ one: { code: 'CUST-0001' }, two: { code: 'CUST-0002' } });
    expect(await codes(dry)).toEqual({ one: { code: 'CUST-0003' }, two: { code: 'CUST-0004' } });
  });

  test('is refused what the real thing is refused', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    expect(await refusal(send(member, dry))).toMatchObject({ code: 'FORBIDDEN', permission: 'customer:create' });
    const variables = input();
    await send(tenant.owner, {}, Create, variables);
    expect(await refusal(send(tenant.owner, dry, Create, variables))).toMatchObject({ reason: 'DUPLICATE_EMAIL' });
  });

  test('of a lead that is converted changes no record anywhere', async () => {
    const tenant = await newTenant();
    const { data } = await send<{ createLead: { id: string } }>(
      tenant.owner,
      {},
      'mutation ($input: CreateLeadInput!) { createLead(input: $input) { id } }',
      { input: { name: 'Lea', email: `${v7()}@leads.example` } },
    );
    const rows = async () => {
      const tables = ['customers', 'leads', 'deals', 'deal_stage_changes', 'activities', 'code_counters'];
      const counts = tables.map((table) =>
        sql(`select md5(string_agg(t::text, ',' order by t::text)) from ${table} t where organization_id = $1`, [
          tenant.id,
        ]),
      );
      return Promise.all(counts);
    };
    const before = await rows();
    const Convert = gql`
      mutation ($id: ID!) {
        convertLead(id: $id, input: { createDeal: {} }) { customer { code } deal { code stage { name } }
          lead { isConverted } }
      }
    `;
    const { data: rehearsed } = await send<object>(tenant.owner, dry, Convert, { id: data.createLead.id });
    expect(rehearsed).toMatchObject({
      convertLead: { customer: { code: 'CUST-0001' }, deal: { code: 'DEAL-0001' }, lead: { isConverted: true } },
    });
    expect(await rows()).toEqual(before);
  });

  test('keeps no idempotency key', async () => {
    const tenant = await newTenant();
    const [key, variables] = [v7(), input()];
    await send(tenant.owner, { ...dry, 'Idempotency-Key': key }, Create, variables);
    const real = await send(tenant.owner, { 'Idempotency-Key': key }, Create, variables);
    expect(real.extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(await customersOf(tenant)).toBe(1);
  });

  test('is asked for with true or false', async () => {
    const tenant = await newTenant();
    expect(await refusal(send(tenant.owner, { 'X-Dry-Run': 'yes' }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'X-Dry-Run', code: 'INVALID' }],
    });
    await send(tenant.owner, { 'X-Dry-Run': 'false' });
    expect(await customersOf(tenant)).toBe(1);
  });
});

describe('signing in and out', () => {
  test.each([
    ['X-Dry-Run', 'true'],
    ['Idempotency-Key', 'some key'],
  ])('takes no %s', async (header, value) => {
    const person = await newPerson();
    const operations: Record<string, [string, object]> = {
      login: [
        'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
        { input: { username: person.username, password } },
      ],
      refreshSession: [
        'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }',
        { token: person.refreshToken },
      ],
      logout: ['mutation { logout { revokedSessions } }', {}],
      beginLogin: [
        'mutation ($input: LoginInput!) { beginLogin(input: $input) { __typename } }',
        { input: { username: person.username, password } },
      ],
      completeLogin: ['mutation { completeLogin(input: { ticket: "x", code: "1" }) { accessToken } }', {}],
      beginSecondFactor: ['mutation { beginSecondFactor { secret } }', {}],
      confirmSecondFactor: ['mutation { confirmSecondFactor(input: { code: "1" }) { recoveryCodes } }', {}],
      removeSecondFactor: ['mutation { removeSecondFactor(input: { password: "x", code: "1" }) { id } }', {}],
      verifyEmail: ['mutation { verifyEmail(token: "x") { email } }', {}],
      requestPasswordReset: ['mutation { requestPasswordReset(input: { email: "x@y.example" }) { accepted } }', {}],
    };
    for (const [document, variables] of Object.values(operations))
      expect(await refusal(send(person, { [header]: value }, document, variables))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: header, code: 'NOT_ALLOWED' }],
      });
    await expect(person.request('{ me { id } }')).resolves.toEqual({ me: { id: person.id } });
  });
});
