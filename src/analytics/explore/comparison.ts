import { type Fragment, sql } from '../../platform/database/sql.js';
import { daysBetween, plusDays } from '../days.js';
import { type PeriodUnit, periodsFrom, shifted, yearBefore } from '../periods.js';
import type { Range } from '../range.js';
import type { Dimensions } from './dimensions.js';
import type { ExploreArguments } from './explore-arguments.js';
import type { Parts } from './parts.js';

/** The earlier period that a call compares with. */
export interface Comparison {
  period: Range;
  /** The groups of its rows, with their periods moved into the reported one. */
  moved: (parts: Parts) => Parts;
}

const weeksOfYear = 52;

export function comparisonOf({ period, compareTo }: ExploreArguments, { date }: Dimensions): Comparison | null {
  if (!compareTo) return null;
  const { from, to } = period as { from: string; to: string };
  if (compareTo === 'PREVIOUS_YEAR') {
    const inWeeks = date?.unit === 'WEEK';
    return {
      period: inWeeks ? inDays(from, to, weeksOfYear * 7) : yearBefore(from, to),
      moved: date ? later(inWeeks ? 'WEEK' : 'YEAR', inWeeks ? weeksOfYear : 1) : unmoved,
    };
  }
  if (!date) return { period: inDays(from, to, daysBetween(from, to) + 1), moved: unmoved };
  const steps = periodsFrom(date.unit, from, to, 'period.from').length;
  return {
    period: { from: shifted(date.unit, from, -steps), to: shifted(date.unit, to, -steps) },
    moved: later(date.unit, steps),
  };
}

const inDays = (from: string, to: string, days: number): Range => ({
  from: plusDays(from, -days),
  to: plusDays(to, -days),
});

const unmoved = (parts: Parts): Parts => parts;

const intervals = { DAY: 'days', WEEK: 'weeks', MONTH: 'months', QUARTER: 'months', YEAR: 'years' } as const;

/** Moves periods so many units later; 29 February becomes the 28th of a year without it. */
function later(unit: PeriodUnit, steps: number): (parts: Parts) => Parts {
  const interval = sql`make_interval(${sql.raw(intervals[unit])} => ${steps * (unit === 'QUARTER' ? 3 : 1)})`;
  return (parts) => ({ ...parts, bucket: sql`(${parts.bucket} + ${interval})::date` satisfies Fragment });
}
