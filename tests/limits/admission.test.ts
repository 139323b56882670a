import { request as httpRequest } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { type Busy, busyServer } from '../support/busy-server.js';
import { eventually } from '../support/eventually.js';
import type { Answer } from '../support/http.js';
import { newAccount } from '../support/sign-in.js';
import { password } from '../support/tenant.js';

const Count = '{ customers { totalCount } }';

function expectShed({ status, headers, data, errors }: Answer): void {
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(headers.get('content-type')).toMatch(/json/);
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ extensions: { code: 'OVERLOADED', requestId: headers.get('x-request-id') } }]);
  expect(Number(errors![0]!.extensions.retryAfterMs)).toBeGreaterThanOrEqual(1000);
}

async function withBusyServer(settings: NodeJS.ProcessEnv, work: (busy: Busy) => Promise<void>): Promise<void> {
  const busy = await busyServer(settings);
  try {
    await work(busy);
  } finally {
    await busy.letGo();
  }
  expect((await busy.stuck).data).toEqual({ updateCustomer: { city: 'Bern' } });
  // The place is free again.
  expect((await busy.send(busy.tenant.owner, Count)).data).toEqual({ customers: { totalCount: 1 } });
}

describe('a server with its hands full', () => {
  test('refuses more requests of that organization at once, and still serves others', () =>
    withBusyServer({}, async ({ send, tenant, other }) => {
      for (let n = 0; n < 3; n += 1) expectShed(await send(tenant.owner, Count));
      expect(await send(other.owner, Count)).toMatchObject({ status: 200, data: { customers: { totalCount: 0 } } });
    }));

  test('tells when to come back at different times, so that not all come back at once', () =>
    withBusyServer({}, async ({ send, tenant }) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(tenant.owner, Count)));
      expect(new Set(answers.map(({ errors }) => errors![0]!.extensions.retryAfterMs)).size).toBeGreaterThan(1);
    }));

  test('lets a request wait for its turn', () =>
    withBusyServer({ MAX_WAITING: '5' }, async ({ send, tenant, letGo }) => {
      const later = send(tenant.owner, Count);
      await letGo();
      expect(await later).toMatchObject({ status: 200, data: { customers: { totalCount: 1 } } });
    }));

  test('does not let it wait for longer than a second', () =>
    withBusyServer({ MAX_WAITING: '5' }, async ({ send, tenant }) => {
      // The answer arrives while the other request still waits for its lock.
      expectShed(await send(tenant.owner, Count));
    }));

  test('answers before the body of such a request has arrived', () =>
    withBusyServer({ MAX_BIG_BODIES: '1' }, async ({ url, tenant }) => {
      const sent = httpRequest(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tenant.owner.token}`,
          'content-type': 'application/json',
          'content-length': 3_000_000,
        },
      });
      sent.on('error', () => undefined);
      sent.write('{');
      const status = await new Promise((answered) => sent.on('response', (response) => answered(response.statusCode)));
      expect(status).toBe(503);
      sent.destroy();
    }));

  test('keeps room for sign-ins and health checks', () =>
    withBusyServer({}, async ({ send, tenant, url }) => {
      const { username, email, refreshToken } = tenant.owner;
      const named = async (mutation: string) => (await send(null, `mutation { ${mutation} }`)).data;
      for (const name of [username, email])
        expect(
          await named(`login(input: { username: "${name}", password: "${password}" }) { user { id } }`),
        ).toMatchObject({ login: { user: { id: tenant.owner.id } } });
      expect(await named(`refreshSession(refreshToken: "${refreshToken}") { user { id } }`)).toMatchObject({
        refreshSession: { user: { id: tenant.owner.id } },
      });
      const { email: own, username: name } = newAccount();
      expect(
        await named(`register(input: { email: "${own}", username: "${name}", password: "${password}",
          firstName: "Pat", lastName: "Poe" }) { accessToken }`),
      ).toHaveProperty('register.accessToken');
      for (const path of ['/health/live', '/health/ready']) expect((await fetch(new URL(path, url))).status).toBe(200);
    }));

  test('a request that is refused or fails leaves its place', () =>
    withBusyServer({}, async ({ send, other: { owner } }) => {
      for (let n = 0; n < 3; n += 1) {
        expect((await send(owner, '{ customers(first: 1000) { totalCount } }')).errors).toHaveLength(1);
        expect((await send(owner, 'mutation { deleteCustomer(id: "nonsense") { id } }')).errors).toHaveLength(1);
        expect((await send(owner, '{ nonsense }')).errors).toHaveLength(1);
      }
      expect(await send(owner, Count)).toMatchObject({ status: 200 });
    }));
});

test('a client that goes away leaves its place', async () => {
  const gone = new AbortController();
  const busy = await busyServer({}, { signal: gone.signal });
  gone.abort();
  await expect(busy.stuck).rejects.toThrow();
  await busy.letGo();
  await eventually(async () => {
    expect((await busy.send(busy.tenant.owner, Count)).status).toBe(200);
  });
});
