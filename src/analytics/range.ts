import { demandMembership, type Viewer } from '../platform/auth/viewer.js';
import { and, type Fragment, sql } from '../platform/database/sql.js';
import { BadInput, type Fault } from '../platform/errors.js';
import { startOf } from '../platform/reading/conditions.js';
import { Day } from '../platform/records/decorators.js';
import type { Filter } from '../platform/records/filters.js';
import { ReportArguments, ZoneArgument } from './report-arguments.js';

/** Days from `from` to `to`, both included; a missing end is unbounded. */
export interface Range {
  from?: string | null;
  to?: string | null;
}

@ReportArguments()
export class RangeArgs implements Range {
  @Day({ description: 'First day to report on; unbounded by default.' })
  from?: string | null;

  @Day({ description: 'Last day to report on, inclusive; unbounded by default.' })
  to?: string | null;

  @ZoneArgument()
  timeZone?: string | null;

  filter?: Filter | null;
}

/** A range that ends before it begins is an error, not an empty range. */
export const rangeFaults = ({ from, to }: Range, field: string): Fault[] =>
  from && to && from > to ? [{ path: `${field}.from`, code: 'OUT_OF_RANGE', message: 'must not be after `to`' }] : [];

export function checkRange(range: Range, field: string): void {
  const faults = rangeFaults(range, field);
  if (faults.length) throw new BadInput(faults);
}

/** Whether an instant is on a day of the range, in the organization's time zone. */
export function within({ from, to }: Range, instant: Fragment, viewer: Viewer): Fragment {
  return and([
    ...(from ? [sql`${instant} >= ${startOf(sql`${from}`, viewer)}`] : []),
    ...(to ? [sql`${instant} < ${startOf(sql`(${to}::date + 1)`, viewer)}`] : []),
  ]);
}

/** Whether a day is in the range; null never is. */
export function during({ from, to }: Range, day: Fragment): Fragment {
  return and([
    sql`${day} is not null`,
    ...(from ? [sql`${day} >= ${from}::date`] : []),
    ...(to ? [sql`${day} <= ${to}::date`] : []),
  ]);
}

/** The day of an instant in the organization's time zone. */
export const dayOf = (instant: Fragment, viewer: Viewer): Fragment =>
  sql`(${instant} at time zone ${demandMembership(viewer).timeZone}::text)::date`;
