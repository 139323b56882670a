import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { prices } from '../../src/app.js';
import { withPrices } from '../../src/platform/graphql/cost/price-table.js';
import { limits } from '../../src/platform/graphql/limits.js';

const text = readFileSync('docs/limits.md', 'utf8');

test('docs/limits.md has the prices of the code; otherwise `npm run schema` writes them', () => {
  expect(text).toBe(withPrices(text, prices));
});

test('docs/limits.md names the limits of a document', () => {
  const row = (name: string, value: number, unit = '') => `| ${name} | ${value.toLocaleString('en')}${unit} |`;
  for (const expected of [
    row('text of a document', limits.documentBytes / 1024, ' KB'),
    row('tokens', limits.tokens),
    row('levels of nesting', limits.depth),
    row('aliases', limits.aliases),
    row('root fields', limits.rootFields),
    row('directives', limits.directives),
    row('fragments', limits.fragments),
    row('cost', limits.cost, ' points'),
    row('bulk rows, all root fields together', limits.bulkRows),
  ])
    expect(text).toContain(expected);
});
