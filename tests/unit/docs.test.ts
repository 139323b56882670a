import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const pages = [...globSync('*.md'), ...globSync('docs/**/*.md'), ...globSync('src/**/*.md')];
const textOf = (page: string) => readFileSync(page, 'utf8');

test.each(pages)('links and commands of %s lead somewhere', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, link]) =>
    join(dirname(page), link!),
  );
  expect(links.filter((link) => !existsSync(link))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const commands = [...textOf(page).matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name!);
  expect(commands.filter((name) => !scripts[name])).toEqual([]);
});

test('decisions are numbered without gaps, and each has its date', () => {
  const records = globSync('docs/decisions/*.md').sort();
  expect(records.map((file) => Number(file.split('/').at(-1)!.slice(0, 4)))).toEqual(records.map((_, n) => n + 1));
  for (const record of records) expect(textOf(record)).toMatch(/^# .+\n\n\d{4}-\d\d-\d\d\n\n\S/);
});
