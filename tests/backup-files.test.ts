import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { withClient } from '../src/platform/database/connection.js';
import { boot, newFolder, postgresIn, stop, urlIn, urlOf } from './support/boot.js';
import { begin, own, runCommand } from './support/commands.js';
import { urls } from './support/database.js';
import { eventually } from './support/eventually.js';

/** A command that failed with one sentence. */
const refused = (message: RegExp) => ({ code: 1, output: expect.stringMatching(message) });

async function expectRefused(command: ReturnType<typeof runCommand>, message: RegExp): Promise<void> {
  const { code, output } = await command;
  expect({ code, output: output.trim() }).toEqual(refused(message));
  expect(output.trim()).not.toContain('\n');
}

const isBackup = (file: string) => gunzipSync(readFileSync(file)).includes('too-good-crm');

describe('the file of a backup', () => {
  test('may be a link, which stays and leads to the new backup', async () => {
    const [folder, other] = [newFolder(), newFolder()];
    const [link, target] = [join(folder, 'latest.gz'), join(other, 'crm.gz')];
    symlinkSync(target, link);
    for (const state of ['a missing file', 'an old backup']) {
      expect({ state, ...(await runCommand('backup', own, link)) }).toMatchObject({ code: 0 });
      expect(readlinkSync(link)).toBe(target);
      expect(isBackup(target)).toBe(true);
      writeFileSync(target, 'old');
    }
    expect(readdirSync(folder)).toEqual(['latest.gz']);
    expect(readdirSync(other)).toEqual(['crm.gz']);
  });

  test('is refused when something else has its name, which stays', async () => {
    const folder = newFolder();
    const [fifo, link, loop] = ['fifo', 'link', 'loop'].map((name) => join(folder, name)) as [string, string, string];
    execFileSync('mkfifo', [fifo]);
    symlinkSync(fifo, link);
    symlinkSync(loop, loop);
    for (const path of [fifo, link]) await expectRefused(runCommand('backup', own, path), /not a regular file/);
    await expectRefused(runCommand('backup', own, loop), /cannot be written: ELOOP/);
    await expectRefused(runCommand('backup', own, folder), /is a folder/);
    await expectRefused(runCommand('backup', own, ''), /is a folder/);
    expect(lstatSync(fifo).isFIFO()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['fifo', 'link', 'loop']);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('is removed half-written at %s, even at once', async (signal, code) => {
    const folder = newFolder();
    const watcher = watch(folder);
    const created = once(watcher, 'change').finally(() => watcher.close());
    await withClient(urls.superuserUrl, async (client) => {
      await client.query('begin');
      await client.query('lock table customers in access exclusive mode');
      const { child, ended } = begin('backup', own, join(folder, 'crm.gz'));
      expect(await Promise.race([created, ended])).toEqual([
        'rename',
        expect.stringMatching(/^crm\.gz\.[0-9a-f]{12}\.part$/),
      ]);
      child.kill(signal);
      expect(await ended).toBe(code);
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a signal ends the embedded PostgreSQL that a backup started', async () => {
  const [folder, DATA_FOLDER] = [newFolder(), newFolder()];
  const server = boot({ DATA_FOLDER });
  await urlOf(server);
  await stop(server);
  const { child, ended, output } = begin('backup', { DATA_FOLDER }, join(folder, 'crm.gz'));
  await eventually(() => postgresIn(DATA_FOLDER) !== null);
  await eventually(() => connects(urlIn(DATA_FOLDER, 'postgres')));
  child.kill('SIGTERM');
  expect({ code: await ended, output: output() }).toEqual({ code: 143, output: '' });
  await eventually(() => postgresIn(DATA_FOLDER) === null);
  expect(readdirSync(folder)).toEqual([]);
});

const connects = (url: string) => withClient(url, async () => true).catch(() => false);

describe('a command that fails leaves no data folder', () => {
  const folder = newFolder();
  const header = { product: 'too-good-crm', format: 1, schema: '9999-future', takenAt: '2026-11-28T00:00:00Z' };
  const [text, newer] = ['text', 'newer.gz'].map((name) => join(folder, name)) as [string, string];
  mkdirSync(join(folder, 'sub'));
  writeFileSync(text, 'hello');
  writeFileSync(newer, gzipSync(`${JSON.stringify(header)}\n`));

  const cases: [string, 'backup' | 'restore', string, RegExp][] = [
    ['a missing file', 'restore', join(folder, 'none.gz'), /cannot be read: ENOENT/],
    ['a folder', 'restore', join(folder, 'sub'), /cannot be read: EISDIR/],
    ['a file that is not a backup', 'restore', text, /not a complete backup/],
    ['a backup of a newer server', 'restore', newer, /newer server/],
    ['a target in a missing folder', 'backup', join(folder, 'none/crm.gz'), /cannot be written: ENOENT/],
    ['a data folder without data', 'backup', join(folder, 'crm.gz'), /holds no database/],
  ];
  test.each(cases)('%s', async (_name, command, file, message) => {
    const DATA_FOLDER = join(newFolder(), 'data');
    await expectRefused(runCommand(command, { DATA_FOLDER }, file), message);
    expect(existsSync(DATA_FOLDER)).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['newer.gz', 'sub', 'text']);
  });
});

test('a migration tells the schema that the database has then', async () => {
  const [{ name }] = (await withClient(
    urls.superuserUrl,
    async (client) =>
      (
        await client.query<{ name: string }>('select name from migrations order by id desc limit 1')
      ).rows,
  )) as [{ name: string }];
  expect(await runCommand('migrate', own)).toEqual({ code: 0, output: `The database has the schema ${name}.\n` });
});
