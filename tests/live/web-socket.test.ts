import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { newApiKey } from '../support/api-keys.js';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { documentOf, type Live, type LiveOptions, liveOf, type SeenChange } from '../support/live.js';
import { origin } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;
const open: { dispose: () => unknown }[] = [];

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
});

const url = () => `${origin.replace('http', 'ws')}/graphql`;

function clientWith(connectionParams: Record<string, unknown>) {
  const client = createClient({ url: url(), webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: true });
  open.push(client);
  return client;
}

function listen(
  connectionParams: Record<string, unknown>,
  { filter, after, fields }: LiveOptions = {},
): Live<SeenChange> {
  const client = clientWith(connectionParams);
  const results = client.iterate<{ changeAdded: { cursor: string; change: SeenChange | null } }>({
    query: documentOf(fields),
    variables: { filter, after },
  });
  return liveOf(results, () => void client.dispose());
}

const bearer = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });

describe('a WebSocket', () => {
  test('carries a subscription for the bearer of a token', async () => {
    const live = listen(bearer(owner));
    const { cursor } = await live.begun;
    const { id } = await newCustomer(owner);
    await changeCustomer(owner, id, { name: 'Changed' });
    const seen = await live.changes(2);
    expect(seen.map(({ recordId, action }) => [recordId, action])).toEqual([
      [id, 'CREATED'],
      [id, 'UPDATED'],
    ]);
    const resumed = listen({ headers: bearer(owner) }, { after: cursor });
    expect([(await resumed.begun).change, ...(await resumed.changes(1))]).toEqual(seen);
  });

  test('carries one for an API key, and one in the organization that is named', async () => {
    const key = await newApiKey(owner, tenant.id);
    const elsewhere = await newTenant();
    const byKey = listen({ Authorization: `Bearer ${key.secret}` });
    const foreign = listen({ ...bearer(owner), 'X-Organization-Id': elsewhere.id });
    expect(await byKey.begun).toMatchObject({ change: null });
    expect(await foreign.ending()).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
  });

  test('carries several subscriptions, and ends those that their client completes', async () => {
    const client = clientWith(bearer(owner));
    const query = documentOf();
    const [first, second] = [client.iterate({ query }), client.iterate({ query })];
    await Promise.all([first.next(), second.next()]);
    await first.return?.();
    await newCustomer(owner);
    expect(await second.next()).toMatchObject({ value: { data: { changeAdded: { change: { action: 'CREATED' } } } } });
  });

  test.each([
    ['a stranger', {}, { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' }],
    ['a false token', { authorization: 'Bearer x' }, { code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' }],
  ])('refuses %s', async (_who, parameters, expected) => {
    expect(await listen(parameters).ending()).toMatchObject(expected);
  });

  test.each([
    ['a query', '{ me { id } }', 'BAD_USER_INPUT'],
    ['a mutation', 'mutation { updateProfile(input: { firstName: "N" }) { id } }', 'BAD_USER_INPUT'],
    [
      'two root fields',
      'subscription { a: changeAdded { cursor } b: changeAdded { cursor } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ...['changeAdded @skip(if: true) { cursor }', '... @include(if: false) { changeAdded { cursor } }'].map((field) => [
      `a field that may be left out: ${field}`,
      `subscription { ${field} }`,
      'GRAPHQL_VALIDATION_FAILED',
    ]),
    ['an unknown field', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no document', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['a long document', `subscription { changeAdded { ${'cursor '.repeat(3000)} } }`, 'QUERY_TOO_COMPLEX'],
    [
      'a dear document',
      `subscription { changeAdded { change { changeSet {
        a: changes(first: 100) { nodes { changeSet { changes(first: 100) { nodes { id } } } } } } } } }`,
      'QUERY_TOO_COMPLEX',
    ],
  ])('refuses %s', async (_what, query, code) => {
    const results = clientWith(bearer(owner)).iterate({ query });

    expect(await results.next()).toMatchObject({ value: { errors: [{ extensions: { code } }] } });
    expect(await results.next()).toMatchObject({ done: true });
  });

  test.each([
    ['what is no JSON', 'x', 4400],
    ['a subscription before it is acknowledged', '{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}', 4401],
    ['more than fits', `"${'x'.repeat(300_000)}"`, 1009],
  ])('closes when it gets %s', async (_what, text, code) => {
    const socket = new WebSocket(url(), 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.on('open', () => socket.send(text));
    expect(await closed).toBe(code);
  });
});
