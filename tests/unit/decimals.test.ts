import { expect, test } from '@jest/globals';
import { meanOf, percent } from '../../src/analytics/decimals.js';

test('a mean is rounded half up, also where its binary form lies below the half', () => {
  for (let cents = 0; cents < 20_000; cents += 1) {
    const [one, next] = [cents / 100, (cents + 1) / 100];
    expect([one, meanOf(one + next, 2)]).toEqual([one, next]);
  }
});

test('a percentage is rounded half up', () => {
  expect([23, 16, 1, 2].map((part) => percent(part, 160))).toEqual([14.38, 10, 0.63, 1.25]);
  expect([percent(1, 3), percent(2, 3), percent(1, 8), percent(5, 0), percent(320, 320)]).toEqual([
    ...[33.33, 66.67, 12.5, 0, 100],
  ]);
});

test('a percentage is that of whole numbers of any size', () => {
  const wrong: number[][] = [];
  for (let whole = 1; whole <= 400; whole += 1)
    for (let part = 0; part <= whole; part += 1) {
      const exact = (20_000n * BigInt(part) + BigInt(whole)) / (2n * BigInt(whole));
      if (percent(part, whole) !== Number(exact) / 100) wrong.push([part, whole]);
    }
  expect(wrong).toEqual([]);
});

test('a negative change is rounded half up, towards 0', () => {
  expect([percent(-23, 160), percent(-1, 3), percent(-2, 3), percent(-1, 1)]).toEqual([-14.37, -33.33, -66.67, -100]);
});
