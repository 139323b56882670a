import { ArgsType, Field, Int } from 'type-graphql';
import type { Class } from '../class.js';
import { checkList } from './check-list.js';
import { filterTypeOf } from './filters.js';
import { Ruled } from './inputs.js';
import { connectionOf, type ListArguments, sortKeyTypeOf } from './lists.js';
import { type RecordSpec, recordOf } from './record.js';

/** Has the arguments of a field checked as those of a list; stands at one of them. */
export const listRule = Ruled(checkList);

const argument =
  (type: () => object, description: string) =>
  (prototype: object, name: string): void => {
    Field(type as never, { description, nullable: true })(prototype, name);
    listRule(prototype, name);
  };

const text = (description: string) => argument(() => String, description);
const count = (description: string) => argument(() => Int, description);

/** `(filter, search)`, of figures over records. */
export function narrowingArgumentsOf(record: Class, searched: string): Class<ListArguments> {
  const { plural } = recordOf(record);
  const type = class {};
  argument(() => filterTypeOf(record), `Only ${plural} that match.`)(type.prototype, 'filter');
  text(searchText(recordOf(record), searched))(type.prototype, 'search');
  ArgsType()(type as never);
  return type as Class<ListArguments>;
}

/** `(filter)`, of a figure over some of the rows that it is about. */
export function filterArgumentsOf(record: Class): Class<Pick<ListArguments, 'filter'>> {
  const type = class {};
  argument(() => filterTypeOf(record), 'Only rows that match this too.')(type.prototype, 'filter');
  ArgsType()(type as never);
  return type as Class<Pick<ListArguments, 'filter'>>;
}

/** Arguments of a list of records; `searched` says which texts `search` looks into. */
export function listArgumentsOf(record: Class, searched: string): Class<ListArguments> {
  const spec = recordOf(record);
  connectionOf(record);
  const type = class {};
  ArgsType()(type as never);
  argument(() => filterTypeOf(record), 'Only rows that match.')(type.prototype, 'filter');
  text(searchText(spec, searched))(type.prototype, 'search');
  argument(
    () => [sortKeyTypeOf(record)],
    `Sort keys, at most 5; default ${defaultOrderText(spec)}. \`id\` breaks ties.`,
  )(type.prototype, 'orderBy');
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
