import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const longest = 120;

// Biome wraps code to 120 columns, but neither comments nor texts such as SQL.
test('no line of sources or tests is longer than 120 columns', () => {
  const sources = globSync(['src/**/*.{ts,js,mjs,css}', 'seed/**/*.ts', '*.{ts,js}']);
  expect(sources.length).toBeGreaterThan(200);
  const tests = globSync('tests/**/*.{ts,mjs}').filter((file) => !/node_modules|generated/.test(file));
  expect(tests.length).toBeGreaterThan(200);
  const files = [...sources, ...tests];
  const tooLong = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, n) => (line.length > longest ? [`${file}:${n + 1}`] : [])),
  );
  expect(tooLong).toEqual([]);
});
