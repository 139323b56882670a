import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/platform/config.js';
import { Counter } from '../support/replicated.js';
import { everyStatementOf, origin } from '../support/server.js';

test('without replicas, nobody asks for positions, and the header is ignored', async () => {
  const counter = await Counter.at(origin);
  const sent = await everyStatementOf(async () => {
    expect(await counter.write(origin, 1)).toBeNull();
    expect(await counter.read(origin, 'anything', 'changeCursor')).toBe(1);
  });
  expect(sent.join('\n')).toContain('customers');
  expect(sent.join('\n')).not.toContain('pg_current_wal');
});

test('replicas are those of a primary', () => {
  const DATABASE_REPLICA_URLS = 'postgres://crm_app:x@one/crm, postgres://crm_app:x@other/crm';
  const DATABASE_URL = 'postgres://crm_app:x@primary/crm';
  const both = { DATABASE_URL, MIGRATION_DATABASE_URL: DATABASE_URL };
  expect(readConfig({ DATABASE_REPLICA_URLS, ...both }, { serves: false }).replicaUrls).toEqual([
    'postgres://crm_app:x@one/crm',
    'postgres://crm_app:x@other/crm',
  ]);
  expect(() => readConfig({ DATABASE_REPLICA_URLS }, { serves: false })).toThrow(/DATABASE_REPLICA_URLS needs it/);
  expect(() => readConfig({ DATABASE_REPLICA_URLS: 'one,', ...both })).toThrow(/DATABASE_REPLICA_URLS must look like/);
});
