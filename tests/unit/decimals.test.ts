import { expect, test } from '@jest/globals';
import { meanOf, percent, scaled } from '../../src/analytics/decimals.js';

test('a mean is rounded half up, also where its binary form lies below the half', () => {
  for (let cents = 0; cents < 20_000; cents += 1) {
    const [one, next] = [cents, cents + 1].map((value) => (value / 100).toFixed(2)) as [string, string];
    expect([one, meanOf(scaled(one) + scaled(next), 2)]).toEqual([one, Number(next)]);
  }
});

test('a percentage is rounded half up', () => {
  expect([23, 16, 1, 2].map((part) => percent(part, 160))).toEqual([14.38, 10, 0.63, 1.25]);
  expect([percent(1, 3), percent(2, 3), percent(1, 8), percent(5, 0), percent(320, 320)]).toEqual([
    ...[33.33, 66.67, 12.5, 0, 100],
  ]);
});

test('a negative change is rounded half up, towards 0', () => {
  expect([percent(-23, 160), percent(-1, 3), percent(-2, 3), percent(-1, 1)]).toEqual([-14.37, -33.33, -66.67, -100]);
});

test.each([
  ['0', 0n],
  ['-0.5', -50_000_000_000_000_000_000n],
  ['12.345', 1_234_500_000_000_000_000_000n],
  ['1.123456789012345678901234', 112_345_678_901_234_567_890n],
])('%s is read exactly to 20 decimals', (decimal, integer) => {
  expect(scaled(decimal)).toBe(integer);
});
