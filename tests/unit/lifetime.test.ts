import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Unavailable } from '../../src/platform/errors.js';
import { Lifetimes } from '../../src/platform/lifetime.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** The code of the reason for which it has ended; null if it goes on. */
function endOf(lifetime: ReturnType<Lifetimes['begin']>): unknown {
  try {
    lifetime.demand();
    return null;
  } catch (error) {
    return (error as Unavailable).extensions.code;
  }
}

describe('a request', () => {
  test.each([
    ['plain' as const, 10_000],
    ['analysis' as const, 15_000],
  ])('%s ends at its deadline, counted from its arrival', (kind, milliseconds) => {
    const lifetime = new Lifetimes().begin();
    jest.advanceTimersByTime(1_000);
    lifetime.limit(kind);
    expect(Math.round(lifetime.left)).toBe(milliseconds - 1_000);
    jest.advanceTimersByTime(milliseconds - 1_001);
    expect(endOf(lifetime)).toBeNull();
    jest.advanceTimersByTime(1);
    expect(endOf(lifetime)).toBe('TIMEOUT');
    expect(lifetime.left).toBe(1);
  });

  test('ends once, and tells those who listen, also late', () => {
    const lifetime = new Lifetimes().begin();
    const told: string[] = [];
    const stop = lifetime.onEnd(() => told.push('removed'));
    lifetime.onEnd(() => told.push('first'));
    stop();
    lifetime.end(new Unavailable('SHUTTING_DOWN'));
    lifetime.clientGone();
    lifetime.onEnd(() => told.push('late'));
    expect(told).toEqual(['first', 'late']);
    expect(endOf(lifetime)).toBe('UNAVAILABLE');
  });

  test('that outlives its client goes on when the client has gone', () => {
    const [left, kept] = [new Lifetimes().begin(), new Lifetimes().begin()];
    kept.outliveClient();
    for (const lifetime of [left, kept]) lifetime.clientGone();
    expect([left, kept].map(endOf)).toEqual(['TIMEOUT', null]);
  });
});

test('all that are running end together, and no other', () => {
  const lifetimes = new Lifetimes();
  const [closed, running] = [lifetimes.begin(), lifetimes.begin()];
  closed.close();
  lifetimes.endAll(new Unavailable('SHUTTING_DOWN'));
  expect([closed, running].map(endOf)).toEqual([null, 'UNAVAILABLE']);
  expect(jest.getTimerCount()).toBe(0);
});
