import { createConnection } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { documentOf, listen } from '../support/live.js';
import { anotherServer, manyPeople } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';
import { expiringIn } from '../support/tokens.js';

const settings = { ...manyPeople, NODE_ENV: 'test', METRICS_TOKEN: 'metrics-of-the-tests' };

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

describe('streams are limited', () => {
  test('for each caller and for each organization, and counted until they end', async () => {
    const server = await anotherServer({
      ...settings,
      MAX_STREAMS_PER_CALLER: '2',
      MAX_STREAMS_PER_ORGANIZATION: '3',
    });
    const { owner } = tenant;
    const member = await tenant.member('Sales Rep');
    const mine = [listen(owner, { server }), listen(owner, { server })];
    await Promise.all(mine.map((live) => live.begun));
    const refused = { code: 'RATE_LIMITED', reason: 'TOO_MANY_STREAMS', retryAfterMs: 5000 };
    expect(await listen(owner, { server }).ending()).toMatchObject(refused);
    const theirs = listen(member, { server });
    await theirs.begun;
    expect(await listen(member, { server }).ending()).toMatchObject(refused);
    mine[0]!.close();
    await eventually(async () => {
      const another = listen(owner, { server });
      await another.begun;
      another.close();
    });
    for (const live of [...mine, theirs]) live.close();
  });

  test('by the time for which a client takes nothing; it resumes by its cursor', async () => {
    const server = await anotherServer({ ...settings, STREAM_STALL_SECONDS: '1' });
    const { owner } = tenant;
    const watching = listen(owner, { server });
    const { cursor } = await watching.begun;
    const { hostname, port } = new URL(server);
    const socket = createConnection(Number(port), hostname);
    const body = JSON.stringify({ query: documentOf('id fields { name before after }') });
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n` +
        `authorization: Bearer ${owner.token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const { id } = await newCustomer(owner);
    for (let n = 0; n < 60; n += 1)
      await sql(`update customers set description = repeat(md5($2), 8000) where id = $1`, [id, String(n)]);
    const seen = await watching.changes(61);
    const metrics = async () =>
      (await fetch(`${server}/metrics`, { headers: { authorization: `Bearer ${settings.METRICS_TOKEN}` } })).text();
    await eventually(async () => expect(await metrics()).toContain('streams_ended_total{reason="SLOW_READER"} 1'));
    expect(await metrics()).toContain('streams_open 1');
    expect(await metrics()).toContain('# TYPE streams_ended_total counter');
    const resumed = listen(owner, { server, after: cursor });
    expect([(await resumed.begun).change, ...(await resumed.changes(60))]).toEqual(seen);
    socket.destroy();
    watching.close();
    resumed.close();
  });
});

describe('a stream ends', () => {
  test('when its access token expires', async () => {
    const live = listen({ token: await expiringIn(4, tenant.owner.token) });
    await live.begun;
    expect(await live.ending()).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' });
  });
});
