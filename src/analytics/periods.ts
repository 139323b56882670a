import { BadInput } from '../platform/errors.js';
import { declareEnum } from '../platform/records/enums.js';
import { firstOfMonth, partsOf, plusDays, weekday } from './days.js';

export const PeriodUnit = declareEnum('PeriodUnit', 'Length of a reporting period.', {
  DAY: 'Calendar day.',
  WEEK: 'Week from Monday.',
  MONTH: 'Calendar month.',
  QUARTER: 'Calendar quarter.',
  YEAR: 'Calendar year.',
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
const mostPeriods = 366;

/** The first day of the calendar period that contains a day, or of the one so many periods later. */
export function periodStart(unit: PeriodUnit, day: string, later = 0): string {
  const length = months[unit];
  if (length === undefined) return unit === 'DAY' ? plusDays(day, later) : plusDays(day, -weekday(day) + 7 * later);
  const month = Number(day.slice(5, 7)) - 1;
  return firstOfMonth(day, -(month % length) + later * length);
}

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

const whole = (unit: PeriodUnit, start: string): Period => ({
  key: start,
  label: labelOf(unit, start),
  startDate: start,
  endDate: plusDays(periodStart(unit, start, 1), -1),
});

/** So many whole periods, the last of which contains the day. */
export const periodsUpTo = (unit: PeriodUnit, day: string, number: number): Period[] =>
  Array.from({ length: number }, (_, n) => whole(unit, periodStart(unit, day, n + 1 - number)));

/** The periods from one day to another, the first and the last cut to these; too many are refused. */
export function periodsBetween(unit: PeriodUnit, from: string, to: string): Period[] {
  const periods: Period[] = [];
  for (let start = periodStart(unit, from); start <= to; start = periodStart(unit, start, 1)) {
    if (periods.length === mostPeriods)
      throw new BadInput([
        {
          path: 'revenueByPeriod.from',
          code: 'OUT_OF_RANGE',
          message: `gives more than ${mostPeriods} periods; choose longer ones or a later day`,
        },
      ]);
    periods.push(whole(unit, start));
  }
  periods[0]!.startDate = from;
  periods.at(-1)!.endDate = to;
  return periods;
}
