import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TextList } from '../../src/platform/database/text-list.js';
import { tagged, tagRule, tagsRefused } from '../../src/platform/records/tag-changes.js';

const tag = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c') });
const tags = fc.uniqueArray(tag, { maxLength: 8 });

describe('tags that are added and removed', () => {
  test('leave those that stay in their places, and stand once', () => {
    fc.assert(
      fc.property(tags, tags, tags, (before, addTags, removeTags) => {
        const { tags: after } = tagged({ tags: before }, { addTags, removeTags }) as { tags: string[] };
        expect(new Set(after).size).toBe(after.length);
        const kept = before.filter((one) => !removeTags.includes(one));
        expect(after.slice(0, kept.length)).toEqual(kept);
        expect(new Set(after)).toEqual(new Set([...kept, ...addTags]));
      }),
    );
  });

  test('are no fields of the record, and without them the input stays as it is', () => {
    expect(tagged({ tags: ['a'] }, { addTags: ['b'] })).toEqual({ tags: ['a', 'b'] });
    expect(tagged({ tags: ['a'] }, { tags: ['c'] })).toEqual({ tags: ['c'] });
  });

  test('contradict a list as a whole', () => {
    expect(tagRule({ tags: [], addTags: ['a'], removeTags: ['b'] }).map(({ path }) => path)).toEqual([
      'addTags',
      'removeTags',
    ]);
    expect(tagRule({ tags: [] })).toEqual([]);
    expect(tagRule({ addTags: ['a'], removeTags: ['b'] })).toEqual([]);
  });

  test('are refused when they come to more than twenty', () => {
    const before = Array.from({ length: 20 }, (_, n) => `tag ${n}`);
    expect(tagsRefused({ tags: before }, { addTags: ['tag 0'] })).toBeFalsy();
    expect(tagsRefused({ tags: before }, { addTags: ['new'], removeTags: ['tag 3'] })).toBeFalsy();
    expect(tagsRefused({ tags: before }, { addTags: ['new'] })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', fields: [expect.objectContaining({ path: 'input.addTags' })] },
    });
  });
});

test('a list of texts is written so that PostgreSQL takes every text as it is', () => {
  const type = new TextList();
  expect(type.convertToDatabaseValue(['a', 'null', '', 'x,y', '{z}', 'say "hi"', 'back\\slash'])).toBe(
    '{"a","null","","x,y","{z}","say \\"hi\\"","back\\\\slash"}',
  );
  expect(type.convertToDatabaseValue([])).toBe('{}');
});
