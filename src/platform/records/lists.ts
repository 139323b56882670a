import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Class } from '../class.js';
import { declareEnum } from '../schema/enums.js';
import type { Filter } from './filters.js';
import { constantCase, type Kind } from './property.js';
import { type RecordSpec, recordOf } from './record.js';

export const OrderDirection = declareEnum('OrderDirection', 'Direction in which rows are sorted.', {
  ASC: 'Ascending: smallest, earliest or alphabetically first on top.',
  DESC: 'Descending: largest, latest or alphabetically last on top.',
});

const NullsOrder = declareEnum('NullsOrder', 'Position of rows without a value in a sorted list.', {
  FIRST: 'Before all other rows.',
  LAST: 'After all other rows; the default in both directions.',
});

export interface SortKey {
  field: string;
  direction: keyof typeof OrderDirection;
  nulls?: keyof typeof NullsOrder | null;
}

/** Default size of a page. */
export const usualRows = 25;

/** Rows of the longest page. */
export const mostRows = 100;

/** The last row that a page number can reach. */
export const lastReachableRow = 10_000;

/** Arguments that narrow a list or a figure. */
export interface FilterArguments {
  filter?: Filter | null;
  search?: string | null;
}

/** Arguments of every list. */
export interface ListArguments extends FilterArguments {
  orderBy?: SortKey[] | null;
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  page?: number | null;
  pageSize?: number | null;
}

const text = (description: string, nullable = true) => Field(() => String, { description, nullable });
const flag = (description: string) => Field(() => Boolean, { description });
const count = (description: string, nullable = true) => Field(() => Int, { description, nullable });

@ObjectType({ simpleResolvers: true, description: 'Position of this page in its list.' })
export class PageInfo {
  @flag('Whether more rows follow this page.') hasNextPage!: boolean;
  @flag('Whether rows come before this page.') hasPreviousPage!: boolean;
  @text('Cursor of the first row, for `before`; null when the page is empty.') startCursor!: string | null;
  @text('Cursor of the last row, for `after`; null when the page is empty.') endCursor!: string | null;
  @count('Number of this page, from 1; null in cursor mode.') page!: number | null;
  @count('Number of rows per page; null in cursor mode.') pageSize!: number | null;
  @count('Number of pages in the list; null in cursor mode.') pageCount!: number | null;
}

/** A page of rows, without the parts that were not selected. */
export interface Connection<Row> {
  totalCount?: number;
  pageInfo?: PageInfo;
  nodes?: Row[];
  edges?: { cursor: string; node: Row }[];
}

const connectionTypes = new Map<Class, Class>();

/** GraphQL type of a page of records. */
export function connectionOf(record: Class): Class {
  const known = connectionTypes.get(record);
  if (known) return known;
  const { name, plural } = recordOf(record);
  const edge = { [name]: class {} }[name]!;
  text('Cursor of the row, to pass as `after` or `before`.', false)(edge.prototype, 'cursor');
  Field(() => record, { description: 'The record in this row.' })(edge.prototype, 'node');
  ObjectType(`${name}Edge`, { simpleResolvers: true, description: `A row of a page of ${plural}, with its cursor.` })(
    edge,
  );
  const page = { [name]: class {} }[name]!;
  count(`Number of ${plural} on all pages together; counted only when selected.`, false)(page.prototype, 'totalCount');
  Field(() => PageInfo, { description: 'Position of this page in its list.' })(page.prototype, 'pageInfo');
  Field(() => [record], { description: `The ${plural} on this page.` })(page.prototype, 'nodes');
  Field(() => [edge], { description: `The ${plural} on this page, each with its cursor.` })(page.prototype, 'edges');
  ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${plural}.` })(page);
  connectionTypes.set(record, page);
  return page;
}

const orderTypes = new Map<Class, Class>();

/** GraphQL type of a sort key. */
export const sortKeyTypeOf = (record: Class): Class => orderTypes.get(record)!;

/** The order of the values of a kind, unless it is plain. */
const sortedAs: Partial<Record<Kind, string>> = { text: ', ignoring case', enum: ', in declaration order' };

/** The sort keys of a record, with their descriptions. */
function sortKeysOf(record: RecordSpec): Map<string, string> {
  const ofProperties = [...record.properties.values()]
    .filter(({ order }) => order)
    .map((spec): [string, string] => [
      constantCase(spec.name),
      typeof spec.order === 'string'
        ? spec.order
        : `Sorts by ${spec.by}${sortedAs[spec.kind] ?? ''}.${spec.permission ? ` Needs ${spec.permission}.` : ''}`,
    ]);
  const added = Object.entries(record.sortKeys ?? {}).flatMap(
    ([key, { description, permission }]): [string, string][] =>
      description ? [[key, permission ? `${description} Needs ${permission}.` : description]] : [],
  );
  return new Map([...ofProperties, ...added]);
}

export const isSortable = (record: RecordSpec): boolean => sortKeysOf(record).size > 0;

/** Makes the order type of every sortable record; called once, after all features have declared their records. */
export function makeOrderTypes(records: RecordSpec[]): void {
  for (const record of records) if (isSortable(record)) orderTypes.set(record.type, orderTypeOf(record));
}

function orderTypeOf(record: RecordSpec): Class {
  const { name, plural } = record;
  const keys = sortKeysOf(record);
  const field = Object.fromEntries([...keys.keys()].map((key) => [key, key]));
  registerEnumType(field, {
    name: `${name}OrderField`,
    description: `Sort keys of ${plural}.`,
    valuesConfig: Object.fromEntries([...keys].map(([key, description]) => [key, { description }])),
  });
  const type = { [name]: class {} }[name]!;
  Field(() => field, { description: `The field to sort ${plural} by.` })(type.prototype, 'field');
  Field(() => OrderDirection, { description: 'Sort direction; ascending by default.', defaultValue: 'ASC' })(
    type.prototype,
    'direction',
  );
  Field(() => NullsOrder, { description: 'Position of rows without a value; default LAST.', nullable: true })(
    type.prototype,
    'nulls',
  );
  InputType(`${name}Order`, { description: `A sort key for ${plural}, with its direction.` })(type);
  return type;
}
