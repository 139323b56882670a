import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { newApiKey } from './support/api-keys.js';
import { sql } from './support/database.js';
import { folder } from './support/scripts.js';
import { origin } from './support/server.js';
import { newTenant, password } from './support/tenant.js';

const docs = readFileSync('docs/scripts.md', 'utf8');

/** Text of the cells of a table that begins with these titles. */
function tableOf(...titles: string[]): string[][] {
  const [, ...lines] = docs.split(`| ${titles.join(' | ')} |\n`)[1]!.split('\n');
  return lines.slice(0, lines.indexOf('')).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('every command of docs/scripts.md does what it is for', async () => {
  const { id, owner, employee } = await newTenant();
  const [from, to] = [await employee({ firstName: 'Fay' }), await employee({ firstName: 'Tom' })];
  symlinkSync(resolve('tests'), join(folder, 'tests'));
  const blocks = [...docs.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  const commands = blocks
    .join('')
    .replaceAll('http://localhost:4000', origin)
    .replace(/tgc_demo[\w-]+/, (await newApiKey(owner, id)).secret)
    .replace('sam.ortiz', owner.username)
    .replace('demo-password', password);
  expect(commands).toContain(owner.username);
  const shell = spawn('sh', ['-e', '-c', commands], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, FROM: from, TO: to },
  });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  shell.stdout.on('data', (text) => stdout.push(String(text)));
  shell.stderr.on('data', (text) => stderr.push(String(text)));
  const [code] = await once(shell, 'close');
  expect({ code, stderr: stderr.join('') }).toEqual({
    code: 0,
    stderr: 'There is nothing to resume; begins with the first row.\n',
  });
  const said = stdout.join('');
  expect(said).not.toContain('"errors":[{"message"');
  for (const words of ['"dryRun":true', '"replayed":true', `${from},Fay Early`, '"code":"VERSION_CONFLICT"'])
    expect(said).toContain(words);
  const customers = await sql('select external_id from customers where organization_id = $1 order by 1', [id]);
  expect(customers.map(({ external_id }) => external_id)).toEqual(['A-1', 'A-2', 'A-3']);
  expect(readFileSync(join(folder, 'all.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(3);
});

test('every error code of the server stands in the table, and what may be retried is retryable', async () => {
  const { owner } = await newTenant();
  const { errorCodes } = await owner.request<{ errorCodes: { code: string; retryable: boolean }[] }>(
    '{ errorCodes { code retryable } }',
  );
  const told = new Map(tableOf('code', 'retry?') as [string, string][]);
  expect(errorCodes.map(({ code }) => code).filter((code) => !told.has(code))).toEqual([]);
  const repeated = errorCodes.filter(({ code }) => told.get(code)!.startsWith('yes'));
  expect(repeated).toHaveLength(6);
  expect(repeated.filter(({ retryable }) => !retryable)).toEqual([]);
});
