import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { generateKey } from '../src/platform/auth/tokens.js';
import { boot, newFolder } from './support/boot.js';
import { sql, urls } from './support/database.js';
import { eventually } from './support/eventually.js';
import { origin } from './support/server.js';
import { newTenant } from './support/tenant.js';

/** The message of a start that is refused. */
async function refusalOf(settings: NodeJS.ProcessEnv): Promise<string> {
  const { ended, output } = boot({
    NODE_ENV: 'production',
    DATA_FOLDER: newFolder(),
    TOKEN_KEYS: JSON.stringify([await generateKey()]),
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    ...settings,
  });
  expect(await ended).toBe(1);
  return output().trim();
}

(process.env.TEST_POOLER ? describe : describe.skip)('a pooler of transactions', () => {
  test('is refused with prepared statements, in one sentence', async () => {
    expect(await refusalOf({ PREPARED_STATEMENTS: 'on' })).toMatch(
      /^DATABASE_URL leads to a pooler, .+: set PREPARED_STATEMENTS=off, or connect to PostgreSQL itself$/,
    );
  });

  test('is refused while its connections have other settings than their role', async () => {
    const here = new URL(urls.superuserUrl).pathname.slice(1);
    // Of the next connections that the pooler opens.
    await sql(`alter role crm_app in database ${here} set lock_timeout = '7s'`);
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where usename = 'crm_app' and datname = current_database()`;
    await sql(end);
    const refused = await refusalOf({ PREPARED_STATEMENTS: 'off' });
    await sql(`alter role crm_app in database ${here} reset lock_timeout`);
    await sql(end);
    expect(refused).toMatch(/lack settings of their role \(lock_timeout\): .*RECONNECT/);
  });

  test('ends the statements of a caller who has gone', async () => {
    const { owner, id } = await newTenant();
    const holder = new pg.Client(urls.superuserUrl);
    await holder.connect();
    await holder.query('begin; lock table vendors');
    const waiting = async () =>
      sql(`select from pg_stat_activity where wait_event_type = 'Lock' and usename = 'crm_app'`);
    const leaving = new AbortController();
    const answer = fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${owner.token}`,
        'x-organization-id': id,
      },
      body: JSON.stringify({ query: '{ vendors { nodes { id } } }' }),
      signal: leaving.signal,
    });
    await eventually(async () => (await waiting()).length > 0);
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    // Sooner than the lock's timeout, which is 2 seconds.
    await eventually(async () => (await waiting()).length === 0, { within: 1500 });
    await holder.end();
  });
});
