import type { GraphQLResolveInfo } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { and, type Fragment, type Row, sql } from '../database/sql.js';
import type { Connection, ListArguments, PageInfo } from '../records/lists.js';
import type { RecordSpec } from '../records/record.js';
import { trimmed } from '../records/text.js';
import type { Cursors, ListCursors } from './cursor.js';
import { afterCondition, keysOf, orderByClause, orderOf, type Window, windowOf } from './keyset.js';
import { base, from, Projection } from './projection.js';
import { Selection } from './selection.js';

export interface Listing {
  record: RecordSpec;
  args: ListArguments;
  window: Window;
  /** Cursors of the list below a parent, or of a root list. */
  cursors: (parent: string | null) => ListCursors;
  conditions: Fragment[];
  page: Selection;
  /** Joined to each row, for the expression that finds its owner. */
  join?: Fragment;
}

/** Reads pages of root lists: their rows, order and cursors. `NestedLists` reads the lists below records. */
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

  /** One page. The statement for its rows also counts the total; an empty later page needs a second statement. */
  async pageOf<Found>(listing: Listing, parent: string | null = null): Promise<Connection<Found>> {
    const wantsTotal = needsTotal(listing.page);
    const position = positionOf(listing, parent);
    if (!needsRows(listing.page))
      return this.shaped(listing, emptyPage, wantsTotal ? await this.total(listing) : undefined);
    const { total, ...page } = await this.page(listing, parent, position, wantsTotal);
    if (page.list.length > 0) return this.shaped(listing, page, total);
    if (isFirst(listing.window)) return this.shaped(listing, page, wantsTotal ? 0 : undefined);
    return this.shaped(listing, page, wantsTotal || mayBePastTheEnd(listing) ? await this.total(listing) : undefined);
  }

  private async page(
    listing: Listing,
    parent: string | null,
    position: (string | null)[] | null,
    withTotal: boolean,
  ): Promise<Page & { total?: number }> {
    const { shape, cursorOf, ...statement } = this.rowsOf(listing, position);
    const total = withTotal ? statement.projection.add(sql`(${this.count(listing)})`) : null;
    const rows = await this.query(this.select(listing, statement));
    return {
      list: rows.map((row) => shape(row)!),
      cursorAt: (n) => cursorOf(rows[n]!, parent),
      ...(total && rows[0] && { total: total(rows[0]) as number }),
    };
  }

  /** Selects the rows of a page and one more row, to see whether another page follows. */
  select({ record, window, conditions }: Listing, statement: PageStatement, further: Fragment[] = []): Fragment {
    const { projection, position, keys } = statement;
    const offset = offsetOf(window);
    return sql`select ${projection.list}
      from ${from(record)} ${sql.join(projection.joins, ' ')}
      where ${and([...conditions, ...position, ...further])}
      order by ${orderByClause(keys)}
      limit ${sql.raw(String(window.size + 1))}${offset ? sql` offset ${offset}` : sql``}`;
  }

  private async total(listing: Listing): Promise<number> {
    const [row] = await this.query(this.count(listing));
    return row!.total as number;
  }

  private count({ record, conditions }: Listing): Fragment {
    return sql`select count(*)::integer as total
      from ${from(record)}
      where ${and(conditions)}`;
  }

  /** Columns, joins and keys of a page that begins after the row with the sort values `after`. */
  rowsOf(listing: Listing, after: (string | null)[] | null) {
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
    const cursorsByParent = new Map<string | null, ListCursors>();
    const cursorOf = (row: Row, parent: string | null) => {
      const ofParent = cursorsByParent.get(parent) ?? cursors(parent);
      cursorsByParent.set(parent, ofParent);
      return ofParent.make(cells.map((cell) => cell(row) as string | null));
    };
    return { projection, shape, position, keys, cursorOf };
  }

  shaped<Found>({ window, page }: Listing, { list, cursorAt }: Page, total?: number): Connection<Found> {
    const more = list.length > window.size;
    const nodes = list.slice(0, window.size) as Found[];
    const backward = window.mode === 'cursor' && window.backward;
    if (backward) nodes.reverse();
    // Signing is slow, so only selected cursors are made.
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

/** The parts of a statement for the rows of a page. */
interface PageStatement {
  projection: Projection;
  /** Conditions that keep the rows after the cursor. */
  position: Fragment[];
  keys: ReturnType<typeof keysOf>;
}

export interface Page {
  list: Row[];
  /** The cursor of a row by its place in the list. */
  cursorAt: (place: number) => string;
}

export const emptyPage: Page = { list: [], cursorAt: () => '' };

const isEmpty = (filter: object | null | undefined): boolean => !filter || Object.keys(filter).length === 0;

/** Sort values of the cursor's row; null without a cursor. Throws INVALID_CURSOR for a cursor of another list. */
export function positionOf({ window, cursors }: Listing, parent: string | null): (string | null)[] | null {
  if (window.mode !== 'cursor' || window.cursor === null) return null;
  return cursors(parent).read(window.cursor, window.backward ? 'before' : 'after');
}

export const offsetOf = (window: Window) => (window.mode === 'page' ? (window.page - 1) * window.size : 0);

const isFirst = (window: Window) => (window.mode === 'page' ? window.page === 1 : window.cursor === null);

/** Whether `hasPreviousPage` needs the total: for an empty page, nothing else says whether rows precede it. */
export const mayBePastTheEnd = ({ window, page }: Listing) =>
  window.mode === 'page' && window.page > 1 && page.at('pageInfo').has('hasPreviousPage');

export const needsRows = (page: Selection) => page.has('nodes') || page.has('edges') || page.has('pageInfo');
export const needsTotal = (page: Selection) => page.has('totalCount') || page.at('pageInfo').has('pageCount');
