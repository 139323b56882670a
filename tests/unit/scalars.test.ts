import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type GraphQLScalarType, parseValue } from 'graphql';
import {
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  JSONScalar,
  TimeZoneScalar,
} from '../../src/platform/schema/scalars.js';

const inDocument = (scalar: GraphQLScalarType, literal: string) => scalar.parseLiteral(parseValue(literal), {});
const expectRefused = (parse: () => unknown) =>
  expect(parse).toThrow(expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } }));

const instant = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });

describe('Date', () => {
  test('takes every existing day', () => {
    fc.assert(
      fc.property(instant, (date) => {
        const day = date.toISOString().slice(0, 10);
        expect(DateScalar.parseValue(day)).toBe(day);
      }),
    );
  });

  test.each([
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '0000-01-01',
    '2024-1-1',
    '2024-01-01T00:00:00Z',
    '',
    20240101,
    null,
  ])('refuses %j', (value) => expectRefused(() => DateScalar.parseValue(value)));
});

describe('DateTime', () => {
  test.each([
    ['2024-03-01T09:30:00Z', '2024-03-01T09:30:00.000Z'],
    ['2024-03-01T09:30:00.123456789Z', '2024-03-01T09:30:00.123Z'],
    ['2024-03-01T00:30:00+02:00', '2024-02-29T22:30:00.000Z'],
    ['2024-02-29T23:30:00-05:30', '2024-03-01T05:00:00.000Z'],
  ])('reads %s as %s', (typed, stored) => {
    expect(DateTimeScalar.parseValue(typed)).toBe(stored);
  });

  test('reads what it writes', () => {
    fc.assert(
      fc.property(instant, (date) => expect(DateTimeScalar.parseValue(date.toISOString())).toBe(date.toISOString())),
    );
  });

  test.each([
    ...[
      '2024-02-30T00:00:00Z',
      '2024-03-01T24:00:00Z',
      '2024-03-01T09:30:00',
      '2024-03-01',
      '9999-12-31T23:59:59-01:00',
    ],
    ...['2024-03-01T09:60:00Z', '2024-03-01 09:30:00Z', 0, null],
  ])('refuses %j', (value) => expectRefused(() => DateTimeScalar.parseValue(value)));
});

describe('Decimal', () => {
  test('keeps the digits of a text, whatever a double would make of them', () => {
    const digits = fc.stringMatching(/^-?\d{1,30}(\.\d{1,30})?$/);
    fc.assert(fc.property(digits, (text) => expect(DecimalScalar.parseValue(text)).toBe(text)));
  });

  test('is read from a document through its text, and from a number through its shortest', () => {
    expect(inDocument(DecimalScalar, '1999.90')).toBe('1999.90');
    expect(inDocument(DecimalScalar, '12345678901234567890')).toBe('12345678901234567890');
    expect(DecimalScalar.parseValue(0.1)).toBe('0.1');
  });

  test.each(['1e3', 'NaN', 'Infinity', '', ' 1', '0x10', '1,5', '.5', '1.', true, null, 1e21, '1'.repeat(31)])(
    'refuses %j',
    (value) => expectRefused(() => DecimalScalar.parseValue(value)),
  );
});

// The server reads the known names from the database when it starts.
test.each(['Moon/Base', 'europe/berlin', '+02:00', 'EST', '', null])('TimeZone refuses %j', (value) =>
  expectRefused(() => TimeZoneScalar.parseValue(value)),
);

describe('JSON', () => {
  test('is read from a document as JSON reads it', () => {
    const literal = '{ a: [1, 2.5, "x", null, true], b: { c: 1e3 } }';
    expect(inDocument(JSONScalar, literal)).toEqual({ a: [1, 2.5, 'x', null, true], b: { c: 1000 } });
  });

  test.each(['9007199254740993', '0.10000000000000000001', '1e400', '1'.repeat(400)])(
    'makes no other number of %s, which a double would change',
    (number) => expect(inDocument(JSONScalar, `{ n: ${number} }`)).toEqual({ n: Number.NaN }),
  );

  test.each(['9007199254740992', '0.1', '-0.5', '1e21', '1.50', '100'])('keeps %s, which a double prints', (number) =>
    expect(inDocument(JSONScalar, `{ n: ${number} }`)).toEqual({ n: Number(number) }),
  );

  test('keeps every number that a program writes', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, (value) =>
        expect(inDocument(JSONScalar, JSON.stringify(value))).toBe(Number(JSON.stringify(value))),
      ),
    );
  });
});
