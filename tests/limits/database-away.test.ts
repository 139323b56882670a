import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLClient } from 'graphql-request';
import { newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { type DatabaseProxy, databaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { anotherServer, refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let network: DatabaseProxy;
let server: string;
let client: GraphQLClient;
let customer: string;

beforeAll(async () => {
  tenant = await newTenant();
  customer = (await newCustomer(tenant.owner, { name: 'Ada' })).id;
  network = await databaseProxy(urls.databaseUrl);
  server = await anotherServer({ NODE_ENV: 'test' }, network.databaseUrl);
  client = new GraphQLClient(`${server}/graphql`, { headers: { authorization: `Bearer ${tenant.owner.token}` } });
});
afterAll(() => network.close());

const statusOf = async (path: string) => (await fetch(`${server}${path}`)).status;
const List = '{ customers { totalCount nodes { name } } }';
const Change = 'mutation ($id: ID!, $city: String) { updateCustomer(id: $id, input: { city: $city }) { id } }';
const unavailable = { code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE', retryAfterMs: 1000 };
/** The command as it is sent, which ends with a zero. */
const commit = 'commit\0';

/** Sends a document, and returns everything that tells the caller when to come back. */
async function outcome(query: string, variables: object = {}) {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { errors = [] } = (await response.json()) as { errors?: { extensions: object }[] };
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    extensions: errors.map(({ extensions }) => extensions),
  };
}

describe.each([
  ['is cut', () => network.cut()],
  ['goes silent, without closing a connection', () => network.goSilent()],
])('when the network to the database %s', (_, breakIt) => {
  test('requests fail soon and say so, and all comes back by itself', async () => {
    await client.request(List);
    const running = [List, '{ dealStats { total } }'].map((query) => outcome(query));
    await Promise.all(running);
    breakIt();
    const began = Date.now();
    const answers = await Promise.all([outcome(List), outcome(Change, { id: customer, city: 'Bonn' })]);
    expect(Date.now() - began).toBeLessThan(8_000);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, retryAfter: '1', extensions: [unavailable] });
    await eventually(async () => (await statusOf('/health/ready')) === 503, { within: 5_000 });
    expect(await statusOf('/health/live')).toBe(200);
    expect(await outcome(List)).toMatchObject({ status: 503, extensions: [unavailable] });

    network.recover();
    await eventually(() => client.request(List), { within: 5_000 });
    await eventually(async () => (await statusOf('/health/ready')) === 200, { within: 5_000 });
    await client.request(Change, { id: customer, city: 'Rome' });
    expect(await sql('select city from customers where id = $1', [customer])).toEqual([{ city: 'Rome' }]);
  }, 40_000);
});

test('a database that is late to answer one question is not away while others are answered', async () => {
  await network.mutedAt('select 1\0');
  const statuses = new Set<number>();
  for (const since = Date.now(); Date.now() - since < 6_000; ) {
    await client.request(List);
    statuses.add(await statusOf('/health/ready'));
  }
  expect([...statuses]).toEqual([200]);
}, 20_000);

describe('a connection that is lost', () => {
  test('before a query has read anything is replaced', async () => {
    await client.request(List);
    for (const when of ['before', 'after'] as const) {
      network.cutAt('repeatable read', when);
      expect(await client.request(List)).toMatchObject({ customers: { totalCount: 1 } });
    }
  });

  test('before the caller is known is replaced', async () => {
    for (const when of ['before', 'after'] as const) {
      network.cutAt('request_viewer', when);
      await client.request(`mutation { updateCustomer(id: "${customer}", input: {}) { id } }`);
    }
  });

  test('before COMMIT is sent has changed nothing, and the change may be sent again', async () => {
    network.cutAt('update "customers"', 'after');
    expect(await refusal(client.request(Change, { id: customer, city: 'Lost' }))).toMatchObject(unavailable);
    await client.request(Change, { id: customer, city: 'Oslo' });
    expect(await sql('select city from customers where id = $1', [customer])).toEqual([{ city: 'Oslo' }]);
  });

  test.each(['before', 'after'] as const)('%s COMMIT was answered leaves its outcome unknown', async (when) => {
    const [earlier, sent] = when === 'before' ? ['Oslo', 'Kiel'] : ['Oslo', 'Lima'];
    network.cutAt(commit, when);
    const refused = await refusal(client.request(Change, { id: customer, city: sent }));
    expect(refused).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(refused).not.toHaveProperty('retryAfterMs');
    expect(refused.message).toContain('Idempotency-Key');
    const kept = when === 'after' ? sent : earlier;
    expect(await sql('select city from customers where id = $1', [customer])).toEqual([{ city: kept }]);
  });

  test('during the COMMIT of a keyed mutation does it once, however often it is repeated', async () => {
    const headers = { 'idempotency-key': 'once' };
    const Create = 'mutation { createCustomer(input: { name: "Once", email: "once@away.example" }) { id } }';
    network.cutAt(commit, 'after');
    expect(await refusal(client.request(Create, {}, headers))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await client.request(Create, {}, headers);
    expect(await sql(`select from customers where name = 'Once' and organization_id = $1`, [tenant.id])).toHaveLength(
      1,
    );
  });
});

test('a database that takes no writes is unavailable for changes, and answers queries', async () => {
  const [{ name }] = (await sql<{ name: string }>('select current_database() as name')) as [{ name: string }];
  await sql(`alter database ${name} set default_transaction_read_only = on`);
  try {
    server = await anotherServer({ NODE_ENV: 'test' });
    expect(await outcome(Change, { id: customer, city: 'Graz' })).toMatchObject({
      status: 503,
      retryAfter: '1',
      extensions: [unavailable],
    });
    expect(await outcome(List)).toMatchObject({ status: 200, extensions: [] });
  } finally {
    await sql(`alter database ${name} reset default_transaction_read_only`);
  }
});
