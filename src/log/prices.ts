import type { TablePrices } from '../platform/graphql/cost/prices.js';

/** The log has every change of a year: ten times as many rows as the largest table of records. */
export const logTables: Record<string, TablePrices> = {
  Change: {
    scan: 500,
    condition: 20,
    relation: 500,
    text: 500,
    search: 0,
    count: 200,
    order: 0,
    computed: 0,
    skipped: 0.05,
  },
  ChangeSet: {
    scan: 200,
    condition: 10,
    relation: 200,
    text: 200,
    search: 0,
    count: 100,
    order: 0,
    computed: 2000,
    skipped: 0.05,
  },
};
