import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { BoundedLog } from '../../src/platform/database/embedded/log.js';
import { Restarts } from '../../src/platform/database/embedded/restarts.js';
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
} from '../support/boot.js';
import { eventually } from '../support/eventually.js';

const isLong = process.env.TEST_LONG === '1';
const login =
  'mutation { login(input: { username: "olivia.grant", password: "demo-password" }) { user { username } } }';

const parentOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));

describe('a server whose PostgreSQL', () => {
  const folder = newFolder();
  const log = join(folder, 'postgres.log');
  let server: Booted;
  let url: string;
  beforeAll(async () => {
    server = boot({ DATA_FOLDER: folder });
    url = await urlOf(server);
  });
  afterAll(async () => {
    expect(await stop(server)).toBe(0);
    expect(postgresIn(folder)).toBeNull();
  });

  const answers = async () => expect((await ask(url, login)).errors).toBeUndefined();
  const untilItAnswers = () => eventually(answers, { within: 20_000, every: 200 });
  const returns = () => server.output().match(/PostgreSQL is ready again/g)?.length ?? 0;

  /** Kills PostgreSQL; expects answers within 5 seconds of its return. */
  async function kill(): Promise<void> {
    const killed = postgresIn(folder)!;
    const before = returns();
    process.kill(killed, 'SIGKILL');
    await eventually(() => returns() > before);
    const at = Date.now();
    await untilItAnswers();
    expect(Date.now() - at).toBeLessThan(5_000);
    expect(runs(killed)).toBe(false);
  }

  test('is killed again and again answers within 5 seconds each time', async () => {
    for (let time = 0; time < (isLong ? 5 : 3); time += 1) await kill();
    expect(server.output()).toMatch(/PostgreSQL ended \(SIGKILL\).*\n.*ready again/);
    expect(server.child.exitCode).toBeNull();
  });

  test('is killed during a long statement answers as soon', async () => {
    const client = new pg.Client({ connectionString: urlIn(folder, 'crm_app') });
    client.on('error', () => undefined);
    await client.connect();
    const statement = client.query('select count(*) from generate_series(1, 1e10)');
    const rejected = expect(statement).rejects.toThrow();
    await new Promise((later) => setTimeout(later, 200));
    await kill();
    await rejected;
  });

  test('does not come back keeps its data from a second server, until it comes back', async () => {
    const settings = join(folder, 'postgres/postgresql.conf');
    const before = readFileSync(settings, 'utf8');
    appendFileSync(settings, '\nnonsense\n');
    process.kill(postgresIn(folder)!, 'SIGKILL');
    const second = boot({ DATA_FOLDER: folder });
    expectRefusal(await second.ended, second.output(), /server already runs on .*DATA_FOLDER/);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    writeFileSync(settings, before);
    await untilItAnswers();
  });

  test('loses its keeper gets another one', async () => {
    const orphan = postgresIn(folder)!;
    const keeper = parentOf(orphan);
    expect(keeper).not.toBe(server.child.pid);
    process.kill(keeper, 'SIGKILL');
    await eventually(() => !runs(orphan) && ![null, orphan].includes(postgresIn(folder)));
    await untilItAnswers();
    expect(parentOf(parentOf(postgresIn(folder)!))).toBe(server.child.pid);
  });

  test.each([
    ['server and keeper', (first: number, keeper: number) => [first, keeper]],
    ['server, keeper and PostgreSQL', (...all: number[]) => all],
  ])('is left by killed %s does not stop the next start', async (_name, whom) => {
    const postgres = postgresIn(folder)!;
    const keeper = parentOf(postgres);
    // All at once, so that none notices another's end.
    for (const pid of whom(server.child.pid!, keeper, postgres)) process.kill(pid, 'SIGKILL');
    await server.ended;
    await eventually(() => !runs(keeper));
    server = boot({ DATA_FOLDER: folder });
    url = await urlOf(server);
    await untilItAnswers();
    await eventually(() => !runs(postgres));
  });

  (isLong ? test : test.skip)(
    'dies at each start is given up in a sentence, and starts with the next server',
    async () => {
      const settings = join(folder, 'postgres/postgresql.conf');
      const before = readFileSync(settings, 'utf8');
      appendFileSync(settings, '\nnonsense\n');
      process.kill(postgresIn(folder)!, 'SIGKILL');
      await eventually(() => expect(server.output()).toMatch(/ends again and again.*postgres\.log/), {
        within: 80_000,
      });
      expect((await fetch(`${url}/health/ready`)).status).toBe(503);
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      writeFileSync(settings, before);
      expect(await stop(server)).toBe(0);
      server = boot({ DATA_FOLDER: folder });
      url = await urlOf(server);
      await untilItAnswers();
    },
    150_000,
  );

  test('ended is told in a log that only its owner may read, without passwords', async () => {
    expect(statSync(log).mode & 0o777).toBe(0o600);
    const text = readFileSync(log, 'utf8');
    expect(text).toMatch(/KEEPER: {2}PostgreSQL ended \(SIGKILL\)/);
    expect(text).toMatch(/database system was not properly shut down/);
    const secrets: Record<string, string> = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8'));
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  });
});

test('the log keeps to two files of 5 MB', () => {
  const path = join(newFolder(), 'postgres.log');
  writeFileSync(path, 'of an earlier start\n', { mode: 0o644 });
  const log = new BoundedLog(path);
  const line = `${'x'.repeat(65_000)}\n`;
  for (let bytes = 0; bytes < 12_000_000; bytes += line.length) log.write(line);
  log.note('the end');
  for (const file of [path, `${path}.1`]) {
    expect(statSync(file).size).toBeLessThanOrEqual(5_000_000);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(readFileSync(path, 'utf8')).toMatch(/KEEPER: {2}the end\n$/);
});

test('what dies at once is started again at once, then ever later, and in the end no more', () => {
  const restarts = new Restarts();
  const waits = Array.from({ length: 16 }, () => restarts.next(0));
  expect(waits.slice(0, 5)).toEqual([0, 100, 200, 400, 800]);
  expect(waits.at(-1)).toBeNull();
  expect(Math.max(...waits.map(Number))).toBe(2_000);
  // One that has lived for a while counts as new.
  expect(restarts.next(5_000)).toBe(0);
});
