import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ClientError, GraphQLClient } from 'graphql-request';
import { boot, urlOf } from '../support/boot.js';
import { newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { type DatabaseProxy, databaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { anotherServer, keys, refusal } from '../support/server.js';
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
const codeOf = (error: unknown): unknown =>
  error instanceof ClientError ? error.response.errors?.[0]?.extensions.code : String(error);
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
    // Later it would be TIMEOUT.
    const answers = await Promise.all([outcome(List), outcome(Change, { id: customer, city: 'Bonn' })]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, retryAfter: '1', extensions: [unavailable] });
    await eventually(async () => (await statusOf('/health/ready')) === 503, { within: 10_000 });
    expect(await statusOf('/health/live')).toBe(200);
    expect(await outcome(List)).toMatchObject({ status: 503, extensions: [unavailable] });

    network.recover();
    await eventually(() => client.request(List), { within: 10_000 });
    await eventually(async () => (await statusOf('/health/ready')) === 200, { within: 10_000 });
    await client.request(Change, { id: customer, city: 'Rome' });
    expect(await sql('select city from customers where id = $1', [customer])).toEqual([{ city: 'Rome' }]);
  });
});

test('an outage writes one line for each cause, however many requests it fails, and no stack of theirs', async () => {
  const booted = boot({
    DATABASE_URL: network.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
    LOG_LEVEL: 'info',
  });
  const headers = { authorization: `Bearer ${tenant.owner.token}` };
  const asked = new GraphQLClient(`${await urlOf(booted)}/graphql`, { headers });
  /** Codes of the errors of many requests, few at a time, since a busy machine refuses the others. */
  const codes = async () => {
    const found: unknown[] = [];
    const ask = async () => {
      for (let n = 0; n < 6; n += 1) await asked.request(List).catch((error) => found.push(codeOf(error)));
    };
    await Promise.all([ask(), ask()]);
    return found;
  };
  expect(await codes()).toEqual([]);
  const written = booted.output().length;
  const running = codes();
  network.cut();
  await running;
  const lines = () =>
    booted
      .output()
      .slice(written)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: number; msg: string; codes?: string[]; err?: { message: string } });
  await eventually(() => lines().some(({ msg }) => msg === 'the database does not answer'), { within: 10_000 });
  for (let n = 0; n < 3; n += 1) expect(new Set(await codes())).toEqual(new Set(['UNAVAILABLE']));
  network.recover();
  await eventually(async () => (await codes()).length === 0, { within: 10_000 });

  const isRequest = ({ msg }: { msg: string }) => msg === 'request' || msg === 'slow request';
  expect(lines().filter(({ codes }) => codes?.includes('UNAVAILABLE')).length).toBeGreaterThan(30);
  const others = lines().filter((line) => !isRequest(line));
  expect(others.filter(({ level }) => level > 40)).toEqual([]);
  const causes = others.map(({ msg, err }) => `${msg}: ${err?.message ?? ''}`);
  expect(causes).toEqual([...new Set(causes)]);
  expect(causes.filter((text) => text.includes('is away'))).toEqual([]);
  expect(causes).toContain('the database answers: ');
});

test('a database that is late to answer one question is not away while others are answered', async () => {
  await network.mutedAt('select 1\0');
  const statuses = new Set<number>();
  for (const since = Date.now(); Date.now() - since < 6_000; ) {
    await client.request(List);
    statuses.add(await statusOf('/health/ready'));
  }
  expect([...statuses]).toEqual([200]);
});

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
