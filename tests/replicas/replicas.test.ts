import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { withClient } from '../../src/platform/database/connection.js';
import { boot, expectRefusal, stop, urlOf } from '../support/boot.js';
import { urls as strangers } from '../support/database.js';
import { databaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { listen } from '../support/live.js';
import { Counter, figureOf, replicated } from '../support/replicated.js';

const here = replicated();
const isLong = Boolean(process.env.TEST_LONG);
const [callers, readsAfterWrites, readsOfEach] = isLong ? [64, 100_000, 8] : [8, 600, 6];

const replicaServes = (url: string) => eventually(async () => (await figureOf(url, 'serves')) === 1);
async function isReplicaAsked(url: string, read: () => Promise<unknown>): Promise<boolean> {
  const before = await figureOf(url, 'reads');
  await read();
  return (await figureOf(url, 'reads')) > before;
}

async function replay(): Promise<void> {
  await here.standby.sql('select pg_wal_replay_resume()');
  await Promise.all(here.urls.map(replicaServes));
}

test(
  'a caller reads its own writes, by memory on one server and by the header on another',
  async () => {
    const [one, other] = here.urls;
    await Promise.all(here.urls.map(replicaServes));
    const before = await Promise.all(here.urls.map((url) => figureOf(url, 'reads')));
    const stale: number[] = [];
    const count = async (counter: Counter, url: string) => {
      for (let written = 1; written < 1 + readsAfterWrites / callers / readsOfEach; written += 1) {
        const readAfter = await counter.write(one, written);
        for (let read = 0; read < readsOfEach; read += 1) {
          const found = await counter.read(url, url === one ? null : readAfter);
          if (found !== written) stale.push(found - written);
          await pause(Math.random() * 160);
        }
      }
    };
    const counters = [];
    while (counters.length < callers) counters.push(await Counter.at(one));
    await Promise.all(counters.map((counter, place) => count(counter, place % 2 ? other : one)));
    expect(stale).toEqual([]);
    for (const [place, url] of here.urls.entries())
      expect((await figureOf(url, 'reads')) - before[place]!).toBeGreaterThan(readsAfterWrites / 40);
  },
  isLong ? 3_600_000 : 120_000,
);

test('a replica that stands still shows callers their own writes, and is left out after 5 seconds', async () => {
  const [one, other] = here.urls;
  const counter = await Counter.at(one);
  const readAfter = await counter.write(one, 1);
  await eventually(() => isReplicaAsked(other, () => counter.read(other, readAfter)));
  await here.standby.sql('select pg_wal_replay_pause()');
  const latest = await counter.write(one, 2);
  expect(await counter.read(one)).toBe(2);
  // The other server knows of the write only what the caller tells.
  expect(await counter.read(other)).toBe(1);
  expect(await counter.read(other, readAfter)).toBe(1);
  expect(await counter.read(other, latest)).toBe(2);
  expect(await counter.read(other, `${readAfter}, ${latest}`)).toBe(2);
  await eventually(async () => (await counter.read(other)) === 2, { within: 7_000 });
  for (const url of here.urls) {
    await eventually(async () => (await figureOf(url, 'serves')) === 0);
    expect(await figureOf(url, 'lag_seconds')).toBeGreaterThan(5);
  }
  await replay();
});

test('a caller who was told of a change reads nothing older, by the feed and by a subscription', async () => {
  const [one, other] = here.urls;
  const counter = await Counter.at(one);
  const live = listen(counter, { server: other });
  await live.begun;
  await eventually(async () => (await counter.read(other)) === 0);
  // The first event has moved the caller to the primary for a moment.
  await pause(1_500);
  await Promise.all(here.urls.map(replicaServes));
  await here.standby.sql('select pg_wal_replay_pause()');
  await counter.write(one, 1);
  await live.changes(1);
  expect(await counter.read(other)).toBe(1);
  live.close();
  await replay();
  for (const told of ['changeCursor', 'changes(first: 1) { pageInfo { endCursor } }']) {
    const reader = await Counter.at(one);
    await eventually(() => isReplicaAsked(other, () => reader.read(other)));
    await here.standby.sql('select pg_wal_replay_pause()');
    await reader.write(one, 1);
    expect(await reader.read(other)).toBe(0);
    const { readAfter } = await reader.send(other, `{ ${told} }`);
    expect(await reader.read(other)).toBe(1);
    expect(await reader.read(one, readAfter)).toBe(1);
    await replay();
  }
});

test('a header that no answer has given is refused', async () => {
  const [one] = here.urls;
  const counter = await Counter.at(one);
  const given = (await counter.write(one, 1))!;
  const write = `mutation { updateCustomer(id: "${counter.customerId}", input: { name: "2" }) { id } }`;
  for (const bad of ['0/16B3748', `${given}x`, `${given},`, given.toUpperCase()])
    for (const query of ['{ organization { id } }', write]) {
      const { errors } = await counter.send(one, query, bad);
      expect([bad, errors]).toMatchObject([
        bad,
        [{ extensions: { code: 'BAD_USER_INPUT', fields: [{ path: 'X-Read-After', code: 'INVALID' }] } }],
      ]);
    }
  expect(await counter.read(one, given)).toBe(1);
  // The key of such a value was removed from TOKEN_KEYS long ago.
  expect(await counter.read(one, `deadbeef.${given.split('.')[1]}`)).toBe(1);
});

test('a replica that dies under load fails no read, and serves again when it is back', async () => {
  const [one] = here.urls;
  const counter = await Counter.at(one);
  await counter.write(one, 1);
  await replicaServes(one);
  let isOver = false;
  let reads = 0;
  const readAll = async () => {
    while (!isOver) {
      expect(await counter.read(one, null, 'dealStats { total } customers { nodes { deals { totalCount } } }')).toBe(1);
      reads += 1;
    }
  };
  const load = Promise.all(Array.from({ length: 8 }, readAll));
  const during = (check: () => Promise<boolean>) => Promise.race([eventually(check), load]);
  try {
    for (let kill = 0; kill < (isLong ? 20 : 2); kill += 1) {
      const before = await figureOf(one, 'reads');
      await during(async () => (await figureOf(one, 'reads')) > before + 50);
      // As recovery does with sessions that are in its way.
      await here.standby.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm_app'`);
      await here.standby.kill();
      await during(async () => (await figureOf(one, 'serves')) === 0);
      await here.standby.start();
      await during(async () => (await figureOf(one, 'serves')) === 1);
    }
  } finally {
    isOver = true;
    await load;
  }
  expect(reads).toBeGreaterThan(100);
}, 180_000);

test('a replica behind a dead network fails no read', async () => {
  const network = await databaseProxy(here.standby.url());
  const server = boot({ ...here.settings, DATABASE_REPLICA_URLS: network.databaseUrl });
  const url = await urlOf(server);
  const counter = await Counter.at(url);
  await eventually(() => isReplicaAsked(url, () => counter.read(url)));
  network.goSilent();
  expect(await Promise.all(Array.from({ length: 8 }, () => counter.read(url)))).toEqual(Array(8).fill(0));
  expect(await figureOf(url, 'serves')).toBe(0);
  network.recover();
  await replicaServes(url);
  await stop(server);
  network.close();
});

test('a stranger to the primary is refused as its replica, and so is another role', async () => {
  for (const url of [strangers.databaseUrl, here.standby.url('super')]) {
    const { ended, output } = boot({ ...here.settings, DATABASE_REPLICA_URLS: url });
    expectRefusal(await ended, output(), /^DATABASE_REPLICA_URLS names [^,]+, which does not replicate the database/m);
  }
});

test.each([
  ['database', () => here.standby.url().replace(/crm$/, 'crm_typo')],
  ['role', () => here.standby.url('crm_ap')],
])('a replica with a wrong name of the %s is refused with the reason', async (_what, url) => {
  const { ended, output } = boot({ ...here.settings, DATABASE_REPLICA_URLS: url() });
  expectRefusal(
    await ended,
    output(),
    /^DATABASE_REPLICA_URLS names .+, which refuses the connection: .+ does not exist/m,
  );
});

test.each<[what: string, change: () => NodeJS.ProcessEnv, refusal: RegExp]>([
  ['a standby to serve from', () => ({ DATABASE_URL: here.standby.url() }), /^DATABASE_URL leads to a standby: /m],
  [
    'a standby to migrate',
    () => ({ MIGRATION_DATABASE_URL: here.standby.url('crm_owner') }),
    /^MIGRATION_DATABASE_URL leads to a standby: /m,
  ],
  [
    'a database of another server to migrate',
    () => ({ MIGRATION_DATABASE_URL: strangers.migrationDatabaseUrl }),
    /^DATABASE_URL and MIGRATION_DATABASE_URL lead to different databases: /m,
  ],
  [
    'the role that serves to migrate',
    () => ({ MIGRATION_DATABASE_URL: here.primary.settings.DATABASE_URL }),
    /^MIGRATION_DATABASE_URL connects as a role that does not own the database crm: /m,
  ],
])('a start is refused that names %s', async (_what, change, refusal) => {
  const { ended, output } = boot({ ...here.settings, ...change() });
  expectRefusal(await ended, output(), refusal);
});

test('a start is refused that names another database to migrate, which stays as it is', async () => {
  const { primary, settings } = here;
  const superuser = (database: string) => primary.superuserUrl.replace(/crm$/, database);
  await withClient(superuser('postgres'), (client) => client.query('create database crm_other owner crm_owner'));
  const MIGRATION_DATABASE_URL = primary.settings.MIGRATION_DATABASE_URL.replace(/crm$/, 'crm_other');
  const { ended, output } = boot({ ...settings, MIGRATION_DATABASE_URL });
  expectRefusal(await ended, output(), /^DATABASE_URL and MIGRATION_DATABASE_URL lead to different databases: /m);
  const made = `select relname as name from pg_class where relnamespace = 'public'::regnamespace
    union all select extname from pg_extension where extname <> 'plpgsql'`;
  expect(await withClient(superuser('crm_other'), async (client) => (await client.query(made)).rows)).toEqual([]);
});

test('a standby that was promoted serves no more', async () => {
  const [one] = here.urls;
  const counter = await Counter.at(one);
  await here.standby.sql('select pg_promote()');
  await eventually(async () => (await figureOf(one, 'serves')) === 0);
  expect(await counter.read(one)).toBe(0);
});
