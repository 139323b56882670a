import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GraphQLClient, gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql, urls } from '../support/database.js';
import { anotherServer, origin, refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

interface Result {
  summary: Record<string, number>;
  results: {
    ref: string | null;
    status: string;
    errors: { code: string; path: string | null; fieldCode: string; message: string }[];
  }[];
}

const bulk = (mutation: string, rowType: string) => gql`
  mutation ($rows: [${rowType}!]!, $mode: BulkMode) {
    done: ${mutation}(rows: $rows, mode: $mode) {
      summary { created updated failed notAttempted }
      results { ref status errors { code reason path fieldCode message } }
    }
  }
`;
const CreateCustomers = bulk('createCustomers', 'CreateCustomerRow');

const address = () => `${v7()}@misfits.example`;
const sound = (input: object = {}) => ({ ref: 'sound', input: { name: 'Kim', email: address(), ...input } });

let tenant: Tenant;
/** The owner, at the server that compiles documents and at one that interprets them. */
let servers: Record<'compiled' | 'interpreted', Pick<Person, 'request'>>;

beforeAll(async () => {
  tenant = await newTenant();
  const reference = await anotherServer({ NODE_ENV: 'test' }, urls.databaseUrl, { interprets: true });
  const headers = { authorization: `Bearer ${tenant.owner.token}` };
  servers = {
    compiled: new GraphQLClient(`${origin}/graphql`, { headers }),
    interpreted: new GraphQLClient(`${reference}/graphql`, { headers }),
  };
});

const each = test.each(['compiled', 'interpreted'] as const);

/** Sends rows as often as it takes to be compiled, and once more; answers the last time. */
async function run(
  client: Pick<Person, 'request'>,
  rows: unknown,
  { document = CreateCustomers, mode = 'PER_ROW', headers = {} } = {},
): Promise<Result> {
  let done: Result | undefined;
  for (let time = 0; time < 3; time += 1)
    ({ done } = await client.request<{ done: Result }>(
      document,
      { rows: JSON.parse(JSON.stringify(rows)), mode },
      headers,
    ));
  return done!;
}

const statuses = ({ results }: Result) => results.map(({ status }) => status);
const pathsOf = ({ results }: Result, place = 0) => results[place]!.errors.map(({ path }) => path).sort();

/** Customers that were written under an e-mail address. */
const written = async (...addresses: string[]) =>
  (await sql('select email from customers where email = any($1) order by 1', [addresses])).map(({ email }) => email);

const misfits: [string, unknown, (string | null)[]][] = [
  ['a decimal comma', sound({ creditLimit: '4,5' }), ['input.creditLimit']],
  ['a text for a number', sound({ rating: '4,5' }), ['input.rating']],
  ['an unknown value of an enum', sound({ status: 'active' }), ['input.status']],
  ['an unknown field', sound({ colour: 'red' }), ['input.colour']],
  ['an unknown field of an odd name', sound({ 'two "words"': 1 }), ['input.two "words"']],
  ['an unknown field beside the input', { ...sound(), colour: 'red' }, ['colour']],
  ['a missing input', { ref: 'lost' }, ['input']],
  ['null for the input', { input: null }, ['input']],
  ['a text for the input', { input: 'Kim' }, ['input']],
  ['a list for the input', { input: [{ name: 'Kim' }] }, ['input']],
  ['a number in a list of texts', sound({ tags: ['a', 5, {}] }), ['input.tags.1', 'input.tags.2']],
  ['an object for a list', sound({ tags: {} }), ['input.tags']],
  ['null for the row', null, [null]],
  ['a text for the row', 'Kim', [null]],
  ['a list for the row', [sound()], [null]],
  ['a number for the mark', { ...sound(), ref: 5 }, ['ref']],
];

describe('of a row that does not fit its type', () => {
  each('each of the faults is told and its siblings are written, %s', async (server) => {
    for (const [what, row, paths] of misfits) {
      const [one, other] = [address(), address()];
      const rows = [sound({ email: one }), row, sound({ email: other })];
      const first = await run(servers[server], rows, { mode: 'ATOMIC' });
      expect([what, statuses(first)]).toEqual([what, ['NOT_ATTEMPTED', 'FAILED', 'NOT_ATTEMPTED']]);
      expect(await written(one, other)).toEqual([]);
      const { done } = await servers[server].request<{ done: Result }>(CreateCustomers, { rows, mode: 'PER_ROW' });
      expect([what, statuses(done)]).toEqual([what, ['CREATED', 'FAILED', 'CREATED']]);
      expect([what, pathsOf(done, 1)]).toEqual([what, paths]);
      expect(new Set(done.results[1]!.errors.map(({ code }) => code))).toEqual(new Set(['BAD_USER_INPUT']));
      expect(await written(one, other)).toHaveLength(2);
    }
  });

  each('all faults are told together, those of our own checks too, %s', async (server) => {
    const row = { ref: 'mine', input: { email: 'nowhere', rating: {}, colour: 1, phone: '0'.repeat(99), tags: [[]] } };
    const result = await run(servers[server], [row]);
    expect(pathsOf(result)).toEqual(['input.colour', 'input.email', 'input.phone', 'input.rating', 'input.tags.0']);
    expect(result.results[0]).toMatchObject({ ref: 'mine', status: 'FAILED' });
  });

  each('a missing value is reported as missing, an impossible one as impossible, %s', async (server) => {
    const document = bulk('updateCustomers', 'UpdateCustomerRow');
    const result = await run(servers[server], [{ input: { rating: 'high', colour: 1 } }], { document });
    const told = result.results[0]!.errors.map(({ path, fieldCode, message }) => [path, [fieldCode, message]]);
    expect(Object.fromEntries(told)).toEqual({
      id: ['REQUIRED', 'must be given'],
      'input.colour': ['INVALID', 'is not a field of this input'],
      'input.rating': ['INVALID', expect.stringContaining('Decimal must be')],
    });
  });

  each('upserts, deletions and verbs tell it as well, %s', async (server) => {
    const calls: [string, string, object, string[]][] = [
      [
        'upsertCustomers',
        'UpsertCustomerRow',
        { by: { email: 5 }, input: { rating: 'x' } },
        ['by.email', 'input.rating'],
      ],
      ['deleteCustomers', 'RecordRow', { id: {}, expectedVersion: 'x' }, ['expectedVersion', 'id']],
      ['markDealsWon', 'MarkDealWonRow', { id: v7(), actualCloseDate: 'soon' }, ['actualCloseDate']],
      ['assignLeads', 'AssignmentRow', { id: true, employeeId: [] }, ['employeeId', 'id']],
      ['updateEmployees', 'UpdateEmployeeRow', { id: v7() }, ['input']],
      ['updateEmployees', 'UpdateEmployeeRow', { input: 'x' }, ['id', 'input']],
    ];
    for (const [mutation, rowType, row, paths] of calls)
      expect(pathsOf(await run(servers[server], [row], { document: bulk(mutation, rowType) }))).toEqual(paths);
  });

  test('is told to those alone who have the permission', async () => {
    const client = (await tenant.member('Viewer')).as(tenant.id);
    expect(await refusal(run(client, [{ input: 5 }]))).toMatchObject({ code: 'FORBIDDEN' });
    const document = bulk('updateEmployees', 'UpdateEmployeeRow');
    expect(await refusal(run(client, [{ input: 5 }], { document }))).toMatchObject({ code: 'FORBIDDEN' });
  });

  each('a rehearsal and a key tell the same, %s', async (server) => {
    const email = address();
    const rows = [sound({ email }), sound({ rating: 'x' })];
    const rehearsed = await run(servers[server], rows, { headers: { 'X-Dry-Run': 'true' } });
    expect(statuses(rehearsed)).toEqual(['CREATED', 'FAILED']);
    expect(await written(email)).toEqual([]);
    const keyed = await run(servers[server], rows, { headers: { 'Idempotency-Key': v7() } });
    expect(keyed).toEqual(rehearsed);
    expect(await written(email)).toEqual([email]);
  });
});

describe('rows as a whole', () => {
  each('one object is a list of one, %s', async (server) => {
    const { done } = await servers[server].request<{ done: Result }>(CreateCustomers, { rows: sound() });
    expect(statuses(done)).toEqual(['CREATED']);
    expect(statuses(await run(servers[server], 'Kim'))).toEqual(['FAILED']);
  });

  each('null and nothing are refused, %s', async (server) => {
    for (const variables of [{ rows: null }, {}] as object[])
      expect(await refusal(servers[server].request(CreateCustomers, variables))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [expect.objectContaining({ path: 'rows' })],
      });
  });

  each('left to their default, they are as the document has them, %s', async (server) => {
    const document = `mutation ($rows: [CreateCustomerRow!] = [{ input: { name: "Dee", email: "${address()}" } }]) {
      done: createCustomers(rows: $rows) { results { status errors { path } } }
    }`;
    const { done } = await servers[server].request<{ done: Result }>(document);
    expect(statuses(done)).toEqual(['CREATED']);
    expect(await refusal(servers[server].request(document, { rows: null }))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  each('two calls may have the same, %s', async (server) => {
    const document = `mutation ($rows: [CreateCustomerRow!]!) {
      a: createCustomers(rows: $rows, mode: PER_ROW) { results { status errors { code path } } }
      b: createCustomers(rows: $rows, mode: PER_ROW) { results { status errors { code path } } }
    }`;
    for (let time = 0; time < 3; time += 1) {
      const { a, b } = await servers[server].request<{ a: Result; b: Result }>(document, {
        rows: [sound({ phone: '' }), sound({ rating: 'x' })],
      });
      expect([statuses(a), statuses(b)]).toEqual([
        ['CREATED', 'FAILED'],
        ['FAILED', 'FAILED'],
      ]);
      expect([pathsOf(a, 1), pathsOf(b, 0), pathsOf(b, 1)]).toEqual([
        ['input.rating'],
        ['input.email'],
        ['input.rating'],
      ]);
    }
  });

  each('those that are used elsewhere too are refused as a whole, %s', async (server) => {
    const document = `mutation ($id: ID!, $rows: [CreateCustomerRow!]!) {
      createCustomers(rows: $rows, mode: PER_ROW) { summary { created } }
      updateOrganization(id: $id, input: { settings: { rows: $rows } }) { settings }
    }`;
    for (let time = 0; time < 3; time += 1) {
      const faulty = servers[server].request(document, { id: tenant.id, rows: [sound(), sound({ rating: 'x' })] });
      expect(await refusal(faulty)).toMatchObject({ fields: [{ path: 'rows.1.input.rating', code: 'INVALID' }] });
      const rows = [sound()];
      const answer = await servers[server].request<{ createCustomers: Result }>(document, { id: tenant.id, rows });
      expect(answer.createCustomers.summary.created).toBe(1);
    }
  });

  each('in the document, or with a variable in their list, they are refused as a whole, %s', async (server) => {
    const literal =
      'mutation { createCustomers(rows: [{ input: { name: "A", rating: "x" } }]) { summary { created } } }';
    expect(await refusal(servers[server].request(literal))).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    const listed = 'mutation ($row: CreateCustomerRow!) { createCustomers(rows: [$row]) { summary { created } } }';
    const faulty = servers[server].request(listed, { row: sound({ rating: 'x' }) });
    expect(await refusal(faulty)).toMatchObject({ fields: [{ path: 'row.input.rating', code: 'INVALID' }] });
  });
});

test('every row has its own fate, which the other rows do not change', async () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const input = fc.oneof(
    value,
    fc.record(
      { name: value, email: fc.oneof(value, fc.constant('a@b.example')), rating: value, tags: value, status: value },
      { requiredKeys: [] },
    ),
  );
  const row = fc.oneof(value, fc.record({ ref: value, input, colour: value }, { requiredKeys: [] }));
  const dry = { 'X-Dry-Run': 'true' };
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), async (rows) => {
      const [compiled, reference] = await Promise.all(
        [servers.compiled, servers.interpreted].map((client) =>
          client.request<{ done: Result }>(CreateCustomers, { rows: [...rows, sound()], mode: 'PER_ROW' }, dry),
        ),
      );
      expect(compiled).toEqual(reference);
      const told = statuses(compiled!.done);
      expect(told.at(-1)).toBe('CREATED');
      for (const [place, one] of rows.entries()) {
        const alone = await servers.compiled.request<{ done: Result }>(
          CreateCustomers,
          { rows: [one], mode: 'PER_ROW' },
          dry,
        );
        if (alone.done.results[0]!.status === 'FAILED')
          expect(compiled!.done.results[place]).toEqual({ ...alone.done.results[0] });
      }
    }),
    { numRuns: 30 },
  );
});
