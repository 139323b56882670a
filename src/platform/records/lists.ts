import { ArgsType, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Class } from '../class.js';
import { declareEnum } from '../schema/enums.js';
import { type Filter, filterTypeOf } from './filters.js';
import { constantCase } from './property.js';
import { type RecordSpec, recordOf } from './record.js';

export const OrderDirection = declareEnum('OrderDirection', 'Direction of a sort key.', {
  ASC: 'Smallest, earliest or alphabetically first at the top.',
  DESC: 'Largest, latest or alphabetically last at the top.',
});

const NullsOrder = declareEnum('NullsOrder', 'Where rows without a value stand.', {
  FIRST: 'Before all other rows.',
  LAST: 'After all other rows; the default in both directions.',
});

export interface SortKey {
  field: string;
  direction: keyof typeof OrderDirection;
  nulls?: keyof typeof NullsOrder | null;
}

/** Arguments of every list. */
export interface ListArguments {
  filter?: Filter | null;
  search?: string | null;
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

@ObjectType({ simpleResolvers: true, description: 'Where this page stands in its list.' })
export class PageInfo {
  @flag('Whether rows follow this page.') hasNextPage!: boolean;
  @flag('Whether rows precede this page.') hasPreviousPage!: boolean;
  @text('Cursor of the first row; null when the page is empty.') startCursor!: string | null;
  @text('Cursor of the last row; null when the page is empty.') endCursor!: string | null;
  @count('Page number from 1; null in cursor mode.') page!: number | null;
  @count('Rows per page; null in cursor mode.') pageSize!: number | null;
  @count('Number of pages; null in cursor mode.') pageCount!: number | null;
}

/** A page of rows as it is read; what was not selected is missing. */
export interface Connection<Row = object> {
  totalCount?: number;
  pageInfo?: PageInfo;
  nodes?: Row[];
  edges?: { cursor: string; node: Row }[];
}

const connections = new Map<string, RecordSpec>();
const connectionTypes = new Map<Class, Class>();

/** The record listed by a GraphQL type, when it is a connection. */
export const recordListedBy = (typeName: string): RecordSpec | undefined => connections.get(typeName);

/** GraphQL type of a page of records. */
export function connectionOf(record: Class): Class {
  const made = connectionTypes.get(record);
  if (made) return made;
  const { name, plural } = recordOf(record);
  const edge = { [name]: class {} }[name]!;
  text('Position of the row, for `after` and `before`.', false)(edge.prototype, 'cursor');
  Field(() => record, { description: 'The row.' })(edge.prototype, 'node');
  ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One row of a page of ${plural}.` })(edge);
  const page = { [name]: class {} }[name]!;
  count('Number of rows over all pages; computed only when selected.', false)(page.prototype, 'totalCount');
  Field(() => PageInfo, { description: 'Where this page stands.' })(page.prototype, 'pageInfo');
  Field(() => [record], { description: 'The rows.' })(page.prototype, 'nodes');
  Field(() => [edge], { description: 'The rows with their cursors.' })(page.prototype, 'edges');
  ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${plural}.` })(page);
  connections.set(`${name}Connection`, recordOf(record));
  connectionTypes.set(record, page);
  return page;
}

const orderTypes = new Map<Class, Class>();

/** Names of sort keys and how each reads. */
export function sortKeysOf(record: RecordSpec): Map<string, string> {
  const own = [...record.properties.values()]
    .filter(({ order }) => order)
    .map((spec): [string, string] => [
      constantCase(spec.name),
      typeof spec.order === 'string'
        ? spec.order
        : `By ${spec.by}${spec.kind === 'enum' ? ', in declaration order' : ''}.`,
    ]);
  const others = Object.entries(record.sortKeys ?? {}).flatMap(([key, { description }]): [string, string][] =>
    description ? [[key, description]] : [],
  );
  return new Map([...own, ...others]);
}

/** Makes the order type of every record that can be sorted; called once, when all features have declared theirs. */
export function makeOrderTypes(records: RecordSpec[]): void {
  for (const record of records) if (sortKeysOf(record).size) orderTypes.set(record.type, orderTypeOf(record));
}

function orderTypeOf(record: RecordSpec): Class {
  const { name, plural } = record;
  const keys = sortKeysOf(record);
  const field = Object.fromEntries([...keys.keys()].map((key) => [key, key]));
  registerEnumType(field, {
    name: `${name}OrderField`,
    description: `What ${plural} can be sorted by.`,
    valuesConfig: Object.fromEntries([...keys].map(([key, description]) => [key, { description }])),
  });
  const type = { [name]: class {} }[name]!;
  Field(() => field, { description: 'What to sort by.' })(type.prototype, 'field');
  Field(() => OrderDirection, { description: 'Direction.', defaultValue: 'ASC' })(type.prototype, 'direction');
  Field(() => NullsOrder, { description: 'Where rows without a value stand; default LAST.', nullable: true })(
    type.prototype,
    'nulls',
  );
  InputType(`${name}Order`, { description: `One sort key for ${plural}.` })(type as never);
  return type;
}

const narrowed = new Map<string, RecordSpec>();

/** The record whose rows a figure is about, e.g. that of `PipelineStage.dealCount`. */
export const recordNarrowedBy = (field: string): RecordSpec | undefined => narrowed.get(field);

/** Has the arguments of a field checked as those of a list, though its type is a connection of its own. */
export function pagesAt(field: string, record: Class): void {
  narrowed.set(field, recordOf(record));
}

/** `(filter, search)`, of figures over records; `fields` are the fields that take them. */
export function narrowingArgumentsOf(record: Class, searched: string, fields: string[]): Class<ListArguments> {
  const { plural } = recordOf(record);
  const type = class {};
  Field(() => filterTypeOf(record), { description: `Only ${plural} that match.`, nullable: true })(
    type.prototype,
    'filter',
  );
  text(searchText(recordOf(record), searched))(type.prototype, 'search');
  ArgsType()(type as never);
  for (const field of fields) narrowed.set(field, recordOf(record));
  return type as Class<ListArguments>;
}

/** `(filter)`, of a figure over some of the rows that it is about. */
export function filterArgumentsOf(record: Class, fields: string[]): Class<Pick<ListArguments, 'filter'>> {
  const type = class {};
  Field(() => filterTypeOf(record), { description: 'Only rows that match this too.', nullable: true })(
    type.prototype,
    'filter',
  );
  ArgsType()(type as never);
  for (const field of fields) narrowed.set(field, recordOf(record));
  return type as Class<Pick<ListArguments, 'filter'>>;
}

/** Arguments of a list of records; `searched` says which texts `search` looks into. */
export function listArgumentsOf(record: Class, searched: string): Class<ListArguments> {
  const spec = recordOf(record);
  connectionOf(record);
  const type = class {};
  ArgsType()(type as never);
  Field(() => filterTypeOf(record), { description: 'Only rows that match.', nullable: true })(type.prototype, 'filter');
  text(searchText(spec, searched))(type.prototype, 'search');
  Field(() => [orderTypes.get(record)!], {
    description: `Sort keys, at most 5; default ${defaultOrderText(spec)}. \`id\` breaks ties.`,
    nullable: true,
  })(type.prototype, 'orderBy');
  paging(type.prototype);
  return type as Class<ListArguments>;
}

/** What a search looks into; numbers and phone numbers wherever the record has them. */
function searchText(record: RecordSpec, searched: string): string {
  const via = typeof record.search === 'object' ? record.properties.get(record.search.via)!.reference! : null;
  const properties = [...(via ? recordOf(via.record()) : record).properties.values()];
  const code = properties.some(({ name, search }) => name === 'code' && search) ? ', the number' : '';
  const digits = properties.some(({ search }) => search === 'digits') ? ' and, by its digits, the phone number' : '';
  return `Contains over ${searched}${code}${digits}; case, and how letters are composed, make no difference.`;
}

function defaultOrderText({ defaultOrder, defaultOrderText: text }: RecordSpec): string {
  if (text) return text;
  return defaultOrder ? defaultOrder.map(({ field }) => field.toLowerCase()).join(', then ') : 'newest first';
}

/** Arguments of a list that is neither filtered nor sorted. */
@ArgsType()
export class PageArguments implements ListArguments {}
paging(PageArguments.prototype);

function paging(prototype: object): void {
  count('Cursor mode: rows from the start or after `after`, 1–100; 25 when no paging argument is given.')(
    prototype,
    'first',
  );
  text('Cursor mode: continue after this cursor.')(prototype, 'after');
  count('Cursor mode: rows before the end or before `before`, 1–100.')(prototype, 'last');
  text('Cursor mode: continue before this cursor.')(prototype, 'before');
  count('Page mode: page number from 1; not together with cursor arguments.')(prototype, 'page');
  count('Page mode: rows per page, 1–100, default 25.')(prototype, 'pageSize');
}
