import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Booted, boot, stop, urlOf } from '../support/boot.js';
import { idOf, sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { hold, waiting } from '../support/locks.js';
import { keys } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let customerId: string;
beforeAll(async () => {
  tenant = await newTenant();
  await tenant.owner.request(
    'mutation { createCustomer(input: { name: "Before", email: "before@shutdown.example" }) { id } }',
  );
  customerId = await idOf('select id from customers where organization_id = $1', [tenant.id]);
});

const started = async (settings: NodeJS.ProcessEnv = {}) => {
  const server = boot({
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
    ...settings,
  });
  return { server, url: await urlOf(server) };
};

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  data?: Record<string, unknown>;
  errors?: { extensions: Record<string, unknown> }[];
}

/** Sends a request on a connection of the agent. */
function send(url: string, agent: Agent, query?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` };
    const sent = httpRequest(url, { agent, method: query ? 'POST' : 'GET', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ ...JSON.parse(text), status: response.statusCode!, headers: response.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(query && JSON.stringify({ query }));
  });
}

const keptAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });
const ready = '/health/ready';
const list = '{ customers(first: 5) { nodes { name } } }';
const rename = (name: string) =>
  `mutation { updateCustomer(id: "${customerId}", input: { name: "${name}" }) { name } }`;

const shuttingDown = {
  status: 503,
  headers: { 'retry-after': '1', connection: 'close' },
  errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN', retryAfterMs: 1000 } }],
};

/** The last answer on a kept connection, or the refusal of a new one; those before it have data. */
async function lastAnswer(url: string): Promise<Answer | NodeJS.ErrnoException> {
  const agent = keptAlive();
  for (;;) {
    const answer = await send(`${url}/graphql`, agent, list).catch((error: NodeJS.ErrnoException) => error);
    const isServed = 'status' in answer && answer.status === 200 && answer.data?.customers;
    // A busy machine asks its clients to wait.
    if (!isServed && !('status' in answer && answer.errors?.[0]?.extensions.code === 'OVERLOADED')) return answer;
    // All of them together stay below the rate limit of their session.
    await pause(20);
  }
}

const endOf = async ({ ended }: Booted) => ({ code: await ended, at: Date.now() });

async function opened(url: string, bytes: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), 'localhost');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

describe('during the grace', () => {
  test('readiness fails while kept and new connections are served; the rest is UNAVAILABLE', async () => {
    const { server, url } = await started({ SHUTDOWN_GRACE_SECONDS: '8' });
    const health = keptAlive();
    expect(await send(url + ready, health)).toMatchObject({ status: 200 });
    const last = Array.from({ length: 8 }, () => lastAnswer(url));
    const at = Date.now();
    const end = endOf(server);
    server.child.kill('SIGTERM');
    await eventually(async () => (await send(url + ready, health)).status === 503);
    for (const agent of [health, keptAlive()]) {
      const answer = await send(`${url}/graphql`, agent, list);
      expect(answer).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } });
    }
    expect(await send(`${url}/health/live`, health)).toMatchObject({ status: 200 });
    for (const answer of await Promise.all(last))
      expect(answer).toMatchObject('code' in answer ? { code: 'ECONNREFUSED' } : shuttingDown);
    const { code, at: ended } = await end;
    expect(code).toBe(0);
    expect(ended - at).toBeGreaterThan(7900);
  });

  test('a second signal skips the rest of it', async () => {
    const { server, url } = await started({ SHUTDOWN_GRACE_SECONDS: '60' });
    const agent = keptAlive();
    server.child.kill('SIGTERM');
    // npm passes a signal on to the server, which has it already.
    server.child.kill('SIGINT');
    await eventually(async () => (await send(url + ready, agent)).status === 503);
    await pause(300);
    expect(await send(`${url}/graphql`, agent, list)).toMatchObject({ status: 200 });
    server.child.kill('SIGINT');
    expect(await server.ended).toBe(0);
  });
});

test('requests in flight finish, and connections that send nothing whole are cut', async () => {
  const { server, url } = await started();
  const kept = await opened(url, 'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n');
  const half = await opened(url, 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n');
  const halfBody = await opened(
    url,
    'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
  );
  let refusal = '';
  halfBody.on('data', (chunk) => (refusal += chunk));
  const cut = [kept, half, halfBody].map((socket) => once(socket, 'close'));
  const held = await hold('select from customers where id = $1', [customerId]);
  const agent = keptAlive();
  const renamed = send(`${url}/graphql`, agent, rename('In flight'));
  await waiting(1);
  server.child.kill('SIGTERM');
  await Promise.all(cut);
  expect(refusal).toContain('SHUTTING_DOWN');
  await held.letGo();
  expect(await renamed).toMatchObject({
    status: 200,
    headers: { connection: 'close' },
    data: { updateCustomer: { name: 'In flight' } },
  });
  expect(await server.ended).toBe(0);
  expect(await sql('select name from customers where id = $1', [customerId])).toEqual([{ name: 'In flight' }]);
});

test('connections that were made before it are answered, though their requests come late or unseen', async () => {
  const { server, url } = await started();
  const late = await opened(url, '');
  const closed = once(late, 'close');
  let answer = '';
  late.on('data', (chunk) => (answer += chunk));
  // Meanwhile the kernel takes connections and requests for it.
  server.child.kill('SIGSTOP');
  const answers = Array.from({ length: 10 }, () => send(`${url}/graphql`, keptAlive(), list));
  await pause(200);
  server.child.kill('SIGTERM');
  server.child.kill('SIGCONT');
  for (const { status } of await Promise.all(answers)) expect([200, 503]).toContain(status);
  await pause(300);
  late.write('GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: a\r\naccept: application/json\r\n\r\n');
  await closed;
  expect(answer).toContain('SHUTTING_DOWN');
  expect(await server.ended).toBe(0);
});

const ifLong = process.env.TEST_LONG === '1' ? test : test.skip;

ifLong('what still runs when the time is nearly up is ended and rolled back, and says so', async () => {
  const { server, url } = await started();
  const held = await hold('select from customers where id = $1', [customerId]);
  const before = await sql('select name, version from customers where id = $1', [customerId]);
  // Each field waits two seconds for the lock.
  const fields = Array.from({ length: 20 }, (_, n) =>
    rename(`n${n}`).replace('mutation {', `f${n}:`).replace(/}$/, ''),
  );
  // No more, since a busy server lets fewer requests of one caller run at a time.
  const agents = Array.from({ length: 2 }, keptAlive);
  const answers = agents.map((agent) => send(`${url}/graphql`, agent, `mutation { ${fields.join('\n')} }`));
  await waiting(2);
  const ended = stop(server);
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject(shuttingDown);
  expect(await ended).toBe(0);
  await held.letGo();
  expect(await sql('select name, version from customers where id = $1', [customerId])).toEqual(before);
});

test('without a grace, an idle server ends quickly though clients stay connected', async () => {
  const { server, url } = await started();
  const agents = Array.from({ length: 20 }, keptAlive);
  await Promise.all(agents.map((agent) => send(url + ready, agent)));
  const at = Date.now();
  expect(await stop(server)).toBe(0);
  // Much less than for a request that still runs; a busy machine takes its time.
  expect(Date.now() - at).toBeLessThan(7000);
});
