import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLClient, gql } from 'graphql-request';
import { v7 } from 'uuid';
import { newApiKey, permissionIds } from './support/api-keys.js';
import { type Balancer, balancer } from './support/balancer.js';
import { type Booted, boot, urlOf } from './support/boot.js';
import { own } from './support/commands.js';
import { freshEmail, newCustomer } from './support/customers.js';
import { idOf, sql } from './support/database.js';
import { eventually, settled } from './support/eventually.js';
import { listen } from './support/live.js';
import { walk } from './support/log.js';
import { newReceiver } from './support/receiver.js';
import { keys, manyPeople, refusal } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';
import { newWebhook } from './support/webhooks.js';

/** Two processes with one database; the server that all test files share is a third one. */
let booted: Booted[];
let one: string;
let other: string;
let front: Balancer;
let tenant: Tenant;

beforeAll(async () => {
  const { PREPARED_STATEMENTS } = process.env;
  const settings = { NODE_ENV: 'test', DATABASE_POOL_SIZE: '4', TOKEN_KEYS: JSON.stringify(keys), PREPARED_STATEMENTS };
  booted = [0, 1].map(() => boot({ ...settings, ...manyPeople, ...own }));
  [one, other] = (await Promise.all(booted.map(urlOf))) as [string, string];
  front = await balancer([one, other]);
  tenant = await newTenant();
});

afterAll(() => front?.close());

const at = (server: string, token: string): GraphQLClient =>
  new GraphQLClient(`${server}/graphql`, { headers: { authorization: `Bearer ${token}` } });

const byOwner = (server: string) => at(server, tenant.owner.token);

test('a balancer gives each server every second request', async () => {
  const before = [...front.answered];
  for (let n = 0; n < 6; n += 1) await byOwner(front.url).request('{ organization { id } }');
  expect(front.answered.map((count, place) => count - before[place]!)).toEqual([3, 3]);
});

interface Revocation {
  token: string;
  /** Sent to the first server. */
  revoke: () => Promise<unknown>;
}

describe('a revocation by one server takes effect on the other within five seconds:', () => {
  const member = async (revoke: (person: Awaited<ReturnType<Tenant['member']>>) => Promise<unknown>) => {
    const person = await tenant.member('Sales Rep');
    return { token: person.token, revoke: () => revoke(person) };
  };
  const roleId = () => idOf(`select id from roles where organization_id = $1 and name = 'Sales Rep'`, [tenant.id]);
  const noMember = { code: 'FORBIDDEN', reason: 'NO_ORGANIZATION' };

  test.each<[string, { code: string; reason: string }, () => Promise<Revocation>]>([
    [
      'a membership that ends',
      noMember,
      () =>
        member(({ membershipId }) =>
          byOwner(one).request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, { id: membershipId }),
        ),
    ],
    [
      'a session that ends',
      { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
      () => member(({ token }) => at(one, token).request('mutation { logout { revokedSessions } }')),
    ],
    [
      'an API key that is revoked',
      { code: 'UNAUTHENTICATED', reason: 'API_KEY_INVALID' },
      async () => {
        const { id, secret } = await newApiKey(tenant.owner, tenant.id);
        const document = gql`mutation ($id: ID!) { revokeApiKey(id: $id) { id } }`;
        return { token: secret, revoke: () => byOwner(one).request(document, { id }) };
      },
    ],
    [
      'a role that is taken away',
      { code: 'FORBIDDEN', reason: 'MISSING_PERMISSION' },
      () =>
        member(async ({ id: userId }) =>
          byOwner(one).request(
            gql`mutation ($userId: ID!, $roleId: ID!) { removeRole(userId: $userId, roleId: $roleId) { id } }`,
            { userId, roleId: await roleId() },
          ),
        ),
    ],
    [
      'a permission that a role loses',
      { code: 'FORBIDDEN', reason: 'MISSING_PERMISSION' },
      () =>
        member(async () => {
          for (const permissionId of await permissionIds(tenant.id, ['customer:read', 'customer:create']))
            await byOwner(one).request(
              gql`mutation ($roleId: ID!, $permissionId: ID!) {
                removePermissionFromRole(roleId: $roleId, permissionId: $permissionId) { id }
              }`,
              { roleId: await roleId(), permissionId },
            );
        }),
    ],
  ])('%s', async (_, expected, arranged) => {
    const { token, revoke } = await arranged();
    const there = at(other, token);
    const read = () => there.request('{ customers(first: 1) { nodes { id } } }');
    await read();
    const live = listen({ token }, { server: other });
    await live.begun;
    const ending = live.ending();
    ending.catch(() => undefined);
    await revoke();
    // Callers who write are looked up each time.
    expect(await refusal(newCustomer(there))).toMatchObject(expected);
    await eventually(async () => expect(await refusal(read())).toMatchObject(expected), { within: 5_000 });
    // A stream goes on without the records that its caller may not see any more.
    if (expected.reason !== 'MISSING_PERMISSION')
      expect(await Promise.race([ending, pause(5_000, {})])).toMatchObject({ code: expected.code });
    live.close();
  });
});

test('numbers are unique while both servers create', async () => {
  const many = gql`mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { summary { created } } }`;
  const rows = () => Array.from({ length: 50 }, () => ({ input: { email: freshEmail() } }));
  const { id, owner } = await newTenant();
  await Promise.all([
    ...Array.from({ length: 40 }, (_, n) => newCustomer(at(n % 2 ? one : other, owner.token))),
    ...[one, other].map((server) => at(server, owner.token).request(many, { rows: rows() })),
  ]);
  const [counted] = await sql(
    'select count(*)::int as all, count(distinct code)::int as codes from customers where organization_id = $1',
    [id],
  );
  expect(counted).toEqual({ all: 140, codes: 140 });
});

test('a request whose key reaches both servers is done once, and both give its answer', async () => {
  const { id, owner } = await newTenant();
  for (let n = 0; n < 10; n += 1) {
    const input = { name: `Once ${n}`, email: freshEmail() };
    const headers = { 'idempotency-key': v7() };
    const send = async (server: string): Promise<string> => {
      const { createCustomer } = await at(server, owner.token).request<{ createCustomer: { id: string } }>(
        gql`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }`,
        { input },
        headers,
      );
      return createCustomer.id;
    };
    const first = await Promise.allSettled([send(one), send(other)]);
    for (const outcome of first)
      if (outcome.status === 'rejected')
        expect(await refusal(Promise.reject(outcome.reason))).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
    const answers = [...first.flatMap((done) => (done.status === 'fulfilled' ? [done.value] : [])), await send(one)];
    expect(new Set([...answers, await send(other)]).size).toBe(1);
  }
  const made = await sql('select name from customers where organization_id = $1', [id]);
  expect(made).toHaveLength(10);
});

test('a webhook is sent once for each change, whichever server makes it', async () => {
  const { owner } = await newTenant();
  const { receiver, url } = await newReceiver();
  await newWebhook(at(front.url, owner.token), { url, recordTypes: ['CUSTOMER'] });
  const made = await Promise.all(Array.from({ length: 30 }, () => newCustomer(at(front.url, owner.token))));
  await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(30));
  await settled(() => receiver.received.length, { quiet: 2_500 });
  expect(receiver.received.map(({ event }) => event.data.recordId).sort()).toEqual(made.map(({ id }) => id).sort());
});

// The last test, since it ends a server.
test('a subscription gets what any server changes, once and in order, and goes on at another server', async () => {
  const { owner } = await newTenant();
  const { id } = await newCustomer(owner);
  const Rename = gql`
    mutation ($id: ID!, $name: String!) { updateCustomer(id: $id, input: { name: $name }) { version } }
  `;
  const rename = async (servers: readonly string[], count: number) => {
    for (let n = 0; n < count; n += 1)
      await at(servers[n % servers.length]!, owner.token).request(Rename, { id, name: `Name ${v7()}` });
  };
  const live = listen(owner, { server: other });
  const { cursor } = await live.begun;
  await rename([one, other], 20);
  const seen = await live.changes(20);
  booted[1]!.child.kill('SIGKILL');
  await expect(live.ending()).rejects.toThrow();
  await rename([front.url], 10);
  const resumed = listen(owner, { server: front.url, after: live.cursor() });
  seen.push((await resumed.begun).change!, ...(await resumed.changes(9)));
  await rename([front.url], 5);
  seen.push(...(await resumed.changes(5)));
  resumed.close();
  const { changes } = await walk(owner, { after: cursor });
  expect(changes).toHaveLength(35);
  expect(seen.map((change) => change.id)).toEqual(changes.map((change) => change.id));
  expect(new Set(changes.map((change) => change.version)).size).toBe(35);
});
