import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type DocumentNode, isObjectType, parse, separateOperations } from 'graphql';
import { compiler } from '../../src/platform/graphql/execution.js';
import { makeSchema } from '../../src/schema.js';

const schema = makeSchema();
const compile = compiler(schema);
const isCompiled = (document: DocumentNode, name = '') => compile(document, name).query !== null;

const folder = new URL('../screens/', import.meta.url);
const screens = readdirSync(folder).flatMap((file) =>
  Object.entries(separateOperations(parse(readFileSync(new URL(file, folder), 'utf8')))),
);

test.each(screens)('%s is compiled', (name, document) => {
  expect(isCompiled(document, name)).toBe(true);
});

test('a record read by its id alone is compiled', () => {
  const text = '{ node(id: "1") { __typename id ...Kim ... on Deal { title } } } fragment Kim on Customer { name }';
  expect(isCompiled(parse(text))).toBe(true);
});

describe('a document that graphql-jit would answer in another way is not compiled:', () => {
  test.each([
    ['a condition', 'query ($no: Boolean!) { deals { totalCount @skip(if: $no) } }'],
    ['a condition in a fragment', '{ deals { ...F } } fragment F on DealConnection { totalCount @skip(if: false) }'],
    ['an alias called __proto__', '{ __proto__: deals { totalCount } }'],
    ['an alias with the mark that joins keys', '{ deals { nodes { id } } deals_nodes: leads { totalCount } }'],
    ['introspection', '{ s: __schema { queryType { name } } }'],
  ])('%s', (_, text) => {
    expect(isCompiled(parse(text))).toBe(false);
  });
});

test('the largest document that is compiled takes no longer than a request may', () => {
  const steps = (last: number) =>
    Array.from({ length: last }, (_, n) => `fragment F${n} on DealConnection { ...F${n + 1} ...F${n + 1} }`).join(' ');
  const document = (last: number) =>
    parse(`{ deals { ...F0 } } ${steps(last)} fragment F${last} on DealConnection { totalCount nodes { title } }`);
  const start = performance.now();
  expect([5, 8, 20, 40].map((last) => isCompiled(document(last)))).toEqual([true, true, false, false]);
  expect(performance.now() - start).toBeLessThan(2000);
});

test('no two fields have the same name when that of their type is put before it', () => {
  const names = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.keys(type.getFields()).map((field) => type.name + field));
  expect(new Set(names).size).toBe(names.length);
});
