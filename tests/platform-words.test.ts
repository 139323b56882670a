import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import '../src/app.js';
import { allRecords } from '../src/platform/records/record.js';
import { errorCodeTable } from '../src/platform/schema/error-table.js';

/** Words that any product has. */
const general = 'organization user role permission membership profile change set holder api key webhook'.split(' ');

/** The same words in another sense, and columns that servers of older versions share. */
const otherwise = [/(database|http)\/\S+ .*pipeline/, /\bleads? (to|as|there|from)\b/i, /\bemployee_id\b/];

/** `DealStageChange` as `deal`, `stage` and `change`, `lead_id` as `lead` and `id`. */
const wordsOf = (text: string): string[] =>
  (text.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) =>
    word.toLowerCase().replace(/ies$/, 'y').replace(/s$/, ''),
  );

const sources = globSync('src/platform/**/*.ts').map((file) => ({
  file,
  lines: readFileSync(file, 'utf8').split('\n'),
}));

test('the platform does not know the records of this product', () => {
  const nouns = new Set(allRecords().flatMap(({ name }) => wordsOf(name)));
  for (const word of general) nouns.delete(word);
  expect(nouns).toContain('customer');
  const known = sources.flatMap(({ file, lines }) =>
    lines.flatMap((line, n) => {
      const words = wordsOf(line).filter((word) => nouns.has(word));
      return words.length && !otherwise.some((sense) => sense.test(`${file} ${line}`))
        ? [`${file}:${n + 1} ${words}`]
        : [];
    }),
  );
  expect(known).toEqual([]);
});

describe('reasons of errors', () => {
  const told = new Set(errorCodeTable().flatMap(({ reasons }) => reasons));

  test('are each told by errorCodes', () => {
    const thrown = globSync('src/**/*.ts').flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(
        /\bnew (?:Conflict|Forbidden|Unauthenticated|Taken|RateLimited)\(\s*'(\w+)'/g,
      ),
    ]);
    expect(thrown.length).toBeGreaterThan(50);
    expect(thrown.map(([, reason]) => reason).filter((reason) => !told.has(reason!))).toEqual([]);
  });

  test('are each given by some error', () => {
    const sources = globSync('src/**/*.ts').filter((file) => !/reasons\.ts$/.test(file));
    const text = sources.map((file) => readFileSync(file, 'utf8')).join();
    expect([...told].filter((reason) => !text.includes(`'${reason}'`))).toEqual([]);
  });
});
