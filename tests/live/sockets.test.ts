import { once } from 'node:events';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ask, boot, stop, urlOf } from '../support/boot.js';
import { urls } from '../support/database.js';
import { documentOf, liveOf, type SeenChange } from '../support/live.js';
import { anotherServer, keys, manyPeople } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

let owner: Person;

beforeAll(async () => {
  ({ owner } = await newTenant());
});

const settings = { ...manyPeople, NODE_ENV: 'test' };

const addressOf = (server: string) => `${server.replace('http', 'ws')}/graphql`;

const init = () => JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${owner.token}` } });

/** A socket whose client says these texts, each after an answer. */
async function socketTo(server: string, texts: string[], headers = {}): Promise<WebSocket> {
  const socket = new WebSocket(addressOf(server), 'graphql-transport-ws', { headers });
  await once(socket, 'open');
  for (const text of texts) {
    socket.send(text);
    await once(socket, 'message');
  }
  return socket;
}

const closing = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0];

function subscribed(server: string) {
  const client = createClient({
    url: addressOf(server),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${owner.token}` },
    retryAttempts: 0,
  });
  return liveOf<SeenChange>(client.iterate({ query: documentOf() }), () => void client.dispose());
}

describe('a server without room for another WebSocket', () => {
  test('closes the one that has had no subscription for longest, and none that has one', async () => {
    const server = await anotherServer({ ...settings, MAX_STREAMS: '3' });
    const first = subscribed(server);
    await first.begun;
    const [second, third] = [await socketTo(server, [init()]), await socketTo(server, [init()])];
    const closed = [second, third].map(closing);
    const fourth = subscribed(server);
    await fourth.begun;
    expect(await closed[0]).toBe(1013);
    const fifth = subscribed(server);
    await fifth.begun;
    expect(await closed[1]).toBe(1013);
    await expect(socketTo(server, [])).rejects.toThrow('503');
    for (const live of [first, fourth, fifth]) live.close();
  });
});

describe('a WebSocket without a valid token', () => {
  test('counts for the address that a trusted proxy names', async () => {
    const server = await anotherServer({ ...settings, TRUST_PROXY: '1', ANONYMOUS_REQUESTS_PER_MINUTE: '1' });
    const codeFor = async (client: string) => {
      const headers = { 'x-forwarded-for': `198.51.100.1, ${client}` };
      const socket = await socketTo(server, ['{"type":"connection_init"}'], headers);
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: documentOf() } }));
      const [message] = await once(socket, 'message');
      socket.terminate();
      return JSON.parse(String(message)).payload.errors[0].extensions.code;
    };
    expect(await codeFor('203.0.113.1')).toBe('UNAUTHENTICATED');
    expect(await codeFor('203.0.113.2')).toBe('UNAUTHENTICATED');
    expect(await codeFor('203.0.113.1')).toBe('RATE_LIMITED');
  });
});

describe('a client that does not keep to the protocol', () => {
  test('is cut off, and the server writes nothing of it to its output', async () => {
    const server = boot({
      DATABASE_URL: urls.databaseUrl,
      MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
      TOKEN_KEYS: JSON.stringify(keys),
    });
    const url = await urlOf(server);
    const before = server.output();
    for (const [texts, code] of [
      [['x'.repeat(300_000)], 1009],
      [['{"type":"next","id":"1","payload":{}}'], 4400],
    ] as const) {
      const socket = await socketTo(url, [init()]);
      for (const text of texts) socket.send(text);
      expect(await closing(socket)).toBe(code);
    }
    expect(await ask(url, '{ serverInfo { version } }')).toMatchObject({ data: { serverInfo: {} } });
    expect(await stop(server)).toBe(0);
    expect(server.output()).toBe(before);
  });
});
