import { Activity } from '../../crm/activities/activity.js';
import { Customer } from '../../crm/customers/customer.js';
import { Deal } from '../../crm/deals/deal.js';
import { Employee } from '../../crm/employees/employee.js';
import { Lead } from '../../crm/leads/lead.js';
import { Vendor } from '../../crm/vendors/vendor.js';
import type { Class } from '../../platform/class.js';
import type { FieldPrices, SentArguments } from '../../platform/graphql/cost/prices.js';
import { recordOf } from '../../platform/records/record.js';
import { declarationOf } from '../../platform/schema/enums.js';
import { daysBetween } from '../days.js';
import { groupFieldsOf, tagField } from './dimensions.js';
import { hasWinRate, measuredOf } from './measures.js';

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

const askedIn = ({ groupBy }: SentArguments): Asked[] =>
  [groupBy].flat().filter((one): one is Asked => typeof one === 'object' && one !== null);

/** The groups that a call may have. */
function groupsOf(type: Class, { groupBy, limit, period }: SentArguments): number {
  const most = typeof limit === 'number' ? Math.min(usualLimit, Math.max(1, limit)) : usualLimit;
  // A call that groups by more than two fields is refused.
  const [first, second] = askedIn({ groupBy });
  return [first, second].reduce((groups, asked) => {
    if (!asked) return groups;
    const { field, granularity } = asked;
    return groups * (granularity ? periodsOf(String(granularity), period) : categoriesOf(type, String(field), most));
  }, 1);
}

/** The groups of a category. Values beyond the limit form one group more; an enum has few values and perhaps none. */
function categoriesOf(type: Class, field: string, most: number): number {
  const spec = groupFieldsOf(recordOf(type)).get(field);
  if (!spec?.enum) return most + 1;
  return Math.min(most + 1, declarationOf(spec.enum).values.length + (spec.nullable ? 1 : 0));
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
  /** To sort the values of each group, for a distinct count and for medians of all numbers. */
  distinct: number;
  median?: number;
  /** To sort each row into the groups of its tags. */
  tags?: number;
  /** To find the groups, and to compute measures over them. */
  groups: number;
  /** To compute measures over all rows. */
  total: number;
  /** To sort all rows into groups. */
  rows: number;
}

function pricesOf(type: Class, { distinct, median = 0, tags = 0, groups, total, rows }: Points): FieldPrices {
  const { name: record } = recordOf(type);
  const numbers = { points: 40, narrows: 1 };
  const measures = {
    count: { points: 20, narrows: 1 },
    countDistinct: { points: distinct, narrows: 1 },
    ...(measuredOf(recordOf(type)).length && {
      ...{ sum: numbers, avg: numbers, min: numbers, max: numbers },
      median: { points: median, narrows: 1 },
    }),
    ...(hasWinRate(recordOf(type)) && { winRate: { points: 30, narrows: 1 } }),
  };
  const query = `${record.charAt(0).toLowerCase()}${record.slice(1)}Analytics`;
  return {
    Query: {
      [query]: {
        narrows: 3,
        points: (args) => (askedIn(args).some(({ field }) => field === tagField) ? tags : 0),
        sizeBelow: (args) => groupsOf(type, args),
      },
    },
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
  pricesOf(Deal, { distinct: 170, median: 500, tags: 200, groups: 130, total: 70, rows: 560 }),
  pricesOf(Lead, { distinct: 130, median: 300, tags: 150, groups: 40, total: 20, rows: 350 }),
  pricesOf(Customer, { distinct: 90, median: 250, tags: 100, groups: 30, total: 20, rows: 140 }),
  pricesOf(Activity, { distinct: 420, median: 1000, tags: 500, groups: 130, total: 40, rows: 2600 }),
  pricesOf(Employee, { distinct: 2, groups: 2, total: 1, rows: 3 }),
  pricesOf(Vendor, { distinct: 2, median: 3, groups: 2, total: 1, rows: 3 }),
];
