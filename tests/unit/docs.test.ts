import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.js';

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

test('the table of upgrades names every migration since the first draft', () => {
  const rows = [...textOf('docs/deploy.md').matchAll(/^\| (\d{4})-[\w-]+(?: to (\d{4})-[\w-]+)?/gm)];
  const named = rows.flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => Number(first) + n),
  );
  const numbers = migrations.map(({ name }) => Number(name.slice(0, 4)));
  expect(named).toEqual(numbers.filter((number) => number >= named[0]!));
  for (const [row] of rows)
    for (const [name] of row.matchAll(/\d{4}-[\w-]+/g))
      expect(migrations.map((migration) => migration.name)).toContain(name);
});
