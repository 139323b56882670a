import type { GraphQLResolveInfo } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { and, type Fragment, type Row, sql } from '../database/sql.js';
import type { Connection, ListArguments, PageInfo } from '../records/lists.js';
import type { RecordSpec } from '../records/record.js';
import { trimmed } from '../records/text.js';
import type { Cursors, ListCursors } from './cursor.js';
import { afterCondition, keysOf, orderByClause } from './keyset.js';
import { orderOf, type Window, windowOf } from './paging.js';
import { Projection } from './projection.js';
import { Selection } from './selection.js';

export interface Listing {
  record: RecordSpec;
  args: ListArguments;
  window: Window;
  /** Cursors of the list below a parent, or of a root list. */
  cursors: (parent: string | null) => ListCursors;
  conditions: Fragment[];
  page: Selection;
}

/** The alias of the table that is listed. */
export const base = 't';

/** Pages of lists: which rows, in which order, with which cursors; one statement for rows and one for totals. */
export class Connections {
  constructor(
    private readonly query: (statement: Fragment) => Promise<Row[]>,
    private readonly viewer: () => Viewer,
    private readonly cursors: Cursors,
  ) {}

  listing(record: RecordSpec, args: ListArguments, info: GraphQLResolveInfo, conditions: Fragment[]): Listing {
    const cursors = (parent: string | null) =>
      this.cursors.of(() => [
        `${info.parentType.name}.${info.fieldName}`,
        this.viewer().organization?.id,
        parent,
        isEmpty(args.filter) ? null : args.filter,
        trimmed(args.search ?? '') || null,
        orderOf(record, args).map(({ field, direction, nulls }) => [field, direction, nulls ?? 'LAST']),
      ]);
    return { record, args, window: windowOf(args), cursors, conditions, page: Selection.of(info) };
  }

  /** The total comes with the rows, but for a page without any that is not the first. */
  async whole(listing: Listing, parent: string | null = null): Promise<Connection> {
    const wantsTotal = needsTotal(listing.page);
    const position = positionOf(listing, parent);
    if (!needsRows(listing.page))
      return this.shaped(listing, emptyPage, wantsTotal ? await this.total(listing) : undefined);
    const { total, ...page } = await this.page(listing, parent, position, wantsTotal);
    if (page.list.length > 0) return this.shaped(listing, page, total);
    if (isFirst(listing.window)) return this.shaped(listing, page, wantsTotal ? 0 : undefined);
    return this.shaped(listing, page, wantsTotal || mayBePastTheEnd(listing) ? await this.total(listing) : undefined);
  }

  /** The list below each parent, by a column that points to it. */
  ofParents(listing: Listing, pointer: Fragment, parents: readonly string[]): Promise<(Connection | Error)[]> {
    const one = (parent: string) => {
      const own = sql`${pointer} = ${parent}::uuid`;
      return this.whole({ ...listing, conditions: [...listing.conditions, own] }, parent);
    };
    return ofOwners(listing, parents, one, () =>
      this.below(
        listing,
        parents,
        () => this.pagesOfParents(listing, pointer, parents),
        pointer,
        sql`${parents}::uuid[]`,
      ),
    );
  }

  /** The list of each part, by an expression that names the part of a row. */
  ofParts(listing: Listing, partOf: Fragment, parts: readonly string[]): Promise<(Connection | Error)[]> {
    const some = (own: readonly string[]) =>
      this.below(listing, own, () => this.pagesOfParts(listing, partOf, own), partOf, sql`${own}::text[]`);
    return ofOwners(
      listing,
      parts,
      async (part) => (await some([part]))[0]!,
      () => some(parts),
    );
  }

  private async below(
    listing: Listing,
    keys: readonly string[],
    readPages: () => Promise<Map<string, Page>>,
    keyOf: Fragment,
    wanted: Fragment,
  ): Promise<Connection[]> {
    const [pages, totals] = await Promise.all([
      needsRows(listing.page) ? readPages() : new Map<string, Page>(),
      needsTotal(listing.page) || mayBePastTheEnd(listing) ? this.totals(listing, keyOf, wanted) : null,
    ]);
    return keys.map((key) =>
      this.shaped(listing, pages.get(key) ?? emptyPage, totals ? (totals.get(key) ?? 0) : undefined),
    );
  }

  private async page(
    listing: Listing,
    parent: string | null,
    position: (string | null)[] | null,
    withTotal: boolean,
  ): Promise<Page & { total?: number }> {
    const { shape, cursorOf, ...asked } = this.rowsOf(listing, position);
    const total = withTotal ? asked.projection.add(sql`(${this.count(listing)})`) : null;
    const rows = await this.query(this.select(listing, asked));
    return {
      list: rows.map((row) => shape(row)!),
      cursorAt: (n) => cursorOf(rows[n]!, parent),
      ...(total && rows[0] && { total: total(rows[0]) as number }),
    };
  }

  private async pagesOfParents(
    listing: Listing,
    pointer: Fragment,
    parents: readonly string[],
  ): Promise<Map<string, Page>> {
    const { shape, cursorOf, ...asked } = this.rowsOf(listing, null);
    const inner = this.select(listing, asked, [sql`${pointer} = p.parent`]);
    const rows = await this.query(
      sql`select p.parent, l.* from unnest(${parents}::uuid[]) as p(parent) cross join lateral (select r.*, row_number() over () as place from (${inner}) as r) as l order by p.parent, l.place`,
    );
    return pagesIn(rows, 'parent', shape, cursorOf);
  }

  /** In one pass over all rows: no index finds the rows of a part. */
  private async pagesOfParts(listing: Listing, partOf: Fragment, parts: readonly string[]): Promise<Map<string, Page>> {
    const values = parts.length === 1 ? positionOf(listing, parts[0]!) : null;
    const { projection, shape, cursorOf, position, keys } = this.rowsOf(listing, values);
    const { record, window, conditions } = listing;
    const offset = offsetOf(window);
    const wanted = and([...conditions, ...position, sql`${partOf} = any(${parts}::text[])`]);
    const rows = await this.query(
      sql`select l.* from (select ${partOf} as part, ${projection.list}, row_number() over (partition by ${partOf} order by ${orderByClause(keys)}) as place from ${from(record)} ${sql.join(projection.joins, ' ')} where ${wanted}) as l where l.place > ${offset} and l.place <= ${offset + window.size + 1} order by l.part, l.place`,
    );
    return pagesIn(rows, 'part', shape, cursorOf);
  }

  /** The rows of one page and one more, which tells whether there is another page. */
  private select({ record, window, conditions }: Listing, asked: Asked, further: Fragment[] = []): Fragment {
    const { projection, position, keys } = asked;
    const offset = offsetOf(window);
    return sql`select ${projection.list} from ${from(record)} ${sql.join(projection.joins, ' ')} where ${and([...conditions, ...position, ...further])} order by ${orderByClause(keys)} limit ${sql.raw(String(window.size + 1))}${offset ? sql` offset ${offset}` : sql``}`;
  }

  private async total(listing: Listing): Promise<number> {
    const [row] = await this.query(this.count(listing));
    return row!.total as number;
  }

  private count({ record, conditions }: Listing): Fragment {
    return sql`select count(*)::integer as total from ${from(record)} where ${and(conditions)}`;
  }

  private async totals(
    { record, conditions }: Listing,
    pointer: Fragment,
    parents: Fragment,
  ): Promise<Map<string, number>> {
    const rows = await this.query(
      sql`select ${pointer} as parent, count(*)::integer as total from ${from(record)} where ${and([...conditions, sql`${pointer} = any(${parents})`])} group by 1`,
    );
    return new Map(rows.map(({ parent, total }) => [parent as string, total as number]));
  }

  /** `after`: sort values of the row after which the page begins. */
  private rowsOf(listing: Listing, after: (string | null)[] | null) {
    const projection = new Projection(this.viewer());
    const { record, args, page, window, cursors } = listing;
    const shape = projection.record(record, base, page.at('nodes').with(page.at('edges', 'node')));
    const wantsCursors =
      page.at('edges').has('cursor') || ['startCursor', 'endCursor'].some((name) => page.at('pageInfo').has(name));
    const keys = keysOf(
      record,
      orderOf(record, args),
      base,
      this.viewer(),
      window.mode === 'cursor' && window.backward,
    );
    const cells = wantsCursors ? keys.map(({ value }) => projection.add(sql`${value}::text`)) : [];
    const position = after ? [afterCondition(keys, after)] : [];
    const made = new Map<string | null, ListCursors>();
    const cursorOf = (row: Row, parent: string | null) => {
      const own = made.get(parent) ?? cursors(parent);
      made.set(parent, own);
      return own.make(cells.map((cell) => cell(row) as string | null));
    };
    return { projection, shape, position, keys, cursorOf };
  }

  private shaped({ window, page }: Listing, { list, cursorAt }: Page, total?: number): Connection {
    const more = list.length > window.size;
    const nodes = list.slice(0, window.size);
    const backward = window.mode === 'cursor' && window.backward;
    if (backward) nodes.reverse();
    // Signing takes its time: only the cursors that are asked for are made.
    const cursor = (n: number) => cursorAt(backward ? nodes.length - 1 - n : n);
    const end = (name: string, n: number) => (page.at('pageInfo').has(name) && nodes.length > 0 ? cursor(n) : null);
    const before =
      window.mode === 'page' ? window.page > 1 && (nodes.length > 0 || Boolean(total)) : window.cursor !== null;
    const pageInfo: PageInfo = {
      hasNextPage: backward ? before : more,
      hasPreviousPage: backward ? more : before,
      startCursor: end('startCursor', 0),
      endCursor: end('endCursor', nodes.length - 1),
      page: window.mode === 'page' ? window.page : null,
      pageSize: window.mode === 'page' ? window.size : null,
      pageCount: window.mode === 'page' && total !== undefined ? Math.ceil(total / window.size) : null,
    };
    return {
      ...(total !== undefined && { totalCount: total }),
      pageInfo,
      nodes,
      ...(page.has('edges') && {
        edges: nodes.map((node, n) => ({ node, cursor: page.at('edges').has('cursor') ? cursor(n) : '' })),
      }),
    };
  }
}

/** What a statement for rows is made of besides its list. */
interface Asked {
  projection: Projection;
  /** Where the page begins. */
  position: Fragment[];
  keys: ReturnType<typeof keysOf>;
}

interface Page {
  list: Row[];
  /** The cursor of a row by its place in the list. */
  cursorAt: (place: number) => string;
}

const emptyPage: Page = { list: [], cursorAt: () => '' };

const isEmpty = (filter: object | null | undefined): boolean => !filter || Object.keys(filter).length === 0;

/** Sort values of the row that the cursor names, if there is one; INVALID_CURSOR when it is not of this list. */
function positionOf({ window, cursors }: Listing, parent: string | null): (string | null)[] | null {
  if (window.mode !== 'cursor' || window.cursor === null) return null;
  return cursors(parent).read(window.cursor, window.backward ? 'before' : 'after');
}

/** One statement for all parents. A cursor belongs to one of them: the others are told that it is not theirs. */
async function ofOwners(
  listing: Listing,
  parents: readonly string[],
  one: (parent: string) => Promise<Connection>,
  all: () => Promise<Connection[]>,
): Promise<(Connection | Error)[]> {
  const hasCursor = listing.window.mode === 'cursor' && listing.window.cursor !== null;
  if (!hasCursor && parents.length > 1) return all();
  const settled = await Promise.allSettled(
    parents.map(async (parent) => {
      positionOf(listing, parent);
      return one(parent);
    }),
  );
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error)));
}

const offsetOf = (window: Window) => (window.mode === 'page' ? (window.page - 1) * window.size : 0);

const isFirst = (window: Window) => (window.mode === 'page' ? window.page === 1 : window.cursor === null);

/** Only the number of rows tells whether any precede an empty page. */
const mayBePastTheEnd = ({ window, page }: Listing) =>
  window.mode === 'page' && window.page > 1 && page.at('pageInfo').has('hasPreviousPage');

const needsRows = (page: Selection) => page.has('nodes') || page.has('edges') || page.has('pageInfo');
const needsTotal = (page: Selection) => page.has('totalCount') || page.at('pageInfo').has('pageCount');

/** The page of each parent or part. */
function pagesIn(
  rows: Row[],
  key: string,
  shape: (row: Row) => Row | null,
  cursorOf: (row: Row, parent: string) => string,
): Map<string, Page> {
  const groups = Map.groupBy(rows, (row) => row[key] as string);
  return new Map(
    [...groups].map(([id, own]) => [
      id,
      { list: own.map((row) => shape(row)!), cursorAt: (n: number) => cursorOf(own[n]!, id) },
    ]),
  );
}

export function grouped<Value>(
  rows: Row[],
  keyOf: (row: Row) => string,
  make: (row: Row) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(make(row));
    else groups.set(keyOf(row), [make(row)]);
  }
  return groups;
}

/** The table of a record under its usual alias. */
export const from = (record: RecordSpec): Fragment => sql`${sql.ref(record.table)} as ${sql.ref(base)}`;
