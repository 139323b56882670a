import { BadInput } from '../platform/errors.js';
import { declareEnum } from '../platform/schema/enums.js';
import { firstOfMonth, partsOf, plusDays, weekday } from './days.js';

export const PeriodUnit = declareEnum('PeriodUnit', 'The length of a period in a report.', {
  DAY: 'A calendar day.',
  WEEK: 'A week, from Monday to Sunday.',
  MONTH: 'A calendar month.',
  QUARTER: 'A calendar quarter, e.g. January to March.',
  YEAR: 'A calendar year.',
});
export type PeriodUnit = keyof typeof PeriodUnit;

export interface Period {
  /** First day of the whole calendar period. */
  key: string;
  label: string;
  startDate: string;
  endDate: string;
}

const months: Partial<Record<PeriodUnit, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
export const mostPeriods = 366;

/** The first day of the calendar period that contains a day, or of the period `later` periods after it. */
export function periodStart(unit: PeriodUnit, day: string, later = 0): string {
  const length = months[unit];
  if (length === undefined) return unit === 'DAY' ? plusDays(day, later) : plusDays(day, -weekday(day) + 7 * later);
  const month = Number(day.slice(5, 7)) - 1;
  return firstOfMonth(day, -(month % length) + later * length);
}

/**
 * The same day `later` periods later. The last day of a month stays the last day; other days move back to the last day
 * of a month that is too short.
 */
export function shifted(unit: PeriodUnit, day: string, later: number): string {
  const length = months[unit];
  if (length === undefined) return plusDays(day, later * (unit === 'DAY' ? 1 : 7));
  const lastOf = (months: number) => plusDays(firstOfMonth(day, months + 1), -1);
  const last = lastOf(length * later);
  return day === lastOf(0) || day.slice(8) > last.slice(8) ? last : last.slice(0, 8) + day.slice(8);
}

/** The same range of days a year earlier, which ends with February if the range does. */
export const yearBefore = (from: string, to: string): { from: string; to: string } => ({
  from: `${Number(from.slice(0, 4)) - 1}${from.slice(4).replace('02-29', '02-28')}`,
  to: shifted('YEAR', to, -1),
});

function labelOf(unit: PeriodUnit, start: string): string {
  const { year, quarter, month, date } = partsOf(start);
  const labels: Record<PeriodUnit, string> = {
    DAY: `${month} ${date}`,
    WEEK: `Week of ${month} ${date}`,
    MONTH: `${month} ${year}`,
    QUARTER: `Q${quarter} ${year}`,
    YEAR: year,
  };
  return labels[unit];
}

export const whole = (unit: PeriodUnit, start: string): Period => ({
  key: start,
  label: labelOf(unit, start),
  startDate: start,
  endDate: plusDays(periodStart(unit, start, 1), -1),
});

/** `number` whole periods, of which the last contains the day. */
export const periodsUpTo = (unit: PeriodUnit, day: string, number: number): Period[] =>
  Array.from({ length: number }, (_, n) => whole(unit, periodStart(unit, day, n + 1 - number)));

/** The whole periods that contain the days `from` to `to`. Throws BadInput at `path` if there are too many. */
export function periodsFrom(unit: PeriodUnit, from: string, to: string, path: string): Period[] {
  const periods: Period[] = [];
  for (let start = periodStart(unit, from); start <= to; start = periodStart(unit, start, 1)) {
    if (periods.length === mostPeriods)
      throw new BadInput([
        {
          path,
          code: 'OUT_OF_RANGE',
          message: `gives more than ${mostPeriods} periods; choose longer ones or a later day`,
        },
      ]);
    periods.push(whole(unit, start));
  }
  return periods;
}

/** The same periods, with the first and the last cut to these days. */
export function periodsBetween(unit: PeriodUnit, from: string, to: string, path: string): Period[] {
  const periods = periodsFrom(unit, from, to, path);
  periods[0]!.startDate = from;
  periods.at(-1)!.endDate = to;
  return periods;
}
