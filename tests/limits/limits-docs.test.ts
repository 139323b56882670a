import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/platform/config.js';
import { withPrices } from '../../src/platform/graphql/cost/price-table.js';
import { limits } from '../../src/platform/graphql/limits.js';
import { deadlines } from '../../src/platform/lifetime.js';
import { servers } from '../support/product.js';

const { entry, prices } = servers.tables;
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
    row('nesting of variables', limits.variableDepth, ' levels'),
    row('items of a list or object in the variables', limits.variableItems),
    row('values in the variables', limits.variableValues),
    row('pairs of fields with the same place in the answer', limits.samePairs),
    row('cost', limits.cost, ' points'),
    row('bulk rows, all root fields together', limits.bulkRows),
  ])
    expect(text).toContain(expected);
});

test('docs/limits.md names the operations that have room of their own', () => {
  const named = /^(.*) have room of their own/m.exec(text)![1]!.match(/\w+(?=`)/g);
  expect(named!.sort()).toEqual([...entry].sort());
});

test('docs/limits.md names the defaults of the configuration', () => {
  const { admission, rates, streams } = readConfig({});
  const defaults: Record<string, number> = {
    MAX_WAIT: admission.patience,
    MAX_EVENT_LOOP_DELAY: admission.loopDelay,
    MAX_STREAMS: streams.total,
    MAX_STREAMS_PER_ORGANIZATION: streams.perOrganization,
    MAX_STREAMS_PER_CALLER: streams.perCaller,
    STREAM_STALL_SECONDS: streams.stallSeconds,
    REQUESTS_PER_MINUTE: rates.requests,
    ANONYMOUS_REQUESTS_PER_MINUTE: rates.anonymous,
    API_KEY_REQUESTS_PER_MINUTE: rates.apiKeys,
    SIGN_INS_PER_MINUTE: rates.signIns,
    REGISTRATIONS_PER_MINUTE: rates.registrations,
    REFRESHES_PER_MINUTE: rates.refreshes,
    PASSWORD_RESETS_PER_HOUR: rates.passwordResets,
  };
  const [rows, readme] = [text.replaceAll(',', ''), readFileSync('README.md', 'utf8')];
  for (const [name, value] of Object.entries(defaults)) {
    expect(rows).toContain(`| ${value} | \`${name}\` |`);
    expect(readme).toMatch(new RegExp(`\\| \`${name}\` \\| ${value} \\|`));
  }
  const seconds = Object.values(deadlines).map((milliseconds) => milliseconds / 1000);
  expect(text).toContain(`| ${seconds[0]} s, ${seconds[1]} s with analytics |`);
});
