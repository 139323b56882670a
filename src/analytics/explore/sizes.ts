import type { Class } from '../../platform/class.js';
import { recordOf } from '../../platform/records/record.js';
import { declarationOf } from '../../platform/schema/enums.js';
import { daysBetween } from '../days.js';
import { mostPeriods } from '../periods.js';
import { groupFieldsOf } from './dimensions.js';

/** Days of a period, and the periods that a record usually spans. */
const granularities: Record<string, { days: number; usual: number }> = {
  DAY: { days: 1, usual: 366 },
  WEEK: { days: 7, usual: 104 },
  MONTH: { days: 28, usual: 36 },
  QUARTER: { days: 90, usual: 12 },
  YEAR: { days: 365, usual: 5 },
};

/** Groups of each category that a call may ask for. */
const mostGroups = 50;

/** Groups of a call without `limit`: 50 categories and `Other` in the usual number of months. */
const mostUnasked = (mostGroups + 1) * granularities.MONTH!.usual;

/** The arguments that decide the number of groups, perhaps as sent and not checked. */
export interface Sizing {
  groupBy?: unknown;
  limit?: unknown;
  period?: unknown;
}

interface Asked {
  field?: string;
  granularity?: string;
}

export const askedIn = ({ groupBy }: Sizing): Asked[] =>
  [groupBy].flat().filter((one): one is Asked => typeof one === 'object' && one !== null);

/** The limit of a call, or the greatest one that gives few enough groups. */
export function limitOf(type: Class, { limit, ...sizing }: Sizing): number {
  if (typeof limit === 'number') return Math.min(mostGroups, Math.max(1, limit));
  let usual = mostGroups;
  while (usual > 1 && groupsWith(type, sizing, usual) > mostUnasked) usual -= 1;
  return usual;
}

/** The groups that a call may have. */
export const groupsOf = (type: Class, sizing: Sizing): number => groupsWith(type, sizing, limitOf(type, sizing));

function groupsWith(type: Class, { groupBy, period }: Sizing, limit: number): number {
  // A call that groups by more than two fields is refused.
  const [first, second] = askedIn({ groupBy });
  return [first, second].reduce((groups, asked) => {
    if (!asked) return groups;
    const { field, granularity } = asked;
    return groups * (granularity ? periodsOf(String(granularity), period) : categoriesOf(type, String(field), limit));
  }, 1);
}

/** The groups of a category. Values beyond the limit form one group more; an enum has few values and perhaps none. */
function categoriesOf(type: Class, field: string, limit: number): number {
  const spec = groupFieldsOf(recordOf(type)).get(field);
  if (!spec?.enum) return limit + 1;
  return Math.min(limit + 1, declarationOf(spec.enum).values.length + (spec.nullable ? 1 : 0));
}

function periodsOf(granularity: string, period: unknown): number {
  const { days, usual } = granularities[granularity] ?? granularities.DAY!;
  const { from, to } = (period ?? {}) as { from?: unknown; to?: unknown };
  if (!from || !to) return usual;
  // A period that ends before it begins is refused.
  const between = Math.max(0, daysBetween(String(from), String(to)) || 0);
  return Math.min(mostPeriods, Math.ceil((between + 1) / days) + 1);
}
