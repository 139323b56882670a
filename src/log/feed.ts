import type { GraphQLResolveInfo } from 'graphql';
import { and, type Fragment, type Row, sql } from '../platform/database/sql.js';
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
  const { fresh, narrowing } = after(read, position);
  const rows = await read.query(sql`
    ${fresh}
    select ${projection.list}
    ${read.listed(Change, { filter, narrowing, join: sql.join(projection.joins, ' ') })}
    order by ${sql.ref(base)}.id
    limit ${sql.raw(String(limit))}`);
  return { rows, shape, idOf: (row: Row) => number(row) as string };
}

async function countAfter(read: Reader, position: Position, filter: FilterArguments['filter']): Promise<number> {
  const { fresh, narrowing } = after(read, position);
  const [row] = await read.query<{ total: number }>(sql`
    ${fresh}
    select count(*)::integer as total
    ${read.listed(Change, { filter, narrowing })}`);
  return row!.total;
}

/**
 * The condition for the changes after a position. What `lower` does not show is found by two ranges of the index on
 * transactions: those that began after it, and those that were running. A page that goes on reads in the order of ids
 * instead, since nearly everything after its last id belongs to it; the function hides `xid` from the planner.
 */
function after(read: Reader, { lower, within }: Position): { fresh: Fragment; narrowing: Narrowing } {
  const visible = visibleChanges(read.viewer);
  if (lower === null || within) {
    return {
      fresh: sql``,
      narrowing: (alias) => {
        const column = (name: string) => sql`${sql.ref(alias)}.${sql.ref(name)}`;
        return and([
          visible(alias),
          ...(within
            ? [
                sql`${column('id')} > ${within.last}::uuid`,
                sql`pg_visible_in_snapshot(${column('xid')}, ${within.upper}::pg_snapshot)`,
              ]
            : []),
          ...(lower === null ? [] : [sql`not pg_visible_in_snapshot(${column('xid')}, ${lower}::pg_snapshot)`]),
        ]);
      },
    };
  }
  const organizationId = read.viewer.organization?.id ?? null;
  return {
    fresh: sql`
      with fresh as materialized (
        select id
        from changes
        where organization_id = ${organizationId}::uuid
          and xid >= pg_snapshot_xmax(${lower}::pg_snapshot)
        union all
        select id
        from changes
        where organization_id = ${organizationId}::uuid
          and xid = any(array(select pg_snapshot_xip(${lower}::pg_snapshot)))
      )`,
    narrowing: (alias) => and([visible(alias), sql`${sql.ref(alias)}.id in (select id from fresh)`]),
  };
}
