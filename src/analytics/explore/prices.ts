import type { FieldPrices, SentArguments } from '../../platform/graphql/cost/prices.js';
import { type RecordSpec, recordNamed } from '../../platform/records/record.js';
import { declarationOf } from '../../platform/schema/enums.js';
import { daysBetween } from '../days.js';
import { groupFieldsOf } from './dimensions.js';

/** Days of a period, and the periods that a record usually spans. */
const granularities: Record<string, { days: number; usual: number }> = {
  DAY: { days: 1, usual: 366 },
  WEEK: { days: 7, usual: 104 },
  MONTH: { days: 28, usual: 36 },
  QUARTER: { days: 90, usual: 12 },
  YEAR: { days: 365, usual: 5 },
};

const mostPeriods = 366;
const usualLimit = 50;

interface Asked {
  field?: string;
  granularity?: string;
}

/** The groups that a call may have. */
function groupsOf(record: RecordSpec, { groupBy, limit, period }: SentArguments): number {
  const asked = [groupBy].flat().filter((one): one is Asked => typeof one === 'object' && one !== null);
  const most = typeof limit === 'number' ? Math.min(usualLimit, Math.max(1, limit)) : usualLimit;
  // A call that groups by more than a date and one other field is refused.
  const date = asked.find(({ granularity }) => granularity);
  const category = asked.find(({ granularity }) => !granularity);
  // Categories beyond the limit form one group more.
  const categories = category ? Math.min(most + 1, categoriesOf(record, category)) : 1;
  return categories * (date ? periodsOf(String(date.granularity), period) : 1);
}

/** The values that rows can have in a field, with none; unbounded if the field refers to records. */
function categoriesOf(record: RecordSpec, { field }: Asked): number {
  const spec = groupFieldsOf(record).get(String(field));
  if (!spec?.enum) return Number.POSITIVE_INFINITY;
  return declarationOf(spec.enum).values.length + (spec.nullable ? 1 : 0);
}

function periodsOf(granularity: string, period: unknown): number {
  const { days, usual } = granularities[granularity] ?? granularities.DAY!;
  const { from, to } = (period ?? {}) as { from?: unknown; to?: unknown };
  if (!from || !to) return usual;
  // A period that ends before it begins is refused.
  const between = Math.max(0, daysBetween(String(from), String(to)) || 0);
  return Math.min(mostPeriods, Math.ceil((between + 1) / days) + 1);
}

interface Points {
  /** To find the groups, and to compute measures over them. */
  groups: number;
  /** To compute measures over all rows. */
  total: number;
  /** To sort all rows into groups. */
  rows: number;
}

function pricesOf(record: string, { groups, total, rows }: Points): FieldPrices {
  const numbers = { points: 40, narrows: 1 };
  const measures = { count: { points: 20, narrows: 1 }, sum: numbers, avg: numbers, min: numbers, max: numbers };
  const query = `${record.charAt(0).toLowerCase()}${record.slice(1)}Analytics`;
  return {
    Query: { [query]: { narrows: 3, sizeBelow: (args) => groupsOf(recordNamed(record)!, args) } },
    [`${record}Analytics`]: {
      groups: { points: groups },
      total: { points: total },
      previousTotal: { points: total },
    },
    // A call groups by two fields at most.
    [`${record}Group`]: { ...measures, keys: { size: 2 }, previous: { points: groups }, rows: { points: rows } },
    [`${record}Measures`]: measures,
  };
}

export const explorePrices: FieldPrices[] = [
  pricesOf('Deal', { groups: 130, total: 70, rows: 560 }),
  pricesOf('Lead', { groups: 40, total: 20, rows: 350 }),
  pricesOf('Customer', { groups: 30, total: 20, rows: 140 }),
  pricesOf('Activity', { groups: 130, total: 40, rows: 2600 }),
];
