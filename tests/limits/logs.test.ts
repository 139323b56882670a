import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Booted, boot, urlOf } from '../support/boot.js';
import { sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { type Answer, sendHttp } from '../support/http.js';
import { hold, waiting } from '../support/locks.js';
import { keys } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

const customers = 40;
/** The most that a request may write, whatever happens in it. */
const mostBytes = 12_000;

let tenant: Tenant;
let server: Booted;
let url: string;
beforeAll(async () => {
  tenant = await newTenant('Logged');
  const created = Array.from(
    { length: customers },
    (_, n) => `c${n}: createCustomer(input: { name: "C${n}", email: "c${n}@logs.example" }) { id }`,
  );
  for (let n = 0; n < customers; n += 20)
    await tenant.owner.request(`mutation { ${created.slice(n, n + 20).join('\n')} }`);
  server = boot({
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
    LOG_LEVEL: 'info',
  });
  url = await urlOf(server);
});

type Line = Record<string, unknown>;

let written = 0;
beforeEach(() => {
  written = server.output().length;
});

const output = () => server.output().slice(written);
const lines = (): Line[] =>
  output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

const token = () => ({ authorization: `Bearer ${tenant.owner.token}` });

/** Sends a document, and waits until the line about it is written. */
async function send(query: string, headers: Record<string, string> = token(), variables = {}): Promise<Answer> {
  const init = {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  };
  const answer = await sendHttp(init, { server: url });
  const id = answer.headers.get('x-request-id');
  await eventually(() => lines().some(({ msg, requestId }) => msg === 'request' && requestId === id));
  return answer;
}

/** Changes the database while a test runs. */
async function meanwhile<T>(change: string, undo: string, work: () => Promise<T>): Promise<T> {
  await sql(change);
  try {
    return await work();
  } finally {
    await sql(undo);
  }
}

test('a request writes one line, with its caller and its root fields but without values', async () => {
  const query = `query Named($id: ID!, $search: String) {
    one: customer(id: $id) { name } two: customer(id: $id) { code } customers(search: $search) { totalCount }
  }`;
  const variables = { id: tenant.id, search: 'very-private' };
  const answer = await send(query, { ...token(), 'x-request-id': 'theirs-1' }, variables);
  expect(lines()).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      pid: server.child.pid,
      hostname: expect.any(String),
      requestId: answer.headers.get('x-request-id'),
      callersId: 'theirs-1',
      method: 'POST',
      path: '/graphql',
      status: 200,
      ms: expect.any(Number),
      operationName: 'Named',
      fields: ['customer', 'customers'],
      userId: tenant.owner.id,
      organizationId: tenant.id,
      cost: expect.any(Number),
      statements: 3,
      msg: 'request',
    },
  ]);
  expect(output()).not.toContain('very-private');
});

test('refused, malformed and aborted requests write one line each', async () => {
  await send('{ customers { nodes { id } } }', {});
  await send('{ nothing }');
  await sendHttp({ headers: { 'content-type': 'application/json' }, body: '{' }, { server: url });
  await eventually(() => lines().length === 3);
  expect(lines()).toMatchObject([
    { status: 200, fields: ['customers'], codes: ['UNAUTHENTICATED'] },
    { status: 400, codes: ['GRAPHQL_VALIDATION_FAILED'] },
    { status: 400, path: '/graphql' },
  ]);
  written = server.output().length;
  const held = await hold('select from customers where organization_id = $1', [tenant.id]);
  const [row] = await sql<{ id: string }>('select id from customers where organization_id = $1 limit 1', [tenant.id]);
  const leaving = new AbortController();
  const left = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...token() },
    body: JSON.stringify({ query: `mutation { updateCustomer(id: "${row!.id}", input: { name: "Left" }) { id } }` }),
    signal: leaving.signal,
  });
  await waiting(1);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await eventually(() => lines().length === 1);
  await held.letGo();
  expect(lines()).toMatchObject([{ unanswered: true, fields: ['updateCustomer'] }]);
});

test('health checks that succeed write nothing', async () => {
  for (const path of ['live', 'ready']) expect((await fetch(`${url}/health/${path}`)).status).toBe(200);
  await pause(100);
  expect(output()).toBe('');
});

test('thousands of fields that fail for one cause write one line with their number', async () => {
  const aliases = Array.from(
    { length: 25 },
    (_, n) => `a${n}: activities(first: ${(n % 5) + 1}) { nodes { id } }`,
  ).join('\n');
  const query = `{ customers(first: ${customers}) { nodes { ${aliases} } } }`;
  const answer = await meanwhile(
    'revoke select on activities from crm_app',
    'grant select on activities to crm_app',
    () => send(query),
  );
  expect(answer.errors!.length).toBe(25 * customers);
  expect(answer.errors![0]!.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  const reports = lines().filter(({ msg }) => msg !== 'request');
  expect(reports).toMatchObject([
    {
      level: 50,
      requestId: answer.headers.get('x-request-id'),
      path: ['customers', 'nodes', 0, 'a0'],
      count: 25 * customers,
      err: { code: '42501', message: 'permission denied for table activities', stack: expect.stringContaining('at ') },
    },
  ]);
  expect(output().length).toBeLessThan(mostBytes);
});

test('names of the caller are cut: of operations, aliases and paths', async () => {
  const long = 'x'.repeat(20_000);
  const query = `query ${long} { ${long}: activities { nodes { id } } }`;
  await meanwhile('revoke select on activities from crm_app', 'grant select on activities to crm_app', () =>
    send(query),
  );
  await fetch(`${url}/${'y'.repeat(10_000)}`);
  await eventually(() => lines().length === 3);
  const cut = 'x'.repeat(255);
  expect(lines()).toMatchObject([
    { msg: 'unexpected error', path: [cut] },
    { msg: 'request', operationName: cut },
    { msg: 'request', path: `/${'y'.repeat(254)}` },
  ]);
  expect(output().length).toBeLessThan(mostBytes);
});

test('an unexpected error is logged without the values of the row', async () => {
  await meanwhile(
    `alter table customers add constraint unheard_of check (name <> 'Most secret')`,
    'alter table customers drop constraint unheard_of',
    () => send(`mutation { createCustomer(input: { name: "Most secret", email: "secret@logs.example" }) { id } }`),
  );
  expect(lines()).toMatchObject([
    { msg: 'unexpected error', err: { code: '23514', constraint: 'unheard_of' } },
    { msg: 'request', codes: ['INTERNAL_SERVER_ERROR'] },
  ]);
  expect(output().toLowerCase()).not.toContain('secret@');
  expect(output().toLowerCase()).not.toContain('most secret');
});
