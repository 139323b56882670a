import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const longest = 120;

// Biome wraps code to 120 columns, but neither comments nor texts such as SQL.
test('no line of the sources is longer than 120 columns', () => {
  const files = globSync(['src/**/*.{ts,js,mjs,css}', 'seed/**/*.ts', '*.{ts,js}']);
  expect(files.length).toBeGreaterThan(200);
  const tooLong = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, n) => (line.length > longest ? [`${file}:${n + 1}`] : [])),
  );
  expect(tooLong).toEqual([]);
});
