import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import type { Fields } from './support/customers.js';
import { sql } from './support/database.js';
import { origin } from './support/server.js';
import { newTenant, type Person, password, type Tenant } from './support/tenant.js';

type Headers = Record<string, string>;

interface Answer {
  data?: Record<string, { id?: string; code?: string } | null> | null;
  errors?: { message: string; extensions: Fields & { code: string; fields?: { path: string; code: string }[] } }[];
  extensions: { dryRun?: boolean; idempotency?: { replayed: boolean } };
}

async function send(
  person: Person,
  query: string,
  variables: object = {},
  headers: Headers = {},
  operationName?: string,
): Promise<Answer> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}`, ...headers },
    body: JSON.stringify({ query, variables, operationName }),
  });
  return (await response.json()) as Answer;
}

const customersOf = async ({ id }: Tenant): Promise<number> =>
  (await sql<{ count: number }>('select count(*)::int from customers where organization_id = $1', [id]))[0]!.count;

const email = () => `${v7()}@customers.example`;
const create = (directives: string, declared = '') =>
  `mutation ${declared} ${directives} { createCustomer(input: { name: "Ada", email: "${email()}" }) { id code } }`;
const refusalOf = ({ errors }: Answer) => errors?.[0]?.extensions;

describe('@dryRun', () => {
  test('answers as X-Dry-Run does, and stores nothing', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const document = create('@dryRun');
    for (const headers of [{}, { 'x-dry-run': 'true' }, {}]) {
      const { data, extensions } = await send(owner, document, {}, headers as Headers);
      expect(data!.createCustomer!.code).toBe('CUST-0001');
      expect(extensions.dryRun).toBe(true);
    }
    expect(await customersOf(tenant)).toBe(0);
    const { extensions } = await send(owner, create(''));
    expect(extensions.dryRun).toBeUndefined();
    expect(await customersOf(tenant)).toBe(1);
  });

  test('covers bulk calls with rows in a variable, several root fields and fragments', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const document = `
      mutation Load($rows: [CreateCustomerRow!]!) @dryRun {
        ...Work
        one: createCustomer(input: { name: "One", email: "${email()}" }) { id }
      }
      fragment Work on Mutation { createCustomers(rows: $rows) { summary { created } } }`;
    const rows = [{ input: { name: 'A', email: email() } }, { input: { name: 'B', email: email() } }];
    const { data, extensions } = await send(owner, document, { rows });
    expect(data!.createCustomers).toEqual({ summary: { created: 2 } });
    expect(data!.one!.id).toEqual(expect.any(String));
    expect(extensions.dryRun).toBe(true);
    expect(await customersOf(tenant)).toBe(0);
  });

  test('contradicts X-Dry-Run: false', async () => {
    const { owner } = await newTenant();
    const refused = refusalOf(await send(owner, create('@dryRun'), {}, { 'x-dry-run': 'false' }));
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: '@dryRun', code: 'INVALID' }] });
  });

  test('counts for the operation that is asked for only', async () => {
    const tenant = await newTenant();
    const query = `
      mutation Try @dryRun { createCustomer(input: { name: "Try", email: "${email()}" }) { id } }
      mutation Do { createCustomer(input: { name: "Do", email: "${email()}" }) { id } }`;
    for (const operationName of ['Try', 'Do', 'Try']) {
      const { data } = await send(tenant.owner, query, {}, {}, operationName);
      expect(data!.createCustomer!.id).toEqual(expect.any(String));
    }
    expect(await customersOf(tenant)).toBe(1);
  });
});

describe('@idempotent', () => {
  test('replays the answer, whether the key is in the document, a variable, a default or the header', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const key = v7();
    const cases: [document: string, variables: object, headers: Headers][] = [
      [create(`@idempotent(key: "${v7()}")`), {}, {}],
      [create('@idempotent(key: $key)', '($key: String!)'), { key: v7() }, {}],
      [create('@idempotent(key: $key)', `($key: String! = "${v7()}")`), {}, {}],
      [create('@idempotent(key: $key)', '($key: String!)'), { key }, { 'idempotency-key': key }],
    ];
    for (const [n, [document, variables, headers]] of cases.entries()) {
      const answers = [];
      for (let time = 0; time < 3; time += 1) answers.push(await send(owner, document, variables, headers));
      expect(answers.map(({ extensions }) => extensions.idempotency?.replayed)).toEqual([false, true, true]);
      expect(answers[1]!.data).toEqual(answers[0]!.data);
      expect(await customersOf(tenant)).toBe(n + 1);
    }
  });

  test('and the header are one key: one finds what the other has stored, and refuses other work', async () => {
    const tenant = await newTenant();
    const key = v7();
    const document = create(`@idempotent(key: "${key}")`);
    await send(tenant.owner, document);
    expect(refusalOf(await send(tenant.owner, create(''), {}, { 'idempotency-key': key }))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    const both = await send(tenant.owner, document, {}, { 'idempotency-key': key });
    expect(both.extensions.idempotency).toEqual({ replayed: true });
    expect(await customersOf(tenant)).toBe(1);
  });

  test('contradicts another key in the header', async () => {
    const tenant = await newTenant();
    const answer = await send(tenant.owner, create('@idempotent(key: "a")'), {}, { 'idempotency-key': 'b' });
    expect(refusalOf(answer)).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: '@idempotent', code: 'INVALID' }],
    });
    expect(await customersOf(tenant)).toBe(0);
  });

  test('makes a bulk call one unit, and replays it', async () => {
    const tenant = await newTenant();
    const document = `
      mutation Load($rows: [CreateCustomerRow!]!, $key: String!) @idempotent(key: $key) {
        createCustomers(rows: $rows) { summary { created } results { id } }
      }`;
    const variables = { key: v7(), rows: [{ input: { name: 'A', email: email() } }] };
    const first = await send(tenant.owner, document, variables);
    const second = await send(tenant.owner, document, variables);
    expect(second.data).toEqual(first.data);
    expect(second.extensions.idempotency).toEqual({ replayed: true });
    expect(await customersOf(tenant)).toBe(1);
  });

  test('stores nothing in a dry run, so that the key stays free', async () => {
    const tenant = await newTenant();
    const key = v7();
    const dry = await send(tenant.owner, create(`@idempotent(key: "${key}") @dryRun`));
    expect(dry.extensions).toMatchObject({ dryRun: true });
    const done = await send(tenant.owner, create(`@idempotent(key: "${key}")`));
    expect(done.extensions.idempotency).toEqual({ replayed: false });
    expect(await customersOf(tenant)).toBe(1);
  });

  test.each([
    ['an empty key', '@idempotent(key: "")', '', {}, 'BAD_USER_INPUT'],
    ['a key that is too long', `@idempotent(key: "${'x'.repeat(256)}")`, '', {}, 'BAD_USER_INPUT'],
    ['a variable without a value', '@idempotent(key: $key)', '($key: String!)', {}, 'BAD_USER_INPUT'],
    ['a variable of another type', '@idempotent(key: $key)', '($key: String!)', { key: 7 }, 'BAD_USER_INPUT'],
    ['null in place of a default', '@idempotent(key: $key)', '($key: String = "x")', { key: null }, 'BAD_USER_INPUT'],
    ['a nullable variable', '@idempotent(key: $key)', '($key: String)', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['no key', '@idempotent', '', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['two keys', '@idempotent(key: "a") @idempotent(key: "b")', '', {}, 'GRAPHQL_VALIDATION_FAILED'],
  ])('refuses %s', async (_about, directive, declared, variables, code) => {
    const tenant = await newTenant();
    expect(refusalOf(await send(tenant.owner, create(directive, declared), variables))).toMatchObject({ code });
    expect(await customersOf(tenant)).toBe(0);
  });
});

describe('in the wrong place', () => {
  test.each(['@dryRun', '@idempotent(key: "k")'])('%s is refused', async (directive) => {
    const { owner } = await newTenant();
    const documents = [
      `query ${directive} { me { id } }`,
      `mutation { updateProfile(input: {}) ${directive} { id } }`,
      `mutation { ...F } fragment F on Mutation ${directive} { updateProfile(input: {}) { id } }`,
      `mutation { ... ${directive} { updateProfile(input: {}) { id } } }`,
    ];
    for (const document of documents)
      expect([document, refusalOf(await send(owner, document))?.code]).toEqual([document, 'GRAPHQL_VALIDATION_FAILED']);
  });

  test.each(['@dryRun', '@idempotent(key: "k")'])('%s does not suit a sign-in', async (directive) => {
    const { owner } = await newTenant();
    const document = `mutation ${directive} {
      login(input: { username: "${owner.username}", password: "${password}" }) { accessToken }
    }`;
    const path = directive.split('(')[0];
    expect(refusalOf(await send(owner, document))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path, code: 'NOT_ALLOWED' }],
    });
  });
});

test('serverInfo tells the limits that the server has', async () => {
  const { owner } = await newTenant();
  const { data } = await send(
    owner,
    `{ serverInfo { version
       limits { pageSize bulkRows filterValues documentBytes depth aliases rootFields cost } } }`,
  );
  const { version, limits } = data!.serverInfo as unknown as { version: string; limits: Record<string, number> };
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  const page = (first: number) => send(owner, `{ customers(first: ${first}) { nodes { id } } }`);
  expect((await page(limits.pageSize!)).errors).toBeUndefined();
  expect(refusalOf(await page(limits.pageSize! + 1))).toMatchObject({ reason: 'INVALID_PAGINATION' });
  const among = (count: number) =>
    send(owner, 'query ($ids: [ID!]!) { customers(filter: { id: { in: $ids } }) { totalCount } }', {
      ids: Array.from({ length: count }, () => v7()),
    });
  expect((await among(limits.filterValues!)).errors).toBeUndefined();
  expect(refusalOf(await among(limits.filterValues! + 1))).toMatchObject({ reason: 'INVALID_FILTER' });
  const aliased = (count: number) =>
    send(owner, `{ me { ${Array.from({ length: count }, (_, n) => `a${n}: id`).join(' ')} } }`);
  expect((await aliased(limits.aliases!)).errors).toBeUndefined();
  expect(refusalOf(await aliased(limits.aliases! + 1))).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  expect(limits).toMatchObject({ bulkRows: 1000, documentBytes: 65_536, depth: 10, rootFields: 20, cost: 10_000 });
});
