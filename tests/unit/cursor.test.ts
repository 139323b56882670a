import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidCursor } from '../../src/platform/errors.js';
import { Cursors } from '../../src/platform/reading/cursor.js';

const cursors = new Cursors('a secret');
const list = cursors.of(() => ['customers', { search: 'Ada' }]);
const sortValues = fc.array(fc.option(fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 5 });

const expectRefused = (read: () => unknown) => expect(read).toThrow(InvalidCursor);

describe('a cursor', () => {
  test('gives back the sort values of its row, and travels in a URL', () => {
    fc.assert(
      fc.property(sortValues, (values) => {
        const cursor = list.make(values);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(list.read(cursor, 'after')).toEqual(values);
      }),
    );
  });

  test('is the same for the same row', () => {
    const again = cursors.of(() => ['customers', { search: 'Ada' }]);
    fc.assert(fc.property(sortValues, (values) => expect(again.make(values)).toBe(list.make(values))));
  });

  test('is refused in another list, and by a server with another secret', () => {
    const others = [
      cursors.of(() => ['customers', { search: 'Bea' }]),
      cursors.of(() => ['leads', { search: 'Ada' }]),
      new Cursors('another secret').of(() => ['customers', { search: 'Ada' }]),
    ];
    fc.assert(
      fc.property(sortValues, fc.constantFrom(...others), (values, other) =>
        expectRefused(() => other.read(list.make(values), 'after')),
      ),
    );
  });

  test('is refused with any character changed, added or taken away', () => {
    const change = fc.record({
      place: fc.nat(),
      text: fc.constantFrom('', 'A', 'b', '-', '=', ' ', 'AA'),
      cut: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(sortValues, change, (values, { place, text, cut }) => {
        const cursor = list.make(values);
        const at = place % cursor.length;
        const changed = cursor.slice(0, at) + text + cursor.slice(at + cut);
        fc.pre(changed !== cursor);
        expectRefused(() => list.read(changed, 'after'));
      }),
    );
  });

  test('is refused when it is any other text, with the path of its argument', () => {
    fc.assert(fc.property(fc.string(), (text) => expectRefused(() => list.read(text, 'before'))));
    expect(() => list.read('', 'customers.before')).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'INVALID_CURSOR' }) }),
    );
  });
});
