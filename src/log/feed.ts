import type { GraphQLResolveInfo } from 'graphql';
import { and, column, type Fragment, type Row, sql } from '../platform/database/sql.js';
import { base, Projection } from '../platform/reading/projection.js';
import type { Narrowing, Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import type { Connection, FilterArguments } from '../platform/records/lists.js';
import { recordOf } from '../platform/records/record.js';
import type { RecordRow } from '../platform/records/record-row.js';
import { Change } from './change.js';
import { type LogCursors, type Moment, momentOf, type Position } from './position.js';
import { visibleChanges } from './seen.js';

export interface FeedArguments extends Pick<FilterArguments, 'filter'> {
  first: number;
  after?: string | null;
}

/** A page of the feed: the changes after a cursor, oldest first, each of them once whatever happens meanwhile. */
export async function feedPage(
  read: Reader,
  cursors: LogCursors,
  { filter, first, after }: FeedArguments,
  info: GraphQLResolveInfo,
): Promise<Connection<RecordRow<Change>>> {
  const now = await momentOf(read);
  const from: Position = after ? cursors.read(after, now) : { ...begun(now), lower: null };
  const page = Selection.of(info);
  const { rows, shape, idOf } = await rowsAfter(read, from, { filter, limit: first + 1 }, page);
  const shown = rows.slice(0, first);
  const isFull = rows.length > first;
  const upper = from.within ?? { upper: now.snapshot, upperAt: now.at };
  const cursorAfter = (row: Row) => cursors.make({ ...from, within: { ...upper, last: idOf(row) } });
  const end = isFull
    ? cursorAfter(shown.at(-1)!)
    : cursors.make({ incarnation: from.incarnation, at: upper.upperAt, lower: upper.upper, within: null });
  const nodes = shown.map((row) => shape(row) as RecordRow<Change>);
  return {
    ...(page.has('totalCount') && { totalCount: await countAfter(read, from, filter) }),
    nodes,
    edges: page.has('edges') ? nodes.map((node, n) => ({ node, cursor: cursorAfter(shown[n]!) })) : [],
    pageInfo: {
      // Also if the page reached the end of an earlier snapshot: more may have happened since.
      hasNextPage: isFull || from.within !== null,
      hasPreviousPage: after != null,
      startCursor: shown.length ? cursorAfter(shown[0]!) : null,
      endCursor: end,
      page: null,
      pageSize: null,
      pageCount: null,
    },
  };
}

/** The position of a reader who has read everything. */
export const begun = ({ incarnation, snapshot, at }: Moment): Position => ({
  incarnation,
  at,
  lower: snapshot,
  within: null,
});

async function rowsAfter(
  read: Reader,
  position: Position,
  { filter, limit }: Pick<FilterArguments, 'filter'> & { limit: number },
  page: Selection,
) {
  const projection = new Projection(read.viewer);
  const shape = projection.record(recordOf(Change), base, page.at('nodes').with(page.at('edges', 'node')));
  const number = projection.add(sql`${sql.ref(base)}.id`);
  const { first, narrowing } = after(read, position);
  const rows = await read.query(sql`
    ${first}
    select ${projection.list}
    ${read.listed(Change, { filter, narrowing, join: sql.join(projection.joins, ' ') })}
    order by ${sql.ref(base)}.id
    limit ${sql.raw(String(limit))}`);
  return { rows, shape, idOf: (row: Row) => number(row) as string };
}

async function countAfter(read: Reader, position: Position, filter: FilterArguments['filter']): Promise<number> {
  const { first, narrowing } = after(read, position);
  const [row] = await read.query<{ total: number }>(sql`
    ${first}
    select count(*)::integer as total
    ${read.listed(Change, { filter, narrowing })}`);
  return row!.total;
}

/**
 * The condition for the changes after a position, which are read in the order of ids: after the last one of a page that
 * goes on, otherwise from the first one that `lower` does not show. That one is found by two ranges of the index on
 * transactions: those that began after `lower`, and those that were running. OFFSET keeps the planner from other
 * indexes, with which each poll would read the whole log of the organization.
 */
function after(read: Reader, { lower, within }: Position): { first: Fragment; narrowing: Narrowing } {
  const visible = visibleChanges(read.viewer);
  const isUnread = (alias: string) =>
    lower === null ? [] : [sql`not pg_visible_in_snapshot(${column(alias, 'xid')}, ${lower}::pg_snapshot)`];
  if (within) {
    const isAfter = (alias: string) => sql`${column(alias, 'id')} > ${within.last}::uuid`;
    const isUpTo = (alias: string) =>
      sql`pg_visible_in_snapshot(${column(alias, 'xid')}, ${within.upper}::pg_snapshot)`;
    return {
      first: sql``,
      narrowing: (alias) => and([visible(alias), isAfter(alias), isUpTo(alias), ...isUnread(alias)]),
    };
  }
  if (lower === null) return { first: sql``, narrowing: visible };
  const changes = sql`changes where organization_id = ${read.viewer.organization?.id ?? null}::uuid`;
  return {
    first: sql`
      with first as materialized (
        select id
        from (
          select id
          from ${changes} and xid >= pg_snapshot_xmax(${lower}::pg_snapshot)
          union all
          select late.id
          from pg_snapshot_xip(${lower}::pg_snapshot) running(xid)
          cross join lateral (
            select id
            from ${changes} and xid = running.xid
            offset 0
          ) late
          offset 0
        ) unread
        order by id
        limit 1
      )`,
    narrowing: (alias) =>
      and([visible(alias), sql`${column(alias, 'id')} >= (select id from first)`, ...isUnread(alias)]),
  };
}
