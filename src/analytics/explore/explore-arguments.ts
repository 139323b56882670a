import type { Fault } from '../../platform/errors.js';
import { checkList } from '../../platform/records/check-list.js';
import type { Filter } from '../../platform/records/filters.js';
import type { InputFault } from '../../platform/records/inputs.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { periodStart } from '../periods.js';
import { type Range, rangeFaults } from '../range.js';
import type { Dimensions, Grouping } from './dimensions.js';
import { measuredAs } from './measures.js';

export interface ExploreArguments {
  filter?: Filter | null;
  search?: string | null;
  period?: (Range & { field: string }) | null;
  groupBy: Grouping[];
  orderBy?: { by: 'KEY' | 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'; field?: string | null; direction: 'ASC' | 'DESC' };
  limit?: number | null;
  timeZone?: string | null;
  fillGaps: boolean;
  compareTo?: 'PREVIOUS_PERIOD' | 'PREVIOUS_YEAR' | null;
}

/** Conflicts between arguments; GraphQL and the declarations check each argument alone. */
export function explorationFaults(record: RecordSpec, args: ExploreArguments, dimensions: Dimensions): InputFault[] {
  const { filter, search, period, orderBy, limit, compareTo, fillGaps } = args;
  const { date } = dimensions;
  const [category] = dimensions.categories;
  const faults = checkList({ filter, search });
  const complain = (path: string, code: Fault['code'], message: string) => faults.push({ path, code, message });
  if (period) faults.push(...rangeFaults(period, 'period'));
  if (!category && limit != null) complain('limit', 'NOT_ALLOWED', 'needs a group that is not a date');
  if (!category && orderBy) complain('orderBy', 'NOT_ALLOWED', 'needs a group that is not a date');
  if (orderBy) {
    const isMeasure = orderBy.by !== 'KEY' && orderBy.by !== 'COUNT';
    if (isMeasure && !orderBy.field) complain('orderBy.field', 'REQUIRED', `must be given with ${orderBy.by}`);
    if (!isMeasure && orderBy.field) complain('orderBy.field', 'NOT_ALLOWED', 'belongs to SUM, AVG, MIN and MAX');
    if (orderBy.by === 'SUM' && measuredAs(record, orderBy.field)?.measure === 'percentage')
      complain('orderBy.field', 'NOT_ALLOWED', 'is a percentage, which has no sum; sort by AVG');
  }
  if (fillGaps && !date) complain('fillGaps', 'NOT_ALLOWED', 'needs a group that is a date');
  if (!compareTo) return faults;
  if (!period?.from || !period.to) complain('compareTo', 'NOT_ALLOWED', 'needs a period with `from` and `to`');
  else if (date && date.field !== period.field)
    complain('compareTo', 'NOT_ALLOWED', 'needs a period over the date in `groupBy`');
  else if (compareTo === 'PREVIOUS_PERIOD' && date && periodStart(date.unit, period.from) !== period.from)
    complain('period.from', 'OUT_OF_RANGE', `must be the first day of a ${date.unit} to be compared`);
  return faults;
}
