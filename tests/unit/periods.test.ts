import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { daysBetween, firstOfMonth, partsOf, plusDays, weekday } from '../../src/analytics/days.js';
import {
  mostPeriods,
  type PeriodUnit,
  periodStart,
  periodsBetween,
  periodsFrom,
  periodsUpTo,
  shifted,
  whole,
} from '../../src/analytics/periods.js';
import { BadInput } from '../../src/platform/errors.js';

const units: PeriodUnit[] = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'];
const unit = fc.constantFrom(...units);
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('days', () => {
  test('are added and counted alike', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -50_000, max: 50_000 }), (from, days) =>
        expect(daysBetween(from, plusDays(from, days))).toBe(days),
      ),
    );
  });

  test('of the week begin with Monday and go on one by one', () => {
    expect(weekday('2024-01-01')).toBe(0);
    fc.assert(fc.property(day, (one) => expect(weekday(plusDays(one, 1))).toBe((weekday(one) + 1) % 7)));
  });

  test('of leap years are counted', () => {
    expect(plusDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(plusDays('2023-02-28', 1)).toBe('2023-03-01');
    expect(plusDays('1900-02-28', 1)).toBe('1900-03-01');
    expect(firstOfMonth('2024-03-31', -1)).toBe('2024-02-01');
    expect(firstOfMonth('2024-12-31', 1)).toBe('2025-01-01');
  });

  test('have the parts of labels', () => {
    expect(partsOf('2024-08-05')).toEqual({ year: '2024', quarter: 3, month: 'Aug', date: '05' });
  });
});

describe('a period', () => {
  test('begins where its unit does', () => {
    const starts = units.map((name) => periodStart(name, '2024-08-15'));
    expect(starts).toEqual(['2024-08-15', '2024-08-12', '2024-08-01', '2024-07-01', '2024-01-01']);
  });

  test('is labelled by its unit', () => {
    const labels = units.map((name) => whole(name, periodStart(name, '2024-08-15')).label);
    expect(labels).toEqual(['Aug 15', 'Week of Aug 12', 'Aug 2024', 'Q3 2024', '2024']);
  });

  test('holds the day that it was found by, and has one start for all of its days', () => {
    fc.assert(
      fc.property(unit, day, fc.nat(), (name, one, place) => {
        const { startDate, endDate } = whole(name, periodStart(name, one));
        expect(startDate <= one && one <= endDate).toBe(true);
        const other = plusDays(startDate, place % (daysBetween(startDate, endDate) + 1));
        expect(periodStart(name, other)).toBe(startDate);
      }),
    );
  });

  test('is followed by the next without gap or overlap', () => {
    fc.assert(
      fc.property(unit, day, fc.integer({ min: 1, max: 40 }), (name, one, number) => {
        const periods = periodsUpTo(name, one, number);
        expect(periods).toHaveLength(number);
        expect(periods.at(-1)!.key).toBe(periodStart(name, one));
        for (const [n, { endDate }] of periods.slice(0, -1).entries())
          expect(periods[n + 1]!.startDate).toBe(plusDays(endDate, 1));
      }),
    );
  });

  test('of a range is cut at both ends, so that the range is covered once', () => {
    fc.assert(
      fc.property(unit, day, fc.integer({ min: 0, max: mostPeriods - 1 }), (name, from, length) => {
        const to = plusDays(from, length);
        const periods = periodsBetween(name, from, to, 'to');
        const days = periods.reduce((sum, { startDate, endDate }) => sum + daysBetween(startDate, endDate) + 1, 0);
        expect([periods[0]!.startDate, periods.at(-1)!.endDate, days]).toEqual([from, to, length + 1]);
      }),
    );
  });

  test('is refused with too many others, at the path of the argument', () => {
    expect(periodsFrom('DAY', '2024-01-01', '2024-12-31', 'to')).toHaveLength(mostPeriods);
    expect(() => periodsFrom('DAY', '2024-01-01', '2025-01-01', 'field.to')).toThrow(BadInput);
    expect(periodsFrom('YEAR', '1900-01-01', '2200-12-31', 'to')).toHaveLength(301);
  });
});

describe('the same place in another period', () => {
  test.each<[PeriodUnit, string, number, string]>([
    ['DAY', '2024-03-01', -1, '2024-02-29'],
    ['WEEK', '2024-03-01', -1, '2024-02-23'],
    ['MONTH', '2024-03-15', -1, '2024-02-15'],
    ['MONTH', '2024-03-30', -1, '2024-02-29'],
    ['MONTH', '2024-02-29', 1, '2024-03-31'],
    ['QUARTER', '2024-05-31', -1, '2024-02-29'],
    ['YEAR', '2024-02-29', -1, '2023-02-28'],
    ['YEAR', '2023-02-28', 1, '2024-02-29'],
  ])('%s: %s, %i later, is %s', (name, from, later, expected) => {
    expect(shifted(name, from, later)).toBe(expected);
  });

  test('is the given number of periods away, and never beyond the month', () => {
    fc.assert(
      fc.property(unit, day, fc.integer({ min: -20, max: 20 }), (name, one, later) => {
        const other = shifted(name, one, later);
        if (name === 'DAY' || name === 'WEEK') expect(shifted(name, other, -later)).toBe(one);
        else {
          const months = { MONTH: 1, QUARTER: 3, YEAR: 12 }[name] * later;
          expect(firstOfMonth(other)).toBe(firstOfMonth(one, months));
        }
      }),
    );
  });
});
