import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, print, separateOperations } from 'graphql';
import { type App, makeApp } from '../src/app.js';
import { readConfig } from '../src/platform/config.js';
import { interpreting } from '../src/platform/graphql/execution.js';
import { newCustomer } from './support/customers.js';
import { sql, urls } from './support/database.js';
import { newDeal, newLead, send } from './support/sales.js';
import { keys, origin } from './support/server.js';
import { newTenant, type Person } from './support/tenant.js';

let interpreted: App;
let reference: string;
let owner: Person;
let rep: Person;
let variables: Record<string, unknown>;

beforeAll(async () => {
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent' });
  interpreted = await makeApp(config, urls.databaseUrl, keys, interpreting);
  reference = await interpreted.http.listen({ host: '127.0.0.1', port: 0 });
  const tenant = await newTenant();
  owner = tenant.owner;
  rep = await tenant.member('Sales Rep');
  const assignedToId = await tenant.employee({ userId: rep.id });
  const lead = await newLead(owner, { assignedToId });
  const { customer, deal } = await send<Record<'customer' | 'deal', { id: string }>>(owner, 'convertLead', {
    id: lead.id,
    input: { createDeal: { value: '100' } },
  });
  await newCustomer(owner, { name: 'Kim' });
  const won = await newDeal(owner, { customerId: customer.id, value: '20', assignedToId });
  await send(owner, 'markWon', { id: won.id });
  variables = { customer: customer.id, deal: deal.id, lead: lead.id, employee: assignedToId };
});

afterAll(() => interpreted.close());

async function answerOf(server: string, person: Person, query: string, more: object, operationName?: string) {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
    body: JSON.stringify({ query, variables: more, operationName }),
  });
  const { data, errors } = (await response.json()) as {
    data?: object;
    errors?: { extensions: Record<string, unknown> }[];
  };
  // Requests have ids of their own, and fields that fail side by side do so in any order.
  for (const { extensions } of errors ?? []) delete extensions.requestId;
  return { status: response.status, data, errors: errors?.map((error) => JSON.stringify(error)).sort() };
}

/** Compiled and interpreted, a document has the same data and the same errors. */
async function compare(query: string, more: object = {}, operationName?: string): Promise<void> {
  for (const person of [owner, rep]) {
    const wanted = await answerOf(reference, person, query, more, operationName);
    expect(await answerOf(origin, person, query, more, operationName)).toEqual(wanted);
    // And once more: the second time it is compiled.
    expect(await answerOf(origin, person, query, more, operationName)).toEqual(wanted);
  }
}

const folder = new URL('./screens/', import.meta.url);
const screens = readdirSync(folder)
  .flatMap((file) => Object.entries(separateOperations(parse(readFileSync(new URL(file, folder), 'utf8')))))
  .filter(([, document]) => document.definitions.some((it) => 'operation' in it && it.operation === 'query'))
  .map(([name, document]): [string, string] => [name, print(document)]);

test.each(screens)('%s', async (name, query) => {
  const about = Object.keys(variables).find((noun) => name.toLowerCase().startsWith(noun));
  await compare(query, {
    id: about ? variables[about] : null,
    search: 'k',
    stageId: variables.deal,
    after: 'no cursor',
  });
});

test.each([
  [
    'aliases of one field',
    '{ a: customers(first: 1) { nodes { id } } b: customers(last: 1) { nodes { name id } } }',
    {},
  ],
  [
    'fragments that overlap',
    '{ deals { nodes { ...A ...B ... on Deal { customer { name } } } } } fragment A on Deal { customer { id } } fragment B on Deal { customer { email } }',
    {},
  ],
  [
    'skip and include',
    'query ($yes: Boolean!, $no: Boolean!) { deals { totalCount @skip(if: $yes) nodes { id @include(if: $yes) title @include(if: $no) customer @skip(if: $no) { name } } } }',
    { yes: true, no: false },
  ],
  ['a variable of the wrong type', 'query ($first: Int) { deals(first: $first) { totalCount } }', { first: 'q' }],
  ['a variable that is missing', 'query ($id: ID!) { deal(id: $id) { id } }', {}],
  [
    'defaults of variables',
    'query ($first: Int = 1, $search: String) { deals(first: $first, search: $search) { nodes { id } } }',
    {},
  ],
  [
    'lists given as one',
    'query ($s: DealStatus!) { deals(filter: { status: { in: [$s] } }, orderBy: { field: TITLE }) { nodes { title } } }',
    { s: 'WON' },
  ],
  ['fields that are refused below', '{ employees { nodes { id performance { customers } salary } } }', {}],
  ['a root field that is refused beside one that is not', '{ roles { totalCount } deals { totalCount } }', {}],
  [
    'bad arguments, nested and not',
    '{ deals(first: 0) { totalCount } customers { nodes { deals(first: 101) { totalCount } } } }',
    {},
  ],
  ['an unknown record', '{ deal(id: "01890000-0000-7000-8000-000000000000") { id } }', {}],
  [
    'analyses',
    '{ dealAnalytics(groupBy: [{ field: STATUS }]) { groups { count n: count(filter: { value: {} }) } } analytics { dashboard { deals { won } } } }',
    {},
  ],
  ['type names', '{ __typename deals { __typename nodes { __typename } } }', {}],
  [
    'the schema',
    '{ __schema { queryType { name fields { name args { name defaultValue } } } } __type(name: "Deal") { name } }',
    {},
  ],
] as [string, string, object][])('%s', async (_, query, more) => {
  await compare(query, more);
});

test('fields that fail unexpectedly', async () => {
  await sql('revoke select on vendors from crm_app');
  try {
    await compare('{ vendors { totalCount nodes { name } } deals { totalCount } vendorStats { total } }');
  } finally {
    await sql('grant select on vendors to crm_app');
  }
});

test('one of several operations', async () => {
  const document = 'query A { deals { totalCount } } query B { customers { totalCount } }';
  await compare(document, {}, 'A');
  await compare(document, {}, 'B');
  await compare(document, {}, 'C');
  await compare(document);
});

test('a mutation whose second field fails', async () => {
  const query =
    'mutation ($id: ID!) { a: updateCustomer(id: $id, input: {}) { name } b: updateCustomer(id: $id, input: { email: "x" }) { name } }';
  await compare(query, { id: variables.customer });
});
