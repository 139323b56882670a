import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { generateKey } from '../src/platform/auth/tokens.js';
import { withClient } from '../src/platform/database/connection.js';
import { boot, newFolder, stop, urlOf } from './support/boot.js';
import { sql, urls } from './support/database.js';
import { databaseProxy } from './support/database-proxy.js';
import { eventually } from './support/eventually.js';
import { type OtherPostgres, startOtherPostgres } from './support/other-postgres.js';
import { Pooler } from './support/pooler.js';
import { programs } from './support/replicated.js';
import { origin } from './support/server.js';
import { newTenant } from './support/tenant.js';

const program = process.env.TEST_POOLER!;

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

/** A PostgreSQL of the test's own, which a server has migrated. */
async function migratedPostgres(): Promise<OtherPostgres> {
  const postgres = await startOtherPostgres(programs);
  ending.unshift(() => postgres.stop());
  await startedWith(postgres.settings);
  return postgres;
}

/** Starts a server with these settings, and stops it. */
async function startedWith(settings: NodeJS.ProcessEnv): Promise<void> {
  const TOKEN_KEYS = JSON.stringify([await generateKey()]);
  const server = boot({ NODE_ENV: 'production', DATA_FOLDER: newFolder(), TOKEN_KEYS, ...settings });
  await urlOf(server);
  await stop(server);
}

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ending) await end();
});

test('an administrator may set the role settings that the owner of the database may not', async () => {
  const { settings, superuserUrl } = await migratedPostgres();
  const administer = (text: string) => withClient(superuserUrl, (client) => client.query(text));
  await administer('alter role crm_owner nocreaterole');
  const off = { ...settings, PREPARED_STATEMENTS: 'off' };
  const [, statements] = /let an administrator run `(.+)`$/.exec(await refusalOf(off))!;
  await administer(statements!);
  await startedWith(off);
});

test('a database in another time zone is served without prepared statements', async () => {
  const { settings, superuserUrl } = await migratedPostgres();
  await withClient(superuserUrl, (client) => client.query(`alter database crm set timezone = 'Asia/Kolkata'`));
  await startedWith({ ...settings, PREPARED_STATEMENTS: 'off' });
});

(process.env.TEST_POOLER ? describe : describe.skip)('a pooler of transactions', () => {
  test('is refused with prepared statements, in one sentence', async () => {
    expect(await refusalOf({ PREPARED_STATEMENTS: 'on' })).toMatch(
      /^DATABASE_URL leads to a pooler, .+: set PREPARED_STATEMENTS=off, or connect to PostgreSQL itself$/,
    );
  });

  test('is refused for migrations', async () => {
    expect(await refusalOf({ PREPARED_STATEMENTS: 'off', MIGRATION_DATABASE_URL: urls.databaseUrl })).toMatch(
      /^MIGRATION_DATABASE_URL leads to a pooler, .+: connect to PostgreSQL itself$/,
    );
  });

  test.each([
    ['password', { password: 'wrong' }, /password authentication failed$/],
    ['database', { pathname: '/none' }, /no such database: none$/],
  ])('ends a start at once that names a wrong %s', async (_what, part, reason) => {
    const { settings } = await migratedPostgres();
    const pooler = await Pooler.start(program, settings.DATABASE_URL, { checksPasswords: true });
    ending.unshift(() => pooler.stop());
    const right = new URL(pooler.inFrontOf(settings.DATABASE_URL));
    right.password = new URL(settings.DATABASE_URL).password;
    await startedWith({ ...settings, DATABASE_URL: right.href, PREPARED_STATEMENTS: 'off' });
    const DATABASE_URL = Object.assign(right, part).href;
    const refusal = await refusalOf({ ...settings, DATABASE_URL, PREPARED_STATEMENTS: 'off' });
    expect(refusal.split('\n')).toEqual([expect.stringMatching(/^DATABASE_URL cannot be connected to: /)]);
    expect(refusal).toMatch(reason);
  });

  test('is refused in statement mode', async () => {
    const { settings } = await migratedPostgres();
    const pooler = await Pooler.start(program, settings.DATABASE_URL, { mode: 'statement' });
    ending.unshift(() => pooler.stop());
    const DATABASE_URL = pooler.inFrontOf(settings.DATABASE_URL);
    expect(await refusalOf({ ...settings, DATABASE_URL, PREPARED_STATEMENTS: 'off' })).toMatch(
      /^DATABASE_URL takes no transactions \(.+\): set pool_mode of the pooler to transaction$/,
    );
  });

  test('is refused in statement mode as a replica', async () => {
    const { settings } = await migratedPostgres();
    const pooler = await Pooler.start(program, settings.DATABASE_URL, { mode: 'statement' });
    ending.unshift(() => pooler.stop());
    const DATABASE_REPLICA_URLS = pooler.inFrontOf(settings.DATABASE_URL);
    expect(await refusalOf({ ...settings, PREPARED_STATEMENTS: 'off', DATABASE_REPLICA_URLS })).toMatch(
      /^DATABASE_REPLICA_URLS names .+, which takes no transactions \(.+\): set pool_mode .+ to transaction$/m,
    );
  });

  test('is left out in statement mode as a replica that was away at the start', async () => {
    const { settings } = await migratedPostgres();
    const pooler = await Pooler.start(program, settings.DATABASE_URL, { mode: 'statement' });
    ending.unshift(() => pooler.stop());
    const network = await databaseProxy(pooler.inFrontOf(settings.DATABASE_URL));
    network.cut();
    const server = boot({
      ...{ NODE_ENV: 'production', DATA_FOLDER: newFolder(), LOG_LEVEL: 'warn', PREPARED_STATEMENTS: 'off' },
      ...{ ...settings, TOKEN_KEYS: JSON.stringify([await generateKey()]), DATABASE_REPLICA_URLS: network.databaseUrl },
    });
    await urlOf(server);
    network.recover();
    await eventually(() => server.output().includes('is left out: it takes no transactions'));
    await stop(server);
    network.close();
  });

  test.each([true, false])(
    'is refused as a replica with prepared statements (ignores options: %s)',
    async (ignoresOptions) => {
      const { settings } = await migratedPostgres();
      const pooler = await Pooler.start(program, settings.DATABASE_URL, { ignoresOptions });
      ending.unshift(() => pooler.stop());
      const DATABASE_REPLICA_URLS = pooler.inFrontOf(settings.DATABASE_URL);
      expect(await refusalOf({ ...settings, PREPARED_STATEMENTS: 'on', DATABASE_REPLICA_URLS })).toMatch(
        /^DATABASE_REPLICA_URLS names .+, which is a pooler: set PREPARED_STATEMENTS=off, or name the standby itself$/m,
      );
    },
  );

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
