import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { generateKey } from '../src/platform/auth/tokens.js';
import { advice } from '../src/platform/fail.js';
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
import { eventually } from './support/eventually.js';

const isRoot = process.getuid?.() === 0;

/** The server, started in this folder and asked for something, until the work is done. */
async function running<Value>(
  settings: NodeJS.ProcessEnv,
  work: (url: string, server: Booted) => Promise<Value>,
  project?: string,
): Promise<Value> {
  const server = boot(settings, project);
  try {
    return await work(await urlOf(server), server);
  } finally {
    await stop(server);
  }
}

const login =
  'mutation { login(input: { username: "olivia.grant", password: "demo-password" }) { user { username } } }';
const register = (name: string) => `mutation { register(input: { email: "${name}@start.example", username: "${name}",
  password: "correct-horse", organizationName: "${name}" }) { user { username } } }`;

/** All files below a folder that somebody else may read, write or enter. */
function open(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => lstatSync(file).mode & 0o077 && !lstatSync(file).isSymbolicLink());
}

describe('a copy of the project in a folder that nobody else may enter', () => {
  // Beside the project, because only the same disk can hold hard links.
  const closed = mkdtempSync('.data-closed-');
  const project = resolve(closed, 'crm');

  test('starts, keeps its data, and finds them again', async () => {
    execFileSync('cp', ['-al', 'package.json', 'dist', 'node_modules', closed]);
    mkdirSync(project);
    for (const name of ['package.json', 'dist', 'node_modules']) execFileSync('mv', [join(closed, name), project]);
    expect(statSync(closed).mode & 0o777).toBe(0o700);
    let elsewhere: string | null = null;
    try {
      await running({}, async (url) => expect((await ask(url, register('ada'))).errors).toBeUndefined(), project);
      const data = join(project, '.data/postgres');
      elsewhere = lstatSync(data).isSymbolicLink() ? dirname(readlinkSync(data)) : null;
      // Only root runs PostgreSQL as another user, who cannot get here.
      expect(elsewhere !== null).toBe(isRoot);
      if (elsewhere) expect(open(elsewhere)).toEqual([]);
      await running({}, async (url) => expect((await ask(url, register('ada'))).errors).toBeDefined(), project);
    } finally {
      rmSync(closed, { recursive: true });
      if (elsewhere) rmSync(elsewhere, { recursive: true });
    }
  });
});

/** Holds a database after the first start. */
const folder = newFolder();

describe('the data folder', () => {
  test('is closed to others, and so is everything in it; no password stands among the arguments', async () => {
    await running({ DATA_FOLDER: folder }, async () => {
      expect(statSync(folder).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
      expect(open(folder)).toEqual([]);
      const everybody = execFileSync('ps', ['-ww', '-eo', 'args'], { encoding: 'utf8' });
      expect(everybody).toContain(folder);
      for (const secret of Object.values<string>(JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8'))))
        expect(everybody).not.toContain(secret);
    });
  });

  test('of a server that trusted everybody asks for passwords again, and holds no network port', async () => {
    writeFileSync(join(folder, 'postgres/pg_hba.conf'), 'local all all trust\nhost all all 127.0.0.1/32 trust\n');
    chmodSync(join(folder, 'postgres/pg_hba.conf'), 0o644);
    await running({ DATA_FOLDER: folder }, async () => {
      const connectionString = urlIn(folder, 'postgres').replace(/:[^:@]+@/, ':wrong@');
      await expect(new pg.Client({ connectionString }).connect()).rejects.toMatchObject({ code: '28P01' });
      const client = new pg.Client({ connectionString: urlIn(folder, 'postgres') });
      await client.connect();
      const { rows } = await client.query(`select setting from pg_settings where name = 'listen_addresses'`);
      await client.end();
      expect(rows).toEqual([{ setting: '' }]);
      expect(open(folder)).toEqual([]);
    });
  });

  test('may have a path that is too long for a socket', async () => {
    const above = newFolder();
    chmodSync(above, 0o711);
    const long = join(above, 'a'.repeat(60), 'b'.repeat(60));
    await running({ DATA_FOLDER: long }, async (url) => expect((await ask(url, login)).errors).toBeUndefined());
    await eventually(() => postgresIn(long) === null);
  });

  test('may hold the lock files of a crash whose process is another program by now', async () => {
    const lines = [process.pid, join(folder, 'postgres'), 0, 5432, '', '', '', 'ready'].join('\n');
    for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
      const file = join(folder, 'postgres', name);
      expect(existsSync(file)).toBe(false);
      writeFileSync(file, lines);
    }
    await running({ DATA_FOLDER: folder }, async (url) => expect((await ask(url, login)).errors).toBeUndefined());
  });

  test('of another version of PostgreSQL is refused and left alone', async () => {
    const old = newFolder();
    mkdirSync(join(old, 'postgres'));
    writeFileSync(join(old, 'postgres/PG_VERSION'), '15\n');
    const server = boot({ DATA_FOLDER: old });
    expectRefusal(await server.ended, server.output(), /PostgreSQL 15.*backup/);
    expect(readdirSync(join(old, 'postgres'))).toEqual(['PG_VERSION']);
  });

  test('that cannot be made or written to is named', async () => {
    const dangling = join(newFolder(), 'dangling');
    symlinkSync(join(newFolder(), 'gone/too'), dangling);
    for (const place of ['package.json/data', '/proc/data', dangling, ...(isRoot ? [] : ['/data'])]) {
      const server = boot({ DATA_FOLDER: place });
      expectRefusal(await server.ended, server.output(), new RegExp(`${place}.*DATA_FOLDER`));
    }
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['an empty secrets.json', { 'secrets.json': '' }, /secrets\.json is damaged/],
    ['secrets that lack one', { 'secrets.json': '{"owner":"x"}' }, /secrets\.json is damaged/],
    ['no secrets beside a database', { 'postgres/PG_VERSION': '18\n' }, /secrets\.json is missing/],
    ['other files for a database', { 'postgres/photo.jpg': 'x' }, /holds files, but no data of PostgreSQL/],
  ])('with %s is refused in a sentence and left alone', async (_name, files, message) => {
    const folder = newFolder();
    chmodSync(folder, 0o711);
    mkdirSync(join(folder, 'postgres'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const server = boot({ DATA_FOLDER: folder });
    expectRefusal(await server.ended, server.output(), message);
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  test('with a link to a missing database, or with a damaged key, is refused', async () => {
    const linked = newFolder();
    symlinkSync('gone/postgres', join(linked, 'postgres'));
    const server = boot({ DATA_FOLDER: linked });
    expectRefusal(await server.ended, server.output(), /link to .*gone\/postgres, which is gone/);

    const key = join(folder, 'token-key.json');
    const whole = readFileSync(key, 'utf8');
    writeFileSync(key, '{');
    const keyless = boot({ DATA_FOLDER: folder });
    expectRefusal(await keyless.ended, keyless.output(), /token-key\.json is damaged/);
    writeFileSync(key, whole);
  });
});

test('PostgreSQL ends with its server though the process between them was killed', async () => {
  const server = boot({ DATA_FOLDER: folder });
  await urlOf(server);
  const postgres = postgresIn(folder)!;
  const keeper = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(postgres)], { encoding: 'utf8' }));
  expect(keeper).not.toBe(server.child.pid);
  process.kill(keeper, 'SIGKILL');
  await eventually(() => !runs(keeper));
  expect(await stop(server)).toBe(0);
  expect(postgresIn(folder)).toBeNull();
  await eventually(() => !runs(postgres));
});

test('a host that is not an address of this machine is named', async () => {
  const server = boot({ DATA_FOLDER: folder, HOST: '300.1.1.1' });
  expectRefusal(await server.ended, server.output(), /300\.1\.1\.1.*HOST/);
  expect(postgresIn(folder)).toBeNull();
});

test.each([
  ['ENOSPC', { path: '/data/x' }, /disk is full.*free some space/],
  ['53100', {}, /disk is full.*free some space/],
  ['EROFS', {}, /set DATA_FOLDER/],
  ['EACCES', { syscall: 'open' }, /set DATA_FOLDER/],
  ['EACCES', { syscall: 'listen' }, /set PORT/],
  ['EADDRNOTAVAIL', {}, /set HOST/],
])('one sentence says what to do about %s %j', (code, facts, text) => {
  const sentence = advice(Object.assign(new Error(`${code}: it failed`), { code, ...facts }));
  expect(sentence).toMatch(text);
  expect(sentence).not.toContain('\n');
});

describe('in production', () => {
  test('nobody has an account until the first registers, who is told how', async () => {
    const settings = {
      DATA_FOLDER: newFolder(),
      NODE_ENV: 'production',
      TOKEN_KEYS: JSON.stringify([await generateKey()]),
      REGISTRATION: 'first',
    };
    await running(settings, async (url, { output }) => {
      await eventually(() => /Register the first organization.*curl/s.test(output()));
      expect(output()).not.toContain('demo-password');
      expect(await ask(url, login)).toMatchObject({ errors: [{ extensions: { reason: 'INVALID_CREDENTIALS' } }] });
      const answers = await Promise.all(['ada', 'bert', 'cleo'].map((name) => ask(url, register(name))));
      expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
      const closed = { errors: [{ extensions: { code: 'FORBIDDEN', reason: 'REGISTRATION_CLOSED' } }] };
      for (const answer of answers.filter(({ errors }) => errors)) expect(answer).toMatchObject(closed);
      expect(await ask(url, register('dora'))).toMatchObject(closed);
    });
    await running({ ...settings, REGISTRATION: 'closed' }, async (url, { output }) => {
      expect(output()).not.toContain('Register');
      expect(await ask(url, register('emil'))).toMatchObject({
        errors: [{ extensions: { reason: 'REGISTRATION_CLOSED' } }],
      });
    });
  });
});
