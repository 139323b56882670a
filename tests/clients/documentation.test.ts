import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const page = readFileSync('docs/front-end.md', 'utf8');
const quotes = [...page.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(([, file, code]) => [file!, code!] as const);

test('all code of the page is quoted from files that the tests run', () => {
  expect(quotes).toHaveLength(page.match(/```/g)!.length / 2);
});

test.each(quotes)('the page quotes %s as it is', (file, code) => {
  expect(readFileSync(file, 'utf8')).toContain(code);
});
