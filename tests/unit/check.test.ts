import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assertInputObjectType } from 'graphql';
import { v7 } from 'uuid';
import { badInput, checkRow } from '../../src/platform/records/check.js';
import { checkJson } from '../../src/platform/records/json.js';
import { makeSchema } from '../../src/schema.js';
import { anOwner } from '../support/viewer.js';

const schema = makeSchema();

type Fields = Record<string, unknown>;

/** An input in its stored form, and its faults by path. */
function checked(kind: string, input: Fields): { stored: Fields; faults: Record<string, string> } {
  const row = { input: { ...input } };
  const type = assertInputObjectType(schema.getType(`Create${kind}Row`));
  const faults = checkRow(type, row, anOwner, true);
  return { stored: row.input, faults: Object.fromEntries(faults.map(({ path, code }) => [path, code])) };
}

const customer = (input: Fields) => checked('Customer', { name: 'Ada', email: 'ada@example.com', ...input });
const stored = (input: Fields) => customer(input).stored;
const faults = (input: Fields) => customer(input).faults;

describe('texts', () => {
  test('are trimmed, and blank ones are null', () => {
    expect(stored({ city: ' Bern\u200b ', street: '  ' })).toMatchObject({ city: 'Bern', street: null });
  });

  test('are measured in characters', () => {
    expect(faults({ city: '\u{1f600}'.repeat(100) })).toEqual({});
    expect(faults({ city: '\u{1f600}'.repeat(10_001) })).toEqual({ 'input.city': 'TOO_LONG' });
  });

  test.each(['a\u0000b', 'a\u0007b', 'a\u009fb', 'a\ud800b'])('%j is refused', (city) => {
    expect(faults({ city })).toEqual({ 'input.city': 'INVALID' });
  });

  test('are stored in a form that is stored again as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (description) => {
        const once = customer({ description });
        fc.pre(Object.keys(once.faults).length === 0);
        expect(stored(once.stored)).toEqual(once.stored);
      }),
    );
  });

  test('keep their format, after it has folded them', () => {
    expect(stored({ email: ' ADA@Example.COM ' })).toMatchObject({ email: 'ada@example.com' });
    expect(faults({ email: 'nonsense', website: 'nonsense', phone: '1' })).toEqual({
      'input.email': 'INVALID',
      'input.website': 'INVALID',
      'input.phone': 'INVALID',
    });
  });
});

describe('decimals', () => {
  test.each([
    ['1999.9', '1999.90'],
    ['007', '7.00'],
    ['1.5000', '1.50'],
    ['0', '0.00'],
    ['-0', '0.00'],
    ['-0.00', '0.00'],
  ])('%s is stored as %s', (creditLimit, expected) => {
    expect(stored({ creditLimit })).toMatchObject({ creditLimit: expected });
  });

  test('are stored as they are printed, and stay the same number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), fc.nat({ max: 4 }), (cents, zeros) => {
        const printed = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
        expect(stored({ creditLimit: printed + '0'.repeat(zeros) })).toMatchObject({ creditLimit: printed });
      }),
    );
  });

  test.each([
    ['1.005', 'INVALID'],
    ['-1', 'OUT_OF_RANGE'],
    ['1'.repeat(20), 'OUT_OF_RANGE'],
  ])('%s is refused as %s', (creditLimit, code) => {
    expect(faults({ creditLimit })).toEqual({ 'input.creditLimit': code });
  });
});

describe('ids', () => {
  test('are lower-case', () => {
    const id = v7();
    expect(stored({ assignedToId: id.toUpperCase() })).toMatchObject({ assignedToId: id });
  });

  test('that are none are refused, for a reason of their own when nothing else is wrong', () => {
    expect(faults({ assignedToId: '42' })).toEqual({ 'input.assignedToId': 'INVALID' });
    const fault = { path: 'id', code: 'INVALID' as const, message: 'is not an id' };
    expect(badInput([fault]).extensions).toMatchObject({ reason: 'INVALID_ID' });
    const other = { path: 'name', code: 'TOO_SHORT' as const, message: 'must have at least 1 character' };
    expect(badInput([fault, other]).extensions).toMatchObject({ reason: 'VALIDATION_FAILED' });
  });
});

describe('tags', () => {
  test('are trimmed, and stand once and in order', () => {
    expect(stored({ tags: [' b ', 'a', 'b', 'a\u200b'] })).toMatchObject({ tags: ['b', 'a'] });
  });

  test.each([
    [Array.from({ length: 21 }, (_, n) => `tag ${n}`), 'TOO_LONG'],
    [['x'.repeat(51)], 'INVALID'],
    [[' '], 'INVALID'],
    [['a\u202eb'], 'INVALID'],
  ])('%j are refused', (tags, code) => {
    expect(faults({ tags })).toEqual({ 'input.tags': code });
  });
});

describe('an input', () => {
  test('tells everything that is wrong with it', () => {
    expect(faults({ email: 'x', rating: 9, tags: [' '], assignedToId: '42', status: null })).toEqual({
      'input.email': 'INVALID',
      'input.rating': 'OUT_OF_RANGE',
      'input.tags': 'INVALID',
      'input.assignedToId': 'INVALID',
      'input.status': 'REQUIRED',
    });
  });

  test('leaves alone what it leaves out', () => {
    expect(Object.keys(stored({})).toSorted()).toEqual(['email', 'name']);
  });

  test('of years that nobody means is refused', () => {
    const hired = (hireDate: string) =>
      checked('Employee', {
        firstName: 'Eve',
        lastName: 'Early',
        email: 'eve@example.com',
        jobTitle: 'Clerk',
        hireDate,
      });
    expect(hired('1900-01-01').faults).toEqual({});
    expect(hired('1899-12-31').faults).toEqual({ 'input.hireDate': 'OUT_OF_RANGE' });
    expect(hired('2201-01-01').faults).toEqual({ 'input.hireDate': 'OUT_OF_RANGE' });
  });
});

describe('JSON', () => {
  const codesOf = (value: unknown) => {
    const codes: string[] = [];
    checkJson(value, (code) => codes.push(code));
    return codes;
  };

  test('is stored with its texts in one form and its names as they are', () => {
    const [composed, decomposed] = ['\u00eb', 'e\u0308'];
    expect(checkJson({ [decomposed]: [decomposed, { a: decomposed }] }, () => {})).toEqual({
      [decomposed]: [composed, { a: composed }],
    });
  });

  test.each<[string, unknown, string[]]>([
    ['a list', [], ['INVALID']],
    ['a text', 'x', ['INVALID']],
    ['null', null, ['INVALID']],
    ['more than 16 KB', { a: 'x'.repeat(16_400) }, ['TOO_LONG']],
    ['NUL', { a: '\0' }, ['INVALID']],
    ['half a character', { a: '\ud800' }, ['INVALID']],
    ['a number that is none', { a: Number.NaN }, ['OUT_OF_RANGE']],
    ['a number that loses digits', { a: 2 ** 53 }, ['OUT_OF_RANGE']],
    ['an object', { a: { b: [1, 'x', null, true] } }, []],
  ])('%s', (_, value, expected) => {
    expect(codesOf(value)).toEqual(expected);
  });

  test('may nest ten levels', () => {
    const nested = (levels: number): unknown => (levels === 1 ? {} : { a: nested(levels - 1) });
    expect(codesOf(nested(10))).toEqual([]);
    expect(codesOf(nested(11))).toEqual(['INVALID']);
  });
});
