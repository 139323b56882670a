import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { sql } from './support/database.js';
import { eventually } from './support/eventually.js';
import { file, freePort, network, start, startServer } from './support/scripts.js';
import { newTenant } from './support/tenant.js';

const csv = (count: number) =>
  file(`externalId,name,email\n${Array.from({ length: count }, (_, n) => `X-${n},Name,x${n}@csv.example\n`).join('')}`);

interface Customer {
  external_id: string;
  code: string;
  version: number;
}

const stored = (organizationId: string) =>
  sql<Customer>('select external_id, code, version from customers where organization_id = $1', [organizationId]);

/** The number of rows that the journal records as stored, while there is a journal. */
const acknowledged = (path: string): number => JSON.parse(readFileSync(`${path}.journal`, 'utf8')).progress.done;

async function expectWhole(organizationId: string, count: number): Promise<void> {
  const rows = await stored(organizationId);
  expect(rows).toHaveLength(count);
  expect(new Set(rows.map(({ external_id }) => external_id)).size).toBe(count);
  expect(new Set(rows.map(({ code }) => code)).size).toBe(count);
  expect(rows.filter(({ version }) => version !== 1)).toEqual([]);
}

const [count, rounds] = process.env.TEST_LONG === '1' ? [20_000, 20] : [5_000, 4];

test('a load loses and doubles nothing while the server is killed again and again', async () => {
  const { id, owner } = await newTenant();
  const path = csv(count);
  const port = await freePort();
  let server = await startServer(port);
  const url = `http://127.0.0.1:${port}/graphql`;
  const { ended } = start('upsert-customers', [path, '--batch', '200'], owner, { CRM_URL: url });
  await eventually(() => existsSync(`${path}.journal`));
  for (let [round, done] = [0, 0]; round < rounds; round += 1) {
    const before = done;
    await eventually(() => acknowledged(path) > before, { within: 60_000, every: 5 });
    // At any moment of the work, which has gone on since the server was killed before.
    await sleep(Math.random() * 100);
    server.kill('SIGKILL');
    await once(server, 'exit');
    done = acknowledged(path);
    expect(done).toBeLessThan(count);
    const there = new Set((await stored(id)).map(({ external_id }) => external_id));
    expect(Array.from({ length: done }, (_, n) => `X-${n}`).filter((key) => !there.has(key))).toEqual([]);
    server = await startServer(port);
  }
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr: code ? stderr : '' }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ created: count, updated: 0, unchanged: 0, refused: 0 });
  server.kill('SIGTERM');
  await once(server, 'exit');
  await expectWhole(id, count);
  // Each start takes some seconds, and on a busy machine 20.
}, 600_000);

test('a load that is killed itself, again and again, loses and doubles nothing', async () => {
  const { id, owner } = await newTenant();
  const [count, refused] = [3000, [150, 1100, 2950]];
  const path = csv(count);
  const text = refused.reduce((all, n) => all.replace(`x${n}@csv.example`, 'nonsense'), readFileSync(path, 'utf8'));
  writeFileSync(path, text);
  let calls = 0;
  let kill: (() => void) | null = null;
  const reached: number[] = [];
  // Killed by turns before a batch arrives, and when it is done but not yet acknowledged.
  const { url } = await network(({ operation }) => {
    if (operation !== 'UpsertCustomers') return 'pass';
    calls += 1;
    if (calls % 3) return 'pass';
    kill!();
    reached.push(acknowledged(path));
    return calls % 2 ? 'lost' : 'answer lost';
  });
  let [code, kills] = [null as number | null, 0];
  let stdout = '';
  while (code === null) {
    const { child, ended } = start('upsert-customers', [path, '--batch', '200'], owner, { CRM_URL: url });
    kill = () => child.kill('SIGKILL');
    ({ code, stdout } = await ended);
    if (code === null) kills += 1;
  }
  expect(code).toBe(3);
  expect(kills).toBeGreaterThan(5);
  expect(reached).toHaveLength(kills);
  expect(Math.max(...reached)).toBeLessThan(count);
  expect(JSON.parse(stdout)).toEqual({ created: count - 3, updated: 0, unchanged: 0, refused: 3 });
  const kept = readFileSync(path.replace('.csv', '.refused.csv'), 'utf8');
  expect(kept.match(/X-\d+/g)).toEqual(refused.map((n) => `X-${n}`));
  await expectWhole(id, count - 3);
});
