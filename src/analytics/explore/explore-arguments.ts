import type { Filter } from '../../platform/lists/filters.js';
import { checkList } from '../../platform/lists/paging.js';
import { badInput } from '../../platform/records/check.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { periodStart } from '../periods.js';
import { checkRange, type RangeArgs } from '../range.js';
import { type Dimensions, fault, type Grouping } from './dimensions.js';

export interface ExploreArguments {
  filter?: Filter | null;
  search?: string | null;
  period?: (RangeArgs & { field: string }) | null;
  groupBy: Grouping[];
  orderBy?: { by: 'KEY' | 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'; field?: string | null; direction: 'ASC' | 'DESC' };
  limit?: number | null;
  timeZone?: string | null;
  fillGaps: boolean;
  compareTo?: 'PREVIOUS_PERIOD' | null;
}

/** What fits together only in some ways; GraphQL and the declarations of the arguments have checked the rest. */
export function checkExploration(record: RecordSpec, args: ExploreArguments, dimensions: Dimensions): void {
  const { filter, search, period, orderBy, limit, compareTo, fillGaps } = args;
  const faults = checkList(record, { filter, search }, '');
  if (faults.length) throw badInput(faults);
  const { category, date } = dimensions;
  if (period) checkRange(period, 'period');
  if (!category && limit != null) throw fault('limit', 'NOT_ALLOWED', 'needs a group that is no date');
  if (!category && orderBy) throw fault('orderBy', 'NOT_ALLOWED', 'needs a group that is no date');
  if (orderBy) {
    const isMeasure = orderBy.by !== 'KEY' && orderBy.by !== 'COUNT';
    if (isMeasure && !orderBy.field) throw fault('orderBy.field', 'REQUIRED', `must be given with ${orderBy.by}`);
    if (!isMeasure && orderBy.field) throw fault('orderBy.field', 'NOT_ALLOWED', 'belongs to SUM, AVG, MIN and MAX');
  }
  if (fillGaps && !date) throw fault('fillGaps', 'NOT_ALLOWED', 'needs a group that is a date');
  if (!compareTo) return;
  if (!period?.from || !period.to) throw fault('compareTo', 'NOT_ALLOWED', 'needs a period with `from` and `to`');
  if (date && date.field !== period.field)
    throw fault('compareTo', 'NOT_ALLOWED', 'needs a period over the date that is grouped by');
  if (date && periodStart(date.unit, period.from) !== period.from)
    throw fault('period.from', 'OUT_OF_RANGE', `must be the first day of a ${date.unit} to be compared`);
}
