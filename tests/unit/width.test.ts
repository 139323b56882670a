import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Width } from '../../src/platform/graphql/admission/width.js';

const least = 2 * availableParallelism();
const idle = { delay: 0, busy: 0.1, isWanted: false };
const wanted = { ...idle, isWanted: true };

function widthAfter(width: Width, pressure: typeof idle, times = 100): number {
  for (let n = 0; n < times; n += 1) width.adapt(pressure);
  return width.now;
}

test('grows only while requests wait and the processors have time for them', () => {
  const width = new Width(least + 20);
  expect(width.now).toBe(least);
  expect(widthAfter(width, idle)).toBe(least);
  expect(widthAfter(width, wanted, 2)).toBe(least + 4);
  expect(widthAfter(width, wanted)).toBe(least + 20);
  expect(widthAfter(width, { ...wanted, busy: 1 }, 1)).toBeLessThan(least + 20);
  expect(widthAfter(width, { ...wanted, busy: 1 })).toBe(least);
  expect(widthAfter(width, wanted)).toBe(least + 20);
  expect(widthAfter(width, { ...wanted, delay: 50 })).toBe(least);
  expect(widthAfter(width, wanted)).toBe(least + 20);
  expect(widthAfter(width, idle)).toBe(least);
});

test('stays within its limits whatever happens, also where fewer are allowed than the processors could run', () => {
  const pressure = fc.record({
    delay: fc.double({ min: 0, max: 1000, noNaN: true }),
    busy: fc.double({ min: 0, max: 1, noNaN: true }),
    isWanted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(pressure, { maxLength: 100 }), (most, pressures) => {
      const width = new Width(most);
      for (const one of pressures) {
        width.adapt(one);
        expect(width.now).toBeLessThanOrEqual(most);
        expect(width.now).toBeGreaterThanOrEqual(Math.min(least, most));
      }
    }),
  );
});
