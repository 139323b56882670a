import { expect, test } from '@jest/globals';
import type { LiveChange } from '../../src/log/live/matching.js';
import { Page } from '../../src/log/live/page.js';
import { Seat } from '../../src/log/live/seat.js';
import type { Moment, Position } from '../../src/log/position.js';

const page = (changes: number, text: string): Page => {
  const change = { id: 'x', fields: [{ name: 'notes', before: null, after: text, refersTo: null }] };
  return new Page(Array(changes).fill(change as unknown as LiveChange), Array(changes).fill(''), {} as Position);
};

const seatAfter = (...pages: Page[]): Seat => {
  const seat = new Seat({} as Moment);
  for (const one of pages) seat.offer(one);
  return seat;
};

async function taken(seat: Seat): Promise<unknown[]> {
  const found: unknown[] = [];
  seat.leave();
  for await (const one of seat) found.push(one);
  return found;
}

const short = page(1000, 'short');
const long = page(1000, 'x'.repeat(1500));
const huge = page(1000, 'x'.repeat(10_000));

test.each([
  ['two thousand changes', [short, short]],
  ['one page of any length', [huge]],
  ['pages of two million characters', [long, page(300, 'x'.repeat(1500))]],
])('%s wait', (_, pages) => {
  expect(seatAfter(...pages).isOverrun).toBe(false);
});

test.each([
  ['more than two thousand changes', [short, short, page(1, 'short')]],
  ['pages of more than two million characters', [long, long]],
  ['a page behind a very long one', [huge, page(1, 'short')]],
])('%s overrun the seat', (_, pages) => {
  expect(seatAfter(...pages).isOverrun).toBe(true);
});

test('what was taken makes room', async () => {
  const seat = seatAfter(long);
  const pages = seat[Symbol.asyncIterator]();
  await pages.next();
  seat.offer(long);
  await pages.next();
  seat.offer(long);
  expect(seat.isOverrun).toBe(false);
  seat.offer(long);
  expect(seat.isOverrun).toBe(true);
  expect(await taken(seat)).toEqual([]);
});
