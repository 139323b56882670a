import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { parse, print, separateOperations } from 'graphql';
import { createClient } from 'graphql-sse';
import { newCustomer } from './support/customers.js';
import { sql, urls } from './support/database.js';
import { newDeal, newLead, send } from './support/sales.js';
import { anotherServer, origin } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let reference: string;
let tenant: Tenant;
let owner: Person;
let rep: Person;
let variables: Record<string, unknown>;

beforeAll(async () => {
  reference = await anotherServer({ NODE_ENV: 'test' }, urls.databaseUrl, { interprets: true });
  tenant = await newTenant();
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
    expect(String(wanted.errors)).not.toContain('GRAPHQL_VALIDATION_FAILED');
    expect(await answerOf(origin, person, query, more, operationName)).toEqual(wanted);
    // And twice more: from the second time on it is compiled.
    expect(await answerOf(origin, person, query, more, operationName)).toEqual(wanted);
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
    `
      { deals { nodes { ...A ...B ... on Deal { customer { name } } } } }
      fragment A on Deal { customer { id } }
      fragment B on Deal { customer { email } }
    `,
    {},
  ],
  [
    'skip and include',
    `
      query ($yes: Boolean!, $no: Boolean!) {
        deals {
          totalCount @skip(if: $yes)
          nodes { id @include(if: $yes) title @include(if: $no) customer @skip(if: $no) { name } }
        }
      }
    `,
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
    `
      query ($s: DealStatus!) {
        deals(filter: { status: { in: [$s] } }, orderBy: { field: TITLE }) { nodes { title } }
      }
    `,
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
    `
      {
        dealAnalytics(groupBy: [{ field: STATUS }]) { groups { count n: count(filter: { value: {} }) } }
        analytics { dashboard { deals { won } } }
      }
    `,
    {},
  ],
  [
    'null for arguments that have defaults but cannot be null',
    `query ($no: Boolean = true, $metric: PerformanceMetric = REVENUE, $period: PeriodUnit = MONTH) {
      upcomingActivities(mine: $no) { title }
      leadAnalytics(fillGaps: $no) { total { count } }
      analytics { topPerformers(metric: $metric) { customers } revenueByPeriod(period: $period) { period } }
    }`,
    { no: null, metric: null, period: null },
  ],
  [
    'the same arguments left to their defaults',
    `query ($no: Boolean = false, $metric: PerformanceMetric = REVENUE, $limit: Int) {
      leadAnalytics(fillGaps: $no, limit: $limit) { total { count } }
      analytics { topPerformers(metric: $metric) { customers } }
    }`,
    {},
  ],
  [
    'null inside a literal where it cannot be',
    `query ($d: OrderDirection = ASC) {
      deals(orderBy: [{ field: TITLE, direction: $d }]) { totalCount nodes { title } }
    }`,
    { d: null },
  ],
  [
    'variables left out inside literals',
    `query ($s: DealStatus, $t: String) {
      deals(orderBy: [{ field: TITLE, direction: DESC }], filter: { status: { eq: $s }, title: { contains: $t } }) {
        nodes { title }
      }
      a: deals(orderBy: { field: TITLE, direction: ASC }, filter: { status: { eq: $s, ne: LOST } }) { totalCount }
      b: leads(orderBy: [{ field: NAME }], filter: { or: [{ name: { eq: $t } }, { status: { isNull: false } }] }) {
        totalCount
      }
    }`,
    {},
  ],
  [
    'null for the condition of a directive',
    `query ($yes: Boolean = true, $no: Boolean = false) {
      deals { totalCount nodes @skip(if: $no) { id title @include(if: $yes) } }
    }`,
    { yes: null },
  ],
  [
    'null for the condition of a directive on a root field',
    'query ($yes: Boolean = true) { deals @include(if: $yes) { totalCount } customers { totalCount } }',
    { yes: null },
  ],
  [
    'a fragment under a condition here and without one there',
    `query ($no: Boolean!) {
      deals { nodes { ...Named @include(if: $no) } }
      other: deals { nodes { ...Named } }
    } fragment Named on Deal { title }`,
    { no: false },
  ],
  ['an alias called __proto__', '{ __proto__: deals { totalCount nodes { __proto__: title id } } }', {}],
  [
    'aliases that join to the same name',
    `{
      deals { nodes { id customer { deals(first: 1) { totalCount } } } }
      deals_customer: customers { nodes { name email } }
      customer_deals: leads { totalCount }
      deal_first: deals { first_deal: nodes { title } } first: deals { deal: nodes { id } }
    }`,
    {},
  ],
  [
    'a node of each type that is asked about, and one that is not',
    `query ($customer: ID!, $deal: ID!, $lead: ID!, $employee: ID!) {
      c: node(id: $customer) { ...Known }
      d: node(id: $deal) { ...Known }
      all: nodes(ids: [$lead, $employee, $deal, $customer, $lead, "01890000-0000-7000-8000-000000000000"]) {
        ...Known id
        ... on Node { __typename ... on Lead { status deals(first: 1) { totalCount nodes { title } } } }
      }
      deal(id: $deal) { ... on Node { id ... on Deal { title } } customer { ...Named } }
    }
    fragment Known on Node {
      __typename ...Named
      ... on Deal { name: title dealStatus: status lead { id } customer { ...Named } }
    }
    fragment Named on Customer { id name deals(orderBy: [{ field: TITLE }]) { totalCount nodes { title ...Sold } } }
    fragment Sold on Deal { stageHistory { totalCount } }`,
    'ids',
  ],
  [
    'nodes whose fields are refused',
    `query ($employee: ID!, $customer: ID!) {
      nodes(ids: [$employee, $customer]) {
        ... on Employee { salary directReports { totalCount } performance { customers } }
        ... on Customer { deals(first: 0) { totalCount } notes { totalCount } }
      }
      node(id: "none") { id }
    }`,
    'ids',
  ],
  [
    'what all records have, and what all versioned ones have',
    `query ($customer: ID!, $deal: ID!, $lead: ID!) {
      node(id: $deal) {
        ... on Record { id version createdAt }
        ... on Deal { title customer { ... on Record { version } } }
      }
      nodes(ids: [$customer, $lead]) { __typename id ... on Record { version updatedAt } }
      deal(id: $deal) { ...Versioned title stageHistory { nodes { ... on Node { id } } } }
      deals { nodes { ...Versioned } }
    }
    fragment Versioned on Record { id version updatedAt }`,
    'ids',
  ],
  [
    'nodes under a condition',
    'query ($deal: ID!, $no: Boolean = false) { node(id: $deal) { ... on Deal @skip(if: $no) { title } } }',
    'ids',
  ],
  ['type names', '{ __typename deals { __typename nodes { __typename } } }', {}],
  [
    'the schema',
    '{ __schema { queryType { name fields { name args { name defaultValue } } } } __type(name: "Deal") { name } }',
    {},
  ],
] as [string, string, object | 'ids'][])('%s', async (_, query, more) => {
  await compare(query, more === 'ids' ? variables : more);
});

test.each([
  ['with aliases and fragments', 'n: id ...Where record { __typename ...Named ... on Deal { title } }'],
  ['of which some are refused', 'id recordType recordId record { ... on Employee { salary } }'],
  ['under a condition', 'id recordId @skip(if: true) changeSet { actorName actor { ... on User { username } } }'],
])('the events of a subscription, %s', async (_, selection) => {
  const from = await owner.request<{ changes: { pageInfo: { endCursor: string } } }>(
    '{ changes(first: 1) { pageInfo { endCursor } } }',
  );
  const query = `subscription ($after: String) { changeAdded(after: $after) { change { ${selection} } } }
    ${selection.includes('...Where') ? 'fragment Where on Change { recordType recordId fields { f: name after } }' : ''}
    ${selection.includes('...Named') ? 'fragment Named on Customer { id name deals { totalCount } }' : ''}`;
  const eventsAt = async (server: string, person: Person) => {
    const client = createClient({
      url: `${server}/graphql`,
      headers: { authorization: `Bearer ${person.token}` },
      retryAttempts: 0,
    });
    const events: object[] = [];
    const variables = { after: from.changes.pageInfo.endCursor };
    try {
      for await (const event of client.iterate<{ changeAdded: { change: object | null } }>({ query, variables })) {
        for (const { extensions } of event.errors ?? []) delete extensions!.requestId;
        events.push(event);
        if (event.data && !event.data.changeAdded.change) break;
      }
    } finally {
      client.dispose();
    }
    return events;
  };
  for (const person of [owner, rep]) {
    const wanted = await eventsAt(reference, person);
    expect(wanted.length).toBeGreaterThan(10);
    expect(await eventsAt(origin, person)).toEqual(wanted);
  }
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
  const query = `
      mutation ($id: ID!) {
        a: updateCustomer(id: $id, input: {}) { name }
        b: updateCustomer(id: $id, input: { email: "x" }) { name }
      }
    `;
  await compare(query, { id: variables.customer });
});

/** Sends a mutation as often as it takes to be compiled, and once more. */
async function thrice(query: string, more: object): Promise<void> {
  for (let time = 0; time < 3; time += 1)
    expect(await answerOf(origin, owner, query, more)).toMatchObject({ errors: undefined });
}

test('fields left out by a variable stay as they are, however often the document comes', async () => {
  const { employee: id } = variables;
  const query = `mutation ($id: ID!, $phone: String, $salary: Decimal, $jobTitle: String) {
    updateEmployee(id: $id, input: { phone: $phone, salary: $salary, jobTitle: $jobTitle }) { id }
  }`;
  await thrice(query, { id, phone: '+49 30 1234567', salary: '5000', jobTitle: 'Clerk' });
  await thrice(query, { id, jobTitle: 'Boss' });
  const stored = await sql('select phone, salary::text, job_title from employees where id = $1', [id]);
  expect(stored).toEqual([{ phone: '+49 30 1234567', salary: '5000.00', job_title: 'Boss' }]);
});

test('variables inside a JSON literal are kept, however often the document comes', async () => {
  const query = `mutation ($id: ID!, $x: String, $gone: Int) {
    updateOrganization(id: $id, input: { settings: { theme: $x, gone: $gone, n: [1, $x, { deep: $x }] } }) { id }
  }`;
  await thrice(query, { id: tenant.id, x: 'dark' });
  const { organization } = await owner.request<{ organization: unknown }>('{ organization { settings } }');
  expect(organization).toEqual({ settings: { theme: 'dark', n: [1, 'dark', { deep: 'dark' }] } });
});

test('fragments that double with every step are answered as quickly the second time', async () => {
  const steps = Array.from({ length: 40 }, (_, n) => `fragment F${n} on DealConnection { ...F${n + 1} ...F${n + 1} }`);
  await compare(`{ deals { ...F0 } } ${steps.join(' ')} fragment F40 on DealConnection { totalCount }`);
});

test('a mutation whose second field is refused for its arguments', async () => {
  const query = `mutation ($id: ID!, $none: ID = "none") {
    a: updateCustomer(id: $id, input: {}) { name }
    b: updateCustomer(id: $none, input: {}) { name }
    c: updateCustomer(id: $id, input: {}) { id }
  }`;
  await compare(query, { id: variables.customer, none: null });
});
