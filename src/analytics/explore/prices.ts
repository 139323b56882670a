import { Activity } from '../../crm/activities/activity.js';
import { Customer } from '../../crm/customers/customer.js';
import { Deal } from '../../crm/deals/deal.js';
import { Employee } from '../../crm/employees/employee.js';
import { Lead } from '../../crm/leads/lead.js';
import { Vendor } from '../../crm/vendors/vendor.js';
import type { Class } from '../../platform/class.js';
import type { FieldPrices } from '../../platform/graphql/cost/prices.js';
import { recordOf } from '../../platform/records/record.js';
import { tagField } from './dimensions.js';
import { hasWinRate, measuredOf } from './measures.js';
import { askedIn, groupsOf } from './sizes.js';

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
  // Objects that only hold others take less than a record.
  const holder = { objects: 0.4 };
  const numbers = { points: 40, narrows: 1, ...holder };
  const measures = {
    count: { points: 20, narrows: 1 },
    countDistinct: { points: distinct, narrows: 1 },
    ...(measuredOf(recordOf(type)).length && {
      ...{ sum: numbers, avg: numbers, min: numbers, max: numbers },
      median: { ...numbers, points: median },
    }),
    ...(hasWinRate(recordOf(type)) && { winRate: { points: 30, narrows: 1 } }),
  };
  const money = measuredOf(recordOf(type)).filter(({ measure }) => measure === 'money');
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
    [`${record}Group`]: {
      ...measures,
      keys: { size: 2, objects: 0.25 },
      previous: { points: groups, ...holder },
      rows: { points: rows },
    },
    [`${record}Measures`]: measures,
    [`${record}Numbers`]: Object.fromEntries(money.map(({ name }) => [name, holder])),
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
