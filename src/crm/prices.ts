import { type FieldPrices, smallTable, type TablePrices } from '../platform/graphql/cost/prices.js';

/** Records of which an organization may have ten thousands. */
export const tablePrices: Record<string, TablePrices> = {
  Customer: {
    scan: 18,
    condition: 2,
    relation: 180,
    text: 220,
    search: 350,
    count: 5,
    order: 35,
    computed: 280,
    // A skipped row has its relations joined and its totals computed.
    skipped: 0.09,
  },
  Lead: {
    scan: 35,
    condition: 5,
    relation: 100,
    text: 220,
    search: 560,
    count: 10,
    order: 60,
    computed: 0,
    skipped: 0.05,
  },
  Deal: {
    scan: 55,
    condition: 8,
    relation: 370,
    text: 680,
    search: 250,
    count: 20,
    order: 105,
    computed: 1150,
    skipped: 0.065,
  },
  Activity: {
    scan: 95,
    condition: 8,
    relation: 1200,
    text: 1050,
    search: 400,
    count: 20,
    order: 170,
    computed: 40,
    skipped: 0.065,
  },
  Employee: { ...smallTable, text: 5, search: 5 },
  Vendor: { ...smallTable, text: 5, search: 5 },
};

const stageFigure = { points: 180, narrows: 1 };

export const fieldPrices: FieldPrices = {
  Query: { nodes: { size: ({ ids }) => [ids].flat().length } },
  PipelineStage: { dealCount: stageFigure, totalValue: stageFigure },
  // Few organizations sell in more currencies, and their amounts come with the first one.
  MoneyAggregate: { otherCurrencies: { size: 3, objects: 0.05 } },
};
