import { quantifiers } from '../../records/check-filter.js';
import { lastReachableRow, mostRows, usualRows } from '../../records/lists.js';
import { comparedOf, constantCase, sortedOf } from '../../records/property.js';
import { type RecordSpec, recordOf } from '../../records/record.js';
import { trimmed } from '../../records/text.js';
import { type Prices, type SentArguments, smallTable, type TablePrices } from './prices.js';

/** The parts of a list that a document selects. */
export interface Wanted {
  rows: boolean;
  total: boolean;
}

/** Rows of a page. A size that will be refused counts as the nearest that would not be. */
export function pageSizeOf({ first, last, pageSize }: SentArguments): number {
  const given = [first, last, pageSize].filter((size) => typeof size === 'number');
  return given.length ? clamped(Math.max(...given), 1, mostRows) : usualRows;
}

export const clamped = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.trunc(value) || 0));

/** Points of a list beyond the objects that it returns. */
export function listPoints(prices: Prices, record: RecordSpec, args: SentArguments, { rows, total }: Wanted): number {
  const table = prices.tables[record.name] ?? smallTable;
  const narrowing = narrowingPoints(prices, record, args);
  const skipped = typeof args.page === 'number' ? clamped(args.page - 1, 0, lastReachableRow) * pageSizeOf(args) : 0;
  return (
    (rows
      ? narrowing + orderPoints(table, record, args.orderBy) + Math.min(skipped, lastReachableRow) * table.skipped
      : 0) + (total ? narrowing + table.count : 0)
  );
}

/** Points of finding the rows that a filter and a search keep. */
export function narrowingPoints(prices: Prices, record: RecordSpec, { filter, search }: SentArguments): number {
  const table = prices.tables[record.name] ?? smallTable;
  const searching = typeof search === 'string' && trimmed(search) ? table.search : 0;
  return (
    searching + (isBag(filter) && Object.keys(filter).length ? table.scan + filterPoints(prices, record, filter) : 0)
  );
}

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);

const partsOf = (value: unknown): Bag[] => [value].flat().filter(isBag);

const textOperators = new Set(['contains', 'startsWith', 'endsWith', 'eqIgnoreCase']);

function filterPoints(prices: Prices, record: RecordSpec, filter: Bag): number {
  const table = prices.tables[record.name] ?? smallTable;
  let points = 0;
  for (const [name, value] of Object.entries(filter)) {
    if (value == null) continue;
    const target = relatedBy(record, name);
    if (name === 'and' || name === 'or' || name === 'not')
      for (const part of partsOf(value)) points += filterPoints(prices, record, part);
    else if (target)
      for (const part of relationParts(value))
        points += relationPoints(prices, record, target) + filterPoints(prices, target, part);
    else if (isBag(value))
      for (const operator of Object.keys(value)) points += operatorPoints(record, table, name, operator);
    else points += table.condition;
  }
  return points;
}

function operatorPoints({ properties }: RecordSpec, table: TablePrices, name: string, operator: string): number {
  const spec = properties.get(name);
  if (spec && comparedOf(spec).sql) return table.computed;
  return textOperators.has(operator) ? table.text : table.condition;
}

const relationPoints = ({ tables }: Prices, { name }: RecordSpec, target: RecordSpec): number =>
  target.name in tables ? tables[target.name]!.scan + (tables[name] ?? smallTable).relation : smallTable.scan;

/** The record that a condition refers to. */
function relatedBy({ lists, properties }: RecordSpec, name: string): RecordSpec | null {
  const type = lists.get(name)?.record ?? properties.get(name)?.reference?.record;
  return type ? recordOf(type()) : null;
}

/** The conditions on related records: those inside quantifiers, or the value itself. */
function relationParts(value: unknown): Bag[] {
  if (!isBag(value)) return [];
  const lists = quantifiers.map((name) => value[name]).filter((part) => part != null);
  return lists.length ? lists.flatMap(partsOf) : [value];
}

function orderPoints(table: TablePrices, record: RecordSpec, orderBy: unknown): number {
  const keys = partsOf(orderBy).map(({ field }) => String(field));
  const computed = keys.filter((key) => isComputed(record, key)).length;
  return (keys.length > 0 ? table.order : 0) + computed * table.computed;
}

const isComputed = ({ sortKeys = {}, properties }: RecordSpec, key: string): boolean =>
  key in sortKeys || [...properties.values()].some((spec) => sortedOf(spec).sql && constantCase(spec.name) === key);
