import { request as httpRequest } from 'node:http';
import { expect, test } from '@jest/globals';
import { CreateCustomers, newRows } from '../support/bulk-calls.js';
import { sender } from '../support/busy-server.js';
import { anotherServer } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

/** A body of this size has turns. */
const bigBytes = 300_000;

/** Requests whose bodies do not get on. */
function slowUploads(url: string, token: string, count: number): () => void {
  const requests = Array.from({ length: count }, () => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': bigBytes },
    });
    request.on('error', () => undefined);
    request.write('{');
    return request;
  });
  return () => {
    for (const request of requests) request.destroy();
  };
}

const big = (query: string) => ({ body: JSON.stringify({ query, extensions: { filler: 'x'.repeat(bigBytes) } }) });

const rows = process.env.TEST_LONG === '1' ? 1000 : 200;

test('many big bodies at once are all done, or refused for the time being', async () => {
  const send = sender(await anotherServer({}));
  const tenants = await Promise.all(Array.from({ length: 4 }, (_, n) => newTenant(`Big ${n}`)));
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, n) => {
      const variables = {
        rows: newRows(rows).map(({ input }) => ({ input: { ...input, description: 'x'.repeat(3200) } })),
      };
      const body = JSON.stringify({ query: String(CreateCustomers), variables });
      return send(tenants[n % tenants.length]!.owner, '', { body });
    }),
  );
  const told = answers.map(({ status, errors }) => `${status} ${errors?.[0]?.extensions.code ?? 'done'}`);
  expect([...new Set(told)].sort()).toEqual(expect.arrayContaining(['200 done']));
  // A busy machine does not end them all within the deadline.
  for (const one of told) expect(['200 done', '503 OVERLOADED', '504 TIMEOUT']).toContain(one);
});

test('big bodies that arrive slowly keep no other from being served', async () => {
  const url = await anotherServer({});
  const send = sender(url);
  const { owner } = await newTenant();
  await send(owner, '{ organization { id } }');
  const stop = slowUploads(url, owner.token, 3);
  try {
    for (let n = 0; n < 3; n += 1)
      expect(await send(owner, '', big('{ organization { id } }'))).toMatchObject({ status: 200 });
  } finally {
    stop();
  }
});

test('a big body leaves its place, whatever becomes of it', async () => {
  const url = await anotherServer({ MAX_BIG_BODIES: '1' });
  const send = sender(url);
  const { owner } = await newTenant();
  await send(owner, '{ organization { id } }');
  for (const body of [`{"query":${' '.repeat(bigBytes)}`, big('{ nonsense }').body, big('mutation { nonsense }').body])
    expect((await send(owner, '', { body })).errors).toHaveLength(1);
  for (let n = 0; n < 5; n += 1) slowUploads(url, owner.token, 4)();
  const gone = new AbortController();
  const sent = send(owner, '', { ...big('{ customers { totalCount } }'), signal: gone.signal });
  gone.abort();
  await expect(sent).rejects.toThrow();
  expect(await send(owner, '', big('{ organization { id } }'))).toMatchObject({ status: 200 });
});
