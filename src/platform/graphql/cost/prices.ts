/** Arguments of a field as sent, not coerced: a fault in them is reported when the field runs. */
export type SentArguments = Readonly<Record<string, unknown>>;

type Points = number | ((args: SentArguments) => number);

/** Points of what a list does with the rows of a table, beyond the objects that it returns; follows measurements. */
export interface TablePrices {
  /** To read the rows for a filter, once for each list. */
  scan: number;
  /** Each condition of a filter. */
  condition: number;
  /** Each condition on a related record that has prices of its own. */
  relation: number;
  /** Each condition on a part of a text: `contains`, `startsWith`, `endsWith`. */
  text: number;
  search: number;
  /** To count the rows, for `totalCount` and `pageCount`. */
  count: number;
  /** To sort by stored values. */
  order: number;
  /** Each sort key or condition on a value that is computed. */
  computed: number;
  /** Each row that a page number skips. */
  skipped: number;
}

/** Price of statements, which answer all objects that have the field at once. */
export interface StatementPrice {
  points?: Points;
  /** Number of statements, or parts of them, that find the rows of the field's filter and search. */
  narrows?: number;
  /** The record whose prices the filter has, if the filter is not of a record. */
  filters?: string;
}

/** Prices of a field that is not a list of records, or that costs more than its objects. */
export interface FieldPrice extends StatementPrice {
  /**
   * Statements that are sent only if one of the fields that the key names, separated by spaces, is selected below. The
   * field's own statements are then sent only for fields that no key names.
   */
  parts?: Record<string, StatementPrice>;
  /** Points for each object that has the field. */
  each?: Points;
  /** Points of each object that it returns; 1 by default. */
  objects?: number;
  /** Number of objects in its list, where it is not 10. */
  size?: Points;
  /** Number of objects in the lists directly below it, where it is not 10. */
  sizeBelow?: Points;
  /** Number of rows that a bulk mutation changes. Each costs a point, and so do the lists of its result. */
  rows?: (args: SentArguments) => number;
}

/** Field prices by type and name. */
export type FieldPrices = Record<string, Record<string, FieldPrice>>;

export interface Prices {
  /** By the name of the record; records without an entry have few rows. */
  tables: Record<string, TablePrices>;
  fields: FieldPrices;
}

/** Prices of records that number at most a few hundred in an organization. */
export const smallTable: TablePrices = {
  scan: 1,
  condition: 0.1,
  relation: 0,
  text: 1,
  search: 2,
  count: 1,
  order: 1,
  computed: 1,
  skipped: 0,
};

/** Objects of a list without pages. */
export const usualSize = 10;

export const pointsOf = (price: Points | undefined, args: SentArguments): number =>
  typeof price === 'function' ? price(args) : (price ?? 0);

/** One list of prices from those of several rooms. */
export function allPrices(tables: Prices['tables'], ...all: FieldPrices[]): Prices {
  const fields: FieldPrices = {};
  for (const some of all)
    for (const [type, prices] of Object.entries(some)) fields[type] = { ...fields[type], ...prices };
  return { tables, fields };
}
