import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { openPool } from '../../src/platform/database/orm.js';
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

test('a read that comes after its answer does not get into the snapshot of another organization', async () => {
  const [one, other] = [v7(), v7()];
  const ended = snapshotOf(one);
  expect(await ended.query(whose)).toEqual([{ id: one }]);
  ended.end();
  const next = snapshotOf(other);
  expect(await next.query(whose)).toEqual([{ id: other }]);
  const sent: unknown[] = [];
  const listen = (message: unknown) => sent.push(message);
  subscribe('crm.sql', listen);
  expect(await Promise.race([ended.query(whose), pause(100, 'no answer')])).toBe('no answer');
  unsubscribe('crm.sql', listen);
  expect(sent).toEqual([]);
  next.end();
});
