import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatOf } from '../../src/platform/records/formats.js';
import { slugOf } from '../../src/platform/records/slug.js';
import { comparable, nameFault, nameFrom, trimmed } from '../../src/platform/records/text.js';

const unseen = ['\u200b', '\u200d', '\u202e', '\u2066', '\ufeff'];
const anyText = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(' ', '\n', '\u00a0', ...unseen)), { maxLength: 8 })
  .map((parts) => parts.join(''));

describe('a stored text', () => {
  test('has nothing to see at its ends taken away', () => {
    expect(trimmed('\u200b  Ada \u202e King\n\ufeff ')).toBe('Ada \u202e King');
    expect(comparable('\u200b Ada \ufeff')).toBe(' Ada ');
  });

  test('has one form of what is written in several', () => {
    expect(trimmed('Zoe\u0308')).toBe('Zo\u00eb');
  });

  test('stays as it is when it is stored again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(trimmed(trimmed(text))).toBe(trimmed(text));
        expect(comparable(comparable(text))).toBe(comparable(text));
      }),
    );
  });

  test('of very many spaces takes no time that grows with their square', () => {
    const start = performance.now();
    expect(trimmed(`${' '.repeat(200_000)}a${' '.repeat(200_000)}`)).toBe('a');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('a name', () => {
  test.each(['Ada', '李明', 'محمد', 'नमस्ते', '👩‍👩‍👧', 'می‌خواهم', 'क्‍ष', '1'])('%s is one', (name) => {
    expect(nameFault(name)).toBeNull();
  });

  test.each(['', ' ', '\u3164', '\u2800', '\u0301', 'Ada\u200bKing', 'Ada\u202eKing', 'a\u200db'])(
    '%j is not',
    (name) => {
      expect(nameFault(name)).toEqual(expect.any(String));
    },
  );

  test('is made of any text, and empty of one that shows nothing', () => {
    expect(nameFrom('  Ada\u200b\u202e King ', 100)).toBe('Ada King');
    expect(nameFrom('\u200b \u2800', 100)).toBe('');
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, most) => {
        const name = nameFrom(text, most);
        expect([...name].length).toBeLessThanOrEqual(most);
        expect(name === '' || nameFault(name) === null).toBe(true);
        expect(trimmed(name)).toBe(name);
      }),
    );
  });

  test('is cut between characters and not within one', () => {
    expect(nameFrom('😀😀😀', 2)).toBe('😀😀');
  });
});

describe('letters are folded', () => {
  const { canonical } = formatOf('email');

  test.each([
    ['ADA@Example.COM', 'ada@example.com'],
    ['\u00c9ve@example.com', '\u00e9ve@example.com'],
    ['E\u0301ve@example.com', '\u00e9ve@example.com'],
    ['\u212aim@example.com', 'kim@example.com'],
    ['STRASSE@example.com', 'strasse@example.com'],
  ])('%s as %s in e-mail addresses', (typed, stored) => {
    expect(canonical!(typed)).toBe(stored);
  });

  test('once and for all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(canonical!(canonical!(text))).toBe(canonical!(text));
        expect(canonical!(text.normalize('NFD'))).toBe(canonical!(text.normalize('NFC')));
      }),
    );
  });
});

describe('a slug', () => {
  test.each([
    ['Acme, Inc.', 'acme-inc'],
    ['  Ünïcode & Söhne  ', 'unicode-sohne'],
    ['東京', 'dongjing'],
    ['---', 'fallback'],
    ['!!!', 'fallback'],
    ['A'.repeat(60), 'a'.repeat(50)],
    [`${'a'.repeat(49)} b`, 'a'.repeat(49)],
  ])('of %s is %s', (name, slug) => {
    expect(slugOf(name, 50, 'fallback')).toBe(slug);
  });

  test('is lower-case ASCII with hyphens between, whatever the name', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 60 }), (name, most) => {
        const slug = slugOf(name, most, 'x');
        expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(slug.length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
