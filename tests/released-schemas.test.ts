import { globSync, readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';

const read = (path: string) => buildSchema(readFileSync(path, 'utf8'));

/**
 * Changes that the inspector calls breaking, although hardly a request breaks: the server has always refused an upsert
 * without exactly one key, which `@oneOf` now says in the schema.
 */
const agreed = ['Customer', 'Lead', 'Deal', 'Activity', 'Employee', 'Vendor'].map(
  (name) => `Directive 'oneOf' was added to input object '${name}Key'`,
);

describe.each(globSync('docs/schema-*.graphql'))('since %s', (released) => {
  test('nothing in the schema breaks', async () => {
    const changes = await diff(read(released), read('schema.graphql'));
    const breaking = changes
      .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
      .map(({ message }) => message);
    expect(breaking.filter((message) => !agreed.includes(message))).toEqual([]);
  });
});

test('a field that is gone, and an argument that became required, would be noticed', async () => {
  const before = buildSchema('type Query { old: Int kept(by: Int): Int }');
  const after = buildSchema('type Query { kept(by: Int!): Int }');
  const levels = (await diff(before, after)).map(({ criticality }) => criticality.level);
  expect(levels.filter((level) => level === CriticalityLevel.Breaking)).toHaveLength(2);
});
