import { existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { generateKey } from '../src/platform/auth/tokens.js';
import { readConfig } from '../src/platform/config.js';
import {
  ask,
  type Booted,
  boot,
  expectRefusal,
  newFolder,
  postgresIn,
  runs,
  stop,
  urlIn,
  urlOf,
} from './support/boot.js';
import { sql, urls, urlsOf } from './support/database.js';
import { eventually } from './support/eventually.js';

const register = `mutation { register(input: {
  email: "ada@boot.example", username: "ada.boot", password: "correct-horse",
  organizationName: "Boot" }) { user { username } } }`;
const login = 'mutation { login(input: { username: "ada.boot", password: "correct-horse" }) { user { username } } }';

describe('with the embedded database', () => {
  const folder = newFolder();

  test('the server starts in an empty folder, serves, and stops with its PostgreSQL', async () => {
    const server = boot({ DATA_FOLDER: folder });
    const url = await urlOf(server);
    for (const health of ['live', 'ready']) expect((await fetch(`${url}/health/${health}`)).status).toBe(200);
    expect(await ask(url, register)).toMatchObject({ data: { register: { user: { username: 'ada.boot' } } } });
    const pid = postgresIn(folder)!;
    expect(runs(pid)).toBe(true);
    const at = Date.now();
    expect(await stop(server)).toBe(0);
    expect(Date.now() - at).toBeLessThan(10_000);
    expect(postgresIn(folder)).toBeNull();
    expect(runs(pid)).toBe(false);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  test('only the own user may read the secrets in the folder', () => {
    for (const file of ['secrets.json', 'token-key.json']) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  });

  test('the next start finds its data, and one killed at once leaves neither PostgreSQL nor damage', async () => {
    const server = boot({ DATA_FOLDER: folder });
    const url = await urlOf(server);
    expect(await ask(url, login)).toMatchObject({ data: { login: { user: { username: 'ada.boot' } } } });
    const pid = postgresIn(folder)!;
    server.child.kill('SIGKILL');
    await server.ended;
    // The next server does not wait for us to look: it starts while the old PostgreSQL may still be stopping.
    const next = boot({ DATA_FOLDER: folder });
    const nextUrl = await urlOf(next);
    expect(runs(pid)).toBe(false);
    expect(await ask(nextUrl, login)).toMatchObject({ data: { login: { user: { username: 'ada.boot' } } } });
    next.child.kill('SIGKILL');
    await next.ended;
    await eventually(() => postgresIn(folder) === null);
  });

  describe('while it runs', () => {
    let server: Booted;
    let second: Booted;
    beforeAll(async () => {
      server = boot({ DATA_FOLDER: folder });
      await urlOf(server);
      second = boot({ DATA_FOLDER: folder });
    });
    afterAll(() => stop(server));

    const url = (user: 'postgres' | 'crm_owner' | 'crm_app') => urlIn(folder, user);

    test.each([
      ['as superuser', 'alter role crm_app superuser', 'alter role crm_app nosuperuser'],
      ['with BYPASSRLS', 'alter role crm_app bypassrls', 'alter role crm_app nobypassrls'],
      ['as owner of a table', 'alter table customers owner to crm_app', 'alter table customers owner to crm_owner'],
      ['as member of crm_definer', 'grant crm_definer to crm_app', 'revoke crm_definer from crm_app'],
    ])('serving %s is refused, though its name is crm_app', async (_name, arrange, undo) => {
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(arrange);
      try {
        const refused = boot({
          DATA_FOLDER: newFolder(),
          DATABASE_URL: url('crm_app'),
          MIGRATION_DATABASE_URL: url('crm_owner'),
          TOKEN_KEYS: JSON.stringify([await generateKey()]),
        });
        expectRefusal(await refused.ended, refused.output(), /DATABASE_URL.*row-level security/);
      } finally {
        await client.query(undo);
        await client.end();
      }
    });

    test('its folder is not taken over by another server', async () => {
      expectRefusal(await second.ended, second.output(), /already runs on .*DATA_FOLDER/);
      expect((await fetch(`${await urlOf(server)}/health/ready`)).status).toBe(200);
    });
  });

  test('a taken port is named, and the PostgreSQL just started ends', async () => {
    const taken: Server = createServer();
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
    const { port } = taken.address() as { port: number };
    const server = boot({ DATA_FOLDER: folder, PORT: String(port) });
    const code = await server.ended;
    taken.close();
    expectRefusal(code, server.output(), new RegExp(`${port}.*PORT`, 's'));
    expect(postgresIn(folder)).toBeNull();
  });
});

describe('wrong configuration', () => {
  test('is refused with every variable at fault', async () => {
    const wrong = {
      NODE_ENV: 'prod',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      CORS_ORIGINS: '*',
      DATABASE_URL: 'mysql://root@localhost/crm',
      MIGRATION_DATABASE_URL: 'localhost:5432',
      DATABASE_POOL_SIZE: '1',
      TOKEN_KEYS: 'secret-that-nobody-may-see',
      TRUST_PROXY: 'yes',
      SIGN_INS_PER_MINUTE: '-1',
    };
    const server = boot({ ...wrong, DATA_FOLDER: newFolder() });
    const code = await server.ended;
    for (const name of Object.keys(wrong)) expectRefusal(code, server.output(), new RegExp(`^\\s+${name} `, 'm'));
    expect(server.output()).not.toContain('secret-that-nobody-may-see');
  });

  test('is refused before anything is started, as in production without TOKEN_KEYS', async () => {
    const folder = newFolder();
    const server = boot({ DATA_FOLDER: folder, NODE_ENV: 'production' });
    expectRefusal(await server.ended, server.output(), /TOKEN_KEYS is missing/);
    expect(existsSync(join(folder, 'postgres'))).toBe(false);
  });

  const publicKey = { kty: 'EC', crv: 'P-256', kid: '1', x: 'x', y: 'y' };
  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['a database URL alone', { DATABASE_URL: urls.databaseUrl, TOKEN_KEYS: '' }, /MIGRATION_DATABASE_URL.*TOKEN_KEYS/s],
    ['a migration URL alone', { MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl }, /^ {2}DATABASE_URL/m],
    ['an empty list of keys', { TOKEN_KEYS: '[]' }, /TOKEN_KEYS/],
    ['a key without its private part', { TOKEN_KEYS: JSON.stringify([publicKey]) }, /TOKEN_KEYS/],
    ['null for a key', { TOKEN_KEYS: '[null]' }, /TOKEN_KEYS/],
    ['an origin with a path', { CORS_ORIGINS: 'https://app.example.com/' }, /CORS_ORIGINS/],
    ['half a port', { PORT: '80.5' }, /PORT/],
    ['a folder with a line break', { DATA_FOLDER: 'a\nb' }, /DATA_FOLDER/],
  ])('is recognised: %s', (_name, settings, message) => {
    expect(() => readConfig(settings)).toThrow(message);
  });
});

describe('with a database of one’s own', () => {
  const database = `crm_boot_${process.pid}`;
  const { databaseUrl, migrationDatabaseUrl, superuserUrl } = urlsOf(database);
  const serverOn = async (settings: NodeJS.ProcessEnv = {}) => {
    keys ??= JSON.stringify([await generateKey()]);
    return boot({
      NODE_ENV: 'production',
      DATA_FOLDER: newFolder(),
      DATABASE_URL: databaseUrl,
      MIGRATION_DATABASE_URL: migrationDatabaseUrl,
      TOKEN_KEYS: keys,
      ...settings,
    });
  };
  let keys: string | undefined;

  afterAll(() => sql(`drop database if exists ${database} with (force)`));

  test('two servers started at once on an empty one migrate it once, and both serve', async () => {
    await sql(`create database ${database} owner crm_owner`);
    const servers = await Promise.all([serverOn(), serverOn()]);
    const addresses = await Promise.all(servers.map(urlOf));
    for (const url of addresses) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const [one, other] = addresses as [string, string];
    expect(await ask(one, register)).toMatchObject({ data: { register: { user: { username: 'ada.boot' } } } });
    expect(await ask(other, login)).toMatchObject({ data: { login: { user: { username: 'ada.boot' } } } });
    const client = new pg.Client({ connectionString: superuserUrl });
    await client.connect();
    const { rows } = await client.query('select name, count(*)::int as times from migrations group by name');
    await client.end();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ times }) => times !== 1)).toEqual([]);
    expect(await Promise.all(servers.map(stop))).toEqual([0, 0]);
  });

  test.each([
    ['a superuser', () => superuserUrl],
    ['the owner', () => migrationDatabaseUrl],
  ])('%s is refused as the serving role', async (_name, url) => {
    const server = await serverOn({ DATABASE_URL: url() });
    expectRefusal(await server.ended, server.output(), /DATABASE_URL.*crm_app/);
    expect(server.output()).not.toContain(new URL(url()).password);
  });

  test('a wrong password and a missing database are told at once, in one line', async () => {
    const wrong = new URL(databaseUrl);
    wrong.password = 'wrong';
    const missing = new URL(migrationDatabaseUrl);
    missing.pathname = '/crm_nowhere';
    const servers = [
      await serverOn({ DATABASE_URL: wrong.href }),
      await serverOn({ MIGRATION_DATABASE_URL: missing.href }),
    ];
    for (const server of servers)
      expectRefusal(await server.ended, server.output(), /DATABASE_URL cannot be connected/);
  });
});
