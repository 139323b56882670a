import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { systemPermissions } from '../../src/crm/permissions.js';

const sources = globSync(['src/**/*.{ts,js,mjs,css}', 'seed/**/*.ts', '*.{ts,js}']);
const tests = globSync('tests/**/*.{ts,mjs}').filter((file) => !/node_modules|generated/.test(file));
const texts = globSync(['*.{md,yaml,json}', '.*.{cjs,json,yml}', 'docs/**/*.md', 'src/**/*.md', 'migrations/*.ts']);

test.each([
  ['sources', sources, 200],
  ['tests', tests, 150],
  ['texts', texts, 60],
])('%s are found', (_kind, files, least) => {
  expect(files.length).toBeGreaterThan(least);
});

/** Places of lines that match, as `file:line`. */
const linesThat = (matches: (line: string) => boolean, files: string[]): string[] =>
  files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, n) => (matches(line) ? [`${file}:${n + 1}`] : [])),
  );

// Biome wraps code to 120 columns, but neither comments nor texts such as SQL.
test('no line of sources or tests is longer than 120 columns', () => {
  expect(linesThat((line) => line.length > 120, [...sources, ...tests])).toEqual([]);
});

test('no merge is half done', () => {
  expect(linesThat((line) => /^(<{7}|>{7}) /.test(line), [...sources, ...tests, ...texts])).toEqual([]);
});

test('no source casts through never or unknown', () => {
  expect(linesThat((line) => /\bas (never|unknown as)\b/.test(line), sources)).toEqual([]);
});

// dependency-cruiser does not see these forms.
test('no source exports types from another file by `export type … from`', () => {
  expect(linesThat((line) => /^export type (\{.*\}|\*.*) from '\./.test(line), sources)).toEqual([]);
});

test('every permission that a source names exists', () => {
  const isUnknown = (line: string) =>
    [...line.matchAll(/'([a-z]+:(?:create|read|update|delete|[a-z]{4,7}))'/g)].some(
      ([, name]) => !known.has(name!) && !name!.startsWith('node:'),
    );
  const known = new Set<string>(systemPermissions);
  expect(linesThat(isUnknown, sources)).toEqual([]);
});
