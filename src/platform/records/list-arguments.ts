import { ArgsType, Field, Int } from 'type-graphql';
import type { Class } from '../class.js';
import { checkList } from './check-list.js';
import { filterTypeOf } from './filters.js';
import { Ruled } from './inputs.js';
import { connectionOf, type FilterArguments, isSortable, type ListArguments, sortKeyTypeOf } from './lists.js';
import { type RecordSpec, recordOf } from './record.js';

/** Decorates one argument; all arguments of the field are then checked as list arguments. */
export const listRule = Ruled(checkList);

const argument =
  (type: () => object, description: string) =>
  (prototype: object, name: string): void => {
    Field(type, { description, nullable: true })(prototype, name);
    listRule(prototype, name);
  };

const text = (description: string) => argument(() => String, description);
const count = (description: string) => argument(() => Int, description);

/** Arguments `(filter, search)` for figures over records. */
export function narrowingArgumentsOf(record: Class): Class<FilterArguments> {
  const { plural } = recordOf(record);
  const type = class {};
  argument(() => filterTypeOf(record), `Counts only ${plural} that match this filter; all by default.`)(
    type.prototype,
    'filter',
  );
  text(searchText(recordOf(record)))(type.prototype, 'search');
  ArgsType()(type);
  return type as Class<FilterArguments>;
}

/** Argument `(filter)` for a figure over a subset of its rows. */
export function filterArgumentsOf(record: Class): Class<Pick<FilterArguments, 'filter'>> {
  const type = class {};
  argument(() => filterTypeOf(record), 'Measures only rows that match this filter as well.')(type.prototype, 'filter');
  ArgsType()(type);
  return type as Class<Pick<FilterArguments, 'filter'>>;
}

/** Arguments of a list of records; `order` describes the default order, if it is not that of the record. */
export function listArgumentsOf(record: Class, order = defaultOrderText(recordOf(record))): Class<ListArguments> {
  const spec = recordOf(record);
  connectionOf(record);
  const type = class {};
  ArgsType()(type);
  argument(() => filterTypeOf(record), `Returns only ${spec.plural} that match this filter; all by default.`)(
    type.prototype,
    'filter',
  );
  if (spec.search) text(searchText(spec))(type.prototype, 'search');
  if (isSortable(spec))
    argument(
      () => [sortKeyTypeOf(record)],
      `Sort keys, most important first, at most 5; default: ${order}. Ties are broken by \`id\`.`,
    )(type.prototype, 'orderBy');
  paging(type.prototype);
  return type as Class<ListArguments>;
}

const inWords = new Intl.ListFormat('en-GB');

/** Describes `search` by the texts that it covers. */
export function searchText({ search, searched = [], properties }: RecordSpec): string {
  const via = typeof search === 'object' ? properties.get(search.via)!.reference! : null;
  const covered = [...(via ? recordOf(via.record()).properties : properties).values()];
  const number = covered.some((spec) => spec.name === 'code' && spec.search) ? ['number'] : [];
  const phone = covered.some((spec) => spec.search === 'digits') ? ['phone number (by its digits)'] : [];
  const texts = inWords.format([...searched, ...number, ...phone]);
  return `Returns only rows in which this text occurs: in ${texts}. Ignores case.`;
}

function defaultOrderText({ defaultOrder, defaultOrderText: text }: RecordSpec): string {
  if (text) return text;
  return defaultOrder ? defaultOrder.map(({ field }) => field.toLowerCase()).join(', then ') : 'newest first';
}

/** Arguments of a list without a filter or an order. */
@ArgsType()
export class PageArguments implements ListArguments {}
paging(PageArguments.prototype);

function paging(prototype: object): void {
  count('Cursor paging: number of rows from the start, or after `after`; 1–100, default 25.')(prototype, 'first');
  text('Cursor paging: continues after the row with this cursor (`pageInfo.endCursor`).')(prototype, 'after');
  count('Cursor paging backwards: number of rows before the end, or before `before`; 1–100.')(prototype, 'last');
  text('Cursor paging backwards: continues before the row with this cursor (`pageInfo.startCursor`).')(
    prototype,
    'before',
  );
  count('Page-number paging: the page, from 1. Cannot be combined with cursor arguments.')(prototype, 'page');
  count('Page-number paging: number of rows per page, 1–100, default 25.')(prototype, 'pageSize');
}
