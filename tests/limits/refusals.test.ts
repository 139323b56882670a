import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, sendHttp } from '../support/http.js';
import { anotherServer, statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let server: string;
beforeAll(async () => {
  tenant = await newTenant();
  // Otherwise a busy machine would refuse some of them for another reason.
  server = await anotherServer({ MAX_EVENT_LOOP_DELAY: '60000' });
});

const send = (headers: object, body: string): Promise<Answer> =>
  sendHttp({ headers: { 'content-type': 'application/json', ...headers }, body }, { server });

/** Bytes of a refusal. */
const mostBytes = 100_000;

const Create = 'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { mode } }';
const List = 'query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }';

const bodies: [name: string, query: string, variables: object][] = [
  ['100,000 rows that are numbers', Create, { rows: Array(100_000).fill(1) }],
  ['800,000 rows that are texts', Create, { rows: Array(800_000).fill('x') }],
  ['1,500 rows with unknown fields', Create, { rows: Array(1500).fill({ a: 1, b: 2, input: { c: 3 } }) }],
  ['800,000 values that are not of their enum', List, { filter: { status: { in: Array(800_000).fill('x') } } }],
  ['1,900 values that are not of their enum', List, { filter: { status: { in: Array(1900).fill('x') } } }],
  ['400,000 values of a text', List, { filter: { name: { in: Array(400_000).fill('x') } } }],
  ['50,000 alternatives', List, { filter: { or: Array(50_000).fill({ name: { eq: 'x' } }) } }],
  [
    '100,000 unknown operators',
    List,
    { filter: Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, 1])) },
  ],
  [
    '200,000 variables that nobody uses',
    '{ __typename }',
    Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`v${n}`, 1])),
  ],
  ['1,000 lists of 1,000', List, { filter: Array(1000).fill(Array(1000).fill(1)) }],
  ['the same list 250 times', `{ ${'customers { nodes { id } } '.repeat(250)} }`, {}],
  ['the same lists of the same rows', `{ ${`customers { ${'nodes { id } '.repeat(22)} } `.repeat(19)} }`, {}],
];

describe.each([
  ['a stranger', () => ({})],
  ['a member', () => ({ authorization: `Bearer ${tenant.owner.token}` })],
])('%s', (_, headers) => {
  test.each(bodies)('is refused briefly, and without asking the database: %s', async (_name, query, variables) => {
    const body = JSON.stringify({ query, variables });
    let answer!: Answer;
    const statements = await statementsOf(async () => {
      answer = await send(headers(), body);
    });
    expect(statements).toEqual([]);
    expect(answer.text.length).toBeLessThan(mostBytes);
    const codes = answer.errors!.map(({ extensions }) => extensions.code);
    for (const code of codes) expect(['QUERY_TOO_COMPLEX', 'BAD_USER_INPUT', 'UNAUTHENTICATED']).toContain(code);
  });

  test.each([500, 1000, 1090, 1900])('gets a coded answer for a filter nested %i deep, at once', async (depth) => {
    let filter = {};
    for (let level = 0; level < depth; level += 1) filter = { not: filter };
    const body = JSON.stringify({ query: List, variables: { filter } });
    const { errors } = await send(headers(), body);
    expect(['QUERY_TOO_COMPLEX', 'BAD_USER_INPUT', 'UNAUTHENTICATED']).toContain(errors![0]!.extensions.code);
  });
});
