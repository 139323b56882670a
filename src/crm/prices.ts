import type { FieldPrices, TablePrices } from '../platform/graphql/prices.js';

/** Records that an organization may have by the ten thousands. */
export const tablePrices: Record<string, TablePrices> = {};

export const fieldPrices: FieldPrices = {
  Query: { nodes: { size: ({ ids }) => [ids].flat().length } },
};
