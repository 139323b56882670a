import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from './support/database.js';
import { expectAnswered, expectRefused, harmless, sendHttp } from './support/http.js';
import { anotherServer, origin } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

const json = () => ({ 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` });

const sendBody = (body: string) => sendHttp({ headers: json(), body });
const sendDocument = (query: string, variables?: object, server = origin) =>
  sendHttp({ headers: json(), body: JSON.stringify({ query, variables }) }, { server });

const list = (count: number, item: (n: number) => string) => Array.from({ length: count }, (_, n) => item(n)).join(' ');

describe('bodies', () => {
  test.each([
    ['a batch', `[${harmless},${harmless}]`],
    ['an empty list', '[]'],
    ['null', 'null'],
    ['a number', '42'],
    ['a text', '"{ me { id } }"'],
    ['true', 'true'],
    ['an empty object', '{}'],
    ['nothing', ''],
    ['half a body', '{"query":"{ me'],
    ['query null', '{"query":null}'],
    ['query as a list', '{"query":["{ me { id } }"]}'],
    ['query as a number', '{"query":42}'],
    ['an empty query', '{"query":""}'],
    ['variables as a list', '{"query":"{ me { id } }","variables":[]}'],
    ['variables as a text', '{"query":"{ me { id } }","variables":"{}"}'],
    ['operationName as a number', '{"query":"{ me { id } }","operationName":4}'],
    ['extensions as a number', '{"query":"{ me { id } }","extensions":4}'],
    ['a kept document that is none', '{"extensions":{"persistedQuery":null}}'],
    ['an operationName that is not in the document', '{"query":"query A { me { id } }","operationName":"B"}'],
    ['two operations and no operationName', '{"query":"query A { me { id } } query B { me { id } }"}'],
    ['__proto__ in the body', '{"query":"{ me { id } }","__proto__":{"admin":true}}'],
    ['__proto__ in variables', '{"query":"{ me { id } }","variables":{"a":[{"__proto__":{"admin":true}}]}}'],
    ['an escaped __proto__', '{"query":"{ me { id } }","variables":{"__pr\\u006fto__":{"admin":true}}}'],
  ])('%s is bad input that names the request', async (_name, body) => {
    const answer = await sendBody(body);
    await expectRefused(answer, 'BAD_USER_INPUT');
    expect(answer.errors![0]!.extensions.requestId).toBe(answer.headers.get('x-request-id'));
  });

  test.each([
    ['Latin-1', Buffer.from('{"query":"{ customers(search: \\"M\xfcller\\") { totalCount } }"}', 'latin1')],
    [
      'half a character',
      Buffer.concat([Buffer.from(harmless).subarray(0, -2), Buffer.from([0xc3]), Buffer.from('"}')]),
    ],
  ])('%s is refused, since its text would be another one', async (_name, body) => {
    const answer = await sendHttp({ headers: json(), body });
    await expectRefused(answer, 'BAD_USER_INPUT');
    expect(answer.errors![0]!.message).toBe('body: must be UTF-8');
  });

  test('a key that is refused is named', async () => {
    const { errors } = await sendBody('{"query":"{ me { id } }","variables":{"a":{"__proto__":{}}}}');
    expect(errors![0]!.message).toBe('body: must not have a key `__proto__`');
    const literal = `mutation { updateOrganization(id: "${tenant.id}", input: { settings: { __proto__: 1 } }) { id } }`;
    expect((await sendDocument(literal)).errors).toMatchObject([
      { extensions: { fields: [{ path: 'input.settings', code: 'INVALID' }] } },
    ]);
  });

  test('an operation is chosen by its name', async () => {
    const answer = await sendBody(
      '{"query":"query A { me { id } } query B { errorCodes { code } }","operationName":"A"}',
    );
    expect(answer).toMatchObject({ status: 200, data: { me: { id: tenant.owner.id } } });
  });
});

describe('documents', () => {
  const fragments = (count: number, type: string, body: (n: number) => string) =>
    list(count, (n) => `fragment f${n} on ${type} { ${body(n)} }`);
  const login = `login(input: { username: "nobody-${v7()}", password: "wrong-password" }) { accessToken }`;

  test.each<[string, string, string]>([
    ['of 10,000 tokens', `{ me { ${'id '.repeat(10_000)} } }`, 'QUERY_TOO_COMPLEX'],
    ['of 20,000 brackets', `{ customers(filter: ${'['.repeat(20_000)}`, 'QUERY_TOO_COMPLEX'],
    ['3,000 deep', '{ me '.repeat(3000) + '}'.repeat(3000), 'QUERY_TOO_COMPLEX'],
    ['600 deep', '{ me '.repeat(600) + '}'.repeat(600), 'QUERY_TOO_COMPLEX'],
    [
      '11 deep',
      `{ me { ${'memberships { user { '.repeat(4)} memberships { id } ${'} }'.repeat(4)} } }`,
      'QUERY_TOO_COMPLEX',
    ],
    [
      '11 deep through a fragment',
      `
        { me { ...a } }
        fragment a on User { ${'memberships { user { '.repeat(4)} memberships { id } ${'} }'.repeat(4)} }
      `,
      'QUERY_TOO_COMPLEX',
    ],
    ['with 2,000 duplicate fields', `{ me { ${'id '.repeat(1990)} } }`, 'QUERY_TOO_COMPLEX'],
    ['with 2,000 directives', `{ me { id ${'@include(if: true) '.repeat(2000)} } }`, 'QUERY_TOO_COMPLEX'],
    ['with 21 directives', `{ me { ${list(21, () => 'id @include(if: true)')} } }`, 'QUERY_TOO_COMPLEX'],
    ['with 31 aliases', `{ me { ${list(31, (n) => `a${n}: id`)} } }`, 'QUERY_TOO_COMPLEX'],
    ['with 21 root fields', `{ ${list(21, (n) => `a${n}: me { id }`)} }`, 'QUERY_TOO_COMPLEX'],
    [
      'with 21 root fields in fragments',
      `{ ...f0 ...f1 ...f2 } ${fragments(3, 'Query', (n) => list(7, (m) => `a${n}${m}: me { id }`))}`,
      'QUERY_TOO_COMPLEX',
    ],
    [
      'with 51 fragments',
      `{ me { ${list(51, (n) => `...f${n}`)} } } ${fragments(51, 'User', () => 'id')}`,
      'QUERY_TOO_COMPLEX',
    ],
    ['of more than 64 KB', `{ me { id } } #${'x'.repeat(65_536)}`, 'QUERY_TOO_COMPLEX'],
    ['of more than 64 KB in two-byte letters', `{ me { id } } #${'ö'.repeat(33_000)}`, 'QUERY_TOO_COMPLEX'],
    ['with a fragment inside itself', '{ ...a } fragment a on Query { ...a }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'with fragments in a circle',
      '{ me { ...a } } fragment a on User { ...b } fragment b on User { ...a }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'with 48 fragments in a circle, each spread twice',
      `{ ...f0 } ${fragments(48, 'Query', (n) => `...f${(n + 1) % 48} ...f${(n + 1) % 48}`)}`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['that is not GraphQL', 'select * from users', 'GRAPHQL_PARSE_FAILED'],
    ['of nothing but space', ' \n ', 'GRAPHQL_PARSE_FAILED'],
    ['with half a character', '{ customers(search: "\\ud800") { totalCount } }', 'GRAPHQL_PARSE_FAILED'],
    ['without an operation', 'fragment a on User { id }', 'GRAPHQL_VALIDATION_FAILED'],
    ['that defines a type', 'type A { b: String }', 'GRAPHQL_VALIDATION_FAILED'],
    ['asking for __proto__', '{ __proto__ { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['asking for an unknown field', '{ me { passwordHash } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['with aliased logins', `mutation { ${list(5, (n) => `a${n}: ${login}`)} }`, 'BAD_USER_INPUT'],
    [
      'with a login in a fragment beside another',
      `mutation { a: ${login} ...more } fragment more on Mutation { b: ${login} }`,
      'BAD_USER_INPUT',
    ],
    [
      'with a skipped field beside a login',
      `mutation { a: ${login} b: logout @skip(if: true) { revokedSessions } }`,
      'BAD_USER_INPUT',
    ],
    ['with 100 aliased logins', `mutation { ${list(100, (n) => `a${n}: ${login}`)} }`, 'QUERY_TOO_COMPLEX'],
  ])('a document %s is refused', async (_name, document, code) => {
    await expectRefused(await sendDocument(document), code);
  });

  test('requests at the limits are answered', async () => {
    const nested = `{ me { employee { ${'manager { '.repeat(7)} id ${'}'.repeat(7)} } } }`;
    for (const document of [
      nested,
      `{ ${list(20, (n) => `a${n}: me { id }`)} }`,
      `{ me { ${list(30, (n) => `a${n}: id`)} } }`,
      `{ me { ${list(20, () => 'id @include(if: true)')} } }`,
      `{ me { ${list(50, (n) => `...f${n}`)} } } ${fragments(50, 'User', () => 'id')}`,
      `{ me { id } } #${'x'.repeat(65_000)}`,
    ])
      expectAnswered(await sendDocument(document));
  });

  test('fragments that spread the next one twice cost no more than their number', async () => {
    const chain = fragments(48, 'User', (n) => (n < 47 ? `...f${n + 1} ...f${n + 1}` : 'id'));
    const answer = await sendDocument(`{ me { ...f0 } } ${chain}`);
    expect(answer).toMatchObject({ status: 200, data: { me: { id: tenant.owner.id } } });
  });

  test('a subscription is refused', async () => {
    await expectRefused(await sendDocument('subscription { customers { totalCount } }'), 'GRAPHQL_VALIDATION_FAILED');
  });
});

describe('variables', () => {
  const settings =
    'mutation ($value: JSON) { updateOrganization(id: "HERE", input: { settings: $value }) { id settings } }';
  const sendRaw = (query: string, value: string) =>
    sendBody(`{"query":${JSON.stringify(query.replace('HERE', tenant.id))},"variables":{"value":${value}}}`);
  const nested = (depth: number) => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`;

  test.each([
    ['a filter', 'query ($value: CustomerFilter) { customers(filter: $value) { totalCount } }', nested(100_000)],
    ['an object for settings', settings, nested(100_000)],
    ['lists for settings', settings, '['.repeat(100_000) + ']'.repeat(100_000)],
    ['something undeclared', 'query { me { id } }', nested(100_000)],
    [
      'an input with deprecated fields',
      'mutation ($value: UpdateProfileInput!) { updateMyAccount(input: $value) { id } }',
      '['.repeat(100_000) + ']'.repeat(100_000),
    ],
    [
      'a filter by ten thousand',
      'query ($value: CustomerFilter) { customers(filter: $value) { totalCount } }',
      nested(10_000),
    ],
  ])('nested 100,000 deep in %s are too complex', async (_name, query, value) => {
    await expectRefused(await sendRaw(query, value), 'QUERY_TOO_COMPLEX');
  });

  test.each([100, 1000])('a filter nested %i deep is an invalid filter', async (depth) => {
    const query = 'query ($value: CustomerFilter) { customers(filter: $value) { totalCount } }';
    const { errors } = await sendRaw(query, nested(depth));
    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_FILTER' });
  });

  const customers = 'query ($value: CustomerFilter) { customers(filter: $value) { totalCount } }';
  test.each<[string, string, string]>([
    ['an enum in the wrong case', customers, '{"status":{"eq":"active"}}'],
    ['an unknown filter', customers, '{"passwordHash":{"eq":"x"}}'],
    ['an instant on 30 February', customers, '{"createdAt":{"gte":"2026-02-30T00:00:00Z"}}'],
    ['an instant without zone', customers, '{"createdAt":{"gte":"2026-02-03T00:00:00"}}'],
    ['an instant in the year 10000', customers, '{"createdAt":{"lt":"9999-12-31T23:59:59-12:00"}}'],
    ['an instant before the year 1', customers, '{"createdAt":{"gt":"0001-01-01T00:00:00+14:00"}}'],
    ['a number for an instant', customers, '{"createdAt":{"gt":0}}'],
    ['NaN', customers, '{"rating":{"eq":"NaN"}}'],
    ['Infinity', customers, '{"rating":{"eq":1e309}}'],
    ['an exponent', customers, '{"rating":{"eq":"1e2"}}'],
    ['a boolean for a decimal', customers, '{"rating":{"eq":true}}'],
    ['a text for a list', 'query ($value: [CustomerOrder!]) { customers(orderBy: $value) { totalCount } }', '"NAME"'],
    ['2³¹ for an Int', 'query ($value: Int) { customers(first: $value) { totalCount } }', '2147483648'],
    ['a text for an Int', 'query ($value: Int) { customers(first: $value) { totalCount } }', '"5"'],
    ['half a number for an Int', 'query ($value: Int) { customers(first: $value) { totalCount } }', '1.5'],
    ['null for what is required', 'query ($value: ID!) { customer(id: $value) { id } }', 'null'],
    ['an object for an id', 'query ($value: ID!) { customer(id: $value) { id } }', '{"eq":"x"}'],
  ])('%s does not fit its type', async (_name, query, value) => {
    await expectRefused(await sendRaw(query, value), 'BAD_USER_INPUT');
  });

  test('null for a required argument, let in by a default of its variable, is bad input at its field', async () => {
    const answer = await sendRaw('query ($value: ID = "x") { customer(id: $value) { id } me { id } }', 'null');
    expect(answer).toMatchObject({ status: 200, data: { customer: null, me: { id: tenant.owner.id } } });
    expect(answer.errors).toMatchObject([{ path: ['customer'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test.each([
    ['from the year 1', '{"createdAt":{"gte":"0001-01-02T00:00:00Z"}}', 1],
    ['until the year 9999', '{"createdAt":{"lte":"9999-12-31T23:59:59Z"}}', 1],
    ['beyond 2⁵³', '{"creditLimit":{"lt":"9007199254740993"}}', 1],
    ['beyond every column', '{"creditLimit":{"gt":"999999999999999999999999999999.99"}}', 0],
    ['minus zero', '{"creditLimit":{"gt":-0}}', 1],
    ['with a quote', `{"name":{"eq":"' or 1=1 --"}}`, 0],
    ['with a letter beyond the basic plane', '{"name":{"contains":"😀"}}', 1],
    ['with right-to-left and zero-width characters', '{"name":{"contains":"שלום\\u200d"}}', 1],
  ])('a filter %s gives the right rows', async (_name, filter, count) => {
    const own = await newTenant();
    const input = { email: 'ada@example.com', name: 'Ada 😀 שלום\u200d', creditLimit: '12.50' };
    await own.owner.request('mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }', {
      input,
    });
    const headers = { ...json(), authorization: `Bearer ${own.owner.token}` };
    const answer = await sendHttp({
      headers,
      body: `{"query":${JSON.stringify(customers)},"variables":{"value":${filter}}}`,
    });
    expect(answer).toMatchObject({ data: { customers: { totalCount: count } } });
  });

  test.each([
    ['NUL', '{"a":"\\u0000"}'],
    ['NUL in a name', '{"\\u0000":1}'],
    ['half a character', '{"a":["\\ud800"]}'],
    ['a list', '[]'],
    ['11 levels', `${'{"a":'.repeat(11)}1${'}'.repeat(11)}`],
    ['more than 16 KB', `{"a":"${'x'.repeat(16_400)}"}`],
    ['null', 'null'],
  ])('settings with %s are bad input', async (_name, value) => {
    const answer = await sendRaw(settings, value);
    expect(answer.data).toEqual({ updateOrganization: null });
    expect(answer.errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', fields: [{ path: 'input.settings' }] } },
    ]);
  });

  test('settings come back as they were sent', async () => {
    const value = { a: '\\u0000', 'ключ 😀': [1, 0.5, null, true, { constructor: 'toString' }] };
    const { data } = await sendRaw(settings, JSON.stringify(value));
    expect(data).toMatchObject({ updateOrganization: { settings: value } });
  });

  const create = 'mutation ($value: CreateCustomerInput!) { createCustomer(input: $value) { id rating creditLimit } }';
  test.each<[string, Record<string, unknown>, string]>([
    ['2⁵³ + 1', { creditLimit: Number('9007199254740993') }, 'input.creditLimit'],
    ['a third decimal', { creditLimit: '1.005' }, 'input.creditLimit'],
    ['a sum of floats', { creditLimit: 0.1 + 0.2 }, 'input.creditLimit'],
    ['less than nothing', { creditLimit: '-0.01' }, 'input.creditLimit'],
    ['a rating of 0.99', { rating: '0.99' }, 'input.rating'],
    ['a text of 1 MB', { description: 'x'.repeat(1_000_000) }, 'input.description'],
    ['an empty name', { name: ' ' }, 'input.name'],
    ['a NUL', { name: 'a\u0000b' }, 'input.name'],
    ['a control character', { name: 'a\u0007b' }, 'input.name'],
    ['half a character', { name: 'a\ud800' }, 'input.name'],
    ['51 characters in a tag', { tags: ['x'.repeat(51)] }, 'input.tags'],
    ['a script for a URL', { website: 'javascript:alert(1)' }, 'input.website'],
    ['an address without a domain', { email: 'ada' }, 'input.email'],
    ['a malformed id', { assignedToId: "1' or '1'='1" }, 'input.assignedToId'],
  ])('a customer with %s is bad input that names the field', async (_name, fields, path) => {
    const answer = await sendDocument(create, { value: { email: 'grace@example.com', ...fields } });
    expect(answer).toMatchObject({ status: 200, data: { createCustomer: null } });
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
    expect(answer.text.length).toBeLessThan(5000);
  });

  test('all input errors come together, and nothing is kept', async () => {
    const value = { email: 'nobody', rating: 6, tags: [''], website: 'ftp://x.example' };
    const { errors } = await sendDocument(create, { value });
    const paths = (errors![0]!.extensions.fields as { path: string }[]).map(({ path }) => path).sort();
    expect(paths).toEqual(['input.email', 'input.rating', 'input.tags', 'input.website']);
    expect(await sql(`select from customers where organization_id = $1`, [tenant.id])).toEqual([]);
  });
});

describe('production', () => {
  let production: string;
  beforeAll(async () => {
    production = await anotherServer({ NODE_ENV: 'production' });
  });

  test.each<[string, string, object]>([
    ['a field', '{ custmers { totalCount } }', {}],
    ['an argument', '{ customers(fiter: 1) { totalCount } }', {}],
    ['an enum value', '{ customers(filter: { status: { eq: activ } }) { totalCount } }', {}],
    ['a type', 'query ($f: CustomerFiltr) { customers(filter: $f) { totalCount } }', {}],
    [
      'an enum value in variables',
      'query ($f: CustomerStatus) { customers(filter: { status: { eq: $f } }) { totalCount } }',
      { f: 'ACTIV' },
    ],
    [
      'an input field in variables',
      'query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }',
      { f: { statu: {} } },
    ],
  ])('does not suggest %s', async (_name, query, variables) => {
    const answer = await sendDocument(query, variables, production);
    await expectRefused(answer, 'f' in variables ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED');
    expect(answer.text).not.toMatch(/did you mean/i);
  });

  const asStranger = (query: string, server: string) =>
    sendHttp({ headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) }, { server });

  test.each([
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Query") { name } }',
    '{ ...F } fragment F on Query { s: __schema { queryType { name } } }',
  ])('tells its schema to those who are signed in: %s', async (query) => {
    const { errors } = await asStranger(query, production);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' } }]);
    expectAnswered(await sendDocument(query, undefined, production));
    expectAnswered(await asStranger(query, origin));
  });

  test('tells everybody the names of types in answers', async () => {
    expectAnswered(await asStranger('{ __typename errorCodes { __typename } }', production));
  });

  test('while development does', async () => {
    expect((await sendDocument('{ custmers { totalCount } }')).text).toMatch(/did you mean/i);
  });

  test('shows no stack traces, whatever is wrong', async () => {
    const answers = await Promise.all([
      sendDocument('{', undefined, production),
      sendDocument('{ customer(id: "x") { id } }', undefined, production),
      sendDocument(`{ ${list(21, (n) => `a${n}: me { id }`)} }`, undefined, production),
      sendHttp({ headers: json(), body: '{' }, { server: production }),
      sendHttp({ headers: json(), body: '[]' }, { server: production }),
      sendHttp({ method: 'GET' }, { server: production, path: '/%zz' }),
    ]);
    for (const { text, errors } of answers) {
      expect(errors![0]!.extensions.code).toBeTruthy();
      expect(text).not.toMatch(/stack|\.js:\d|\.ts:\d|node_modules/);
    }
  });
});
