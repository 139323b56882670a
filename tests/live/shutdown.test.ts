import { expect, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { boot, stop, urlOf } from '../support/boot.js';
import { newCustomer } from '../support/customers.js';
import { urls } from '../support/database.js';
import { documentOf, listen, liveOf, type SeenChange } from '../support/live.js';
import { keys } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

test('a server that stops tells its subscribers, who go on at another one and miss nothing', async () => {
  const { owner } = await newTenant();
  const server = boot({
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
    SHUTDOWN_GRACE_SECONDS: '1',
  });
  const url = await urlOf(server);
  let closed: unknown;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${owner.token}` },
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
    on: { closed: (event) => (closed = (event as { code: number }).code) },
  });
  const lives = [
    listen(owner, { server: url }),
    liveOf<SeenChange>(client.iterate({ query: documentOf() }), () => void client.dispose()),
  ];
  await Promise.all(lives.map((live) => live.begun));
  const ended = stop(server);
  // In the grace the server still sends.
  const { id: first } = await newCustomer(owner);
  const seen = await Promise.all(lives.map((live) => live.changes(1)));
  expect(seen.flat().map(({ recordId }) => recordId)).toEqual([first, first]);
  const endings = await Promise.all(lives.map((live) => live.ending()));
  const { id: second } = await newCustomer(owner);
  for (const ending of endings) expect(ending).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
  expect(await ended).toBe(0);
  expect(closed).toBe(1001);
  for (const live of lives) {
    const resumed = listen(owner, { after: live.cursor() });
    expect((await resumed.begun).change).toMatchObject({ recordId: second });
    resumed.close();
  }
});
