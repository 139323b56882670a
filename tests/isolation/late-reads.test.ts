import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { entities } from '../../src/crm/index.js';
import { NestedReads } from '../../src/platform/database/nested-reads.js';
import { openOrm, openPool } from '../../src/platform/database/orm.js';
import { Snapshot } from '../../src/platform/database/snapshot.js';
import { Lifetimes } from '../../src/platform/lifetime.js';
import { urls } from '../support/database.js';

const pool = openPool(urls.databaseUrl, 1, () => undefined);
afterAll(() => pool.end());

const lifetime = new Lifetimes().begin();
afterAll(() => lifetime.close());

const snapshotOf = (organizationId: string) =>
  new Snapshot({ pool, sidePool: pool }, () => ({ userId: v7(), organizationId }), lifetime);
const whose = { text: `select current_setting('app.organization_id') as id`, values: [] };

/** Statements that servers of other tests send at any time. */
const ofWorkers = /lease_|log_news|end_mail/;

/** The statements that a read sends which comes after its answer, and must get none itself. */
async function sentLate(read: () => Promise<unknown>): Promise<unknown[]> {
  const sent: unknown[] = [];
  const listen = (message: unknown) => ofWorkers.test((message as { text: string }).text) || sent.push(message);
  subscribe('crm.sql', listen);
  expect(await Promise.race([read(), pause(100, 'no answer')])).toBe('no answer');
  unsubscribe('crm.sql', listen);
  return sent;
}

test('a read that comes after its answer does not get into the snapshot of another organization', async () => {
  const [one, other] = [v7(), v7()];
  const ended = snapshotOf(one);
  expect(await ended.query(whose)).toEqual([{ id: one }]);
  ended.end();
  const next = snapshotOf(other);
  expect(await next.query(whose)).toEqual([{ id: other }]);
  expect(await sentLate(() => ended.query(whose))).toEqual([]);
  next.end();
});

test('a read that fails after its answer sends nothing more', async () => {
  const ended = snapshotOf(v7());
  const reads = [{ text: 'select 1 / $1::int', values: [0] }, whose].map((statement) => ended.query(statement));
  ended.end();
  const sent = await sentLate(() => Promise.race(reads));
  expect(sent.at(-1)).toMatchObject({ text: 'commit' });
});

test('a read that comes after its mutation does not get into another transaction', async () => {
  const orm = await openOrm(
    openPool(urls.databaseUrl, 1, () => undefined),
    entities,
  );
  const em = orm.em.fork();
  await em.begin();
  const ended = new NestedReads(em);
  const first = ended.query({ text: 'select 1', values: [] });
  await ended.end();
  expect(await Promise.race([first, pause(0, 'not awaited')])).not.toBe('not awaited');
  await em.commit();
  expect(await sentLate(() => ended.query(whose))).toEqual([]);
  await orm.close();
});
