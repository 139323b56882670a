import type { GraphQLResolveInfo } from 'graphql';
import { and, column, type Fragment, type Row, sql } from '../platform/database/sql.js';
import { base, Projection } from '../platform/reading/projection.js';
import type { Reader, Summarized } from '../platform/reading/reader.js';
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
  // Encrypting is slow, so only selected cursors are made.
  const wantsCursors = page.at('edges').has('cursor');
  const nodes = shown.map((row) => shape(row) as RecordRow<Change>);
  return {
    ...(page.has('totalCount') && { totalCount: await countAfter(read, from, filter) }),
    nodes,
    edges: page.has('edges')
      ? nodes.map((node, n) => ({ node, cursor: wantsCursors ? cursorAfter(shown[n]!) : '' }))
      : [],
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

/** The changes after a position, at most `limit`; none that the snapshot `upTo` does not show. */
export async function rowsAfter(
  read: Reader,
  position: Position,
  { filter, limit, upTo }: Pick<FilterArguments, 'filter'> & { limit: number; upTo?: string },
  page: Selection,
) {
  const projection = new Projection(read.viewer);
  const shape = projection.record(recordOf(Change), base, page.at('nodes').with(page.at('edges', 'node')));
  const number = projection.add(column(base, 'id'));
  const { order, ...rows } = after(read, position, upTo);
  const found = await read.query(sql`
    select ${projection.list}
    ${read.listed(Change, { ...rows, filter, join: sql.join(projection.joins, ' ') })}
    order by ${order}
    limit ${sql.raw(String(limit))}`);
  return { rows: found, shape, idOf: (row: Row) => number(row) as string };
}

async function countAfter(read: Reader, position: Position, filter: FilterArguments['filter']): Promise<number> {
  const { source, narrowing } = after(read, position);
  const [row] = await read.query<{ total: number }>(sql`
    select count(*)::integer as total
    ${read.listed(Change, { source, narrowing, filter })}`);
  return row!.total;
}

/** The changes after a position, and their order. */
interface After extends Pick<Summarized, 'source' | 'narrowing'> {
  order: Fragment;
}

function after(read: Reader, { lower, within }: Position, upTo?: string): After {
  return lower === null || within ? following(read, lower, within) : fresh(read, lower, upTo);
}

const visible = (alias: string, snapshot: string) =>
  sql`pg_visible_in_snapshot(${column(alias, 'xid')}, ${snapshot}::pg_snapshot)`;

/**
 * From the beginning, or after a full page. Nearly all changes after the last id belong to it, so they are read in the
 * order of their ids; functions hide the ids of transactions from the planner.
 */
function following(read: Reader, lower: string | null, within: Position['within']): After {
  return {
    order: column(base, 'id'),
    narrowing: (alias) =>
      and([
        visibleChanges(read.viewer)(alias),
        ...(within ? [sql`${column(alias, 'id')} > ${within.last}::uuid`, visible(alias, within.upper)] : []),
        ...(lower === null ? [] : [sql`not ${visible(alias, lower)}`]),
      ]),
  };
}

/**
 * Changes that a snapshot does not show: those of transactions that have begun since, and of those that were running.
 * Both are ranges of the index on transactions, so that neither the length of the log nor a transaction that stays open
 * matters. The order is that of the ids; its expression keeps the planner from walking the primary key through the log.
 */
function fresh(read: Reader, lower: string, upTo?: string): After {
  const organizationId = read.viewer.organization?.id ?? null;
  return {
    order: sql`${column(base, 'id')}::text collate "C"`,
    narrowing: (alias) => and([visibleChanges(read.viewer)(alias), ...(upTo ? [visible(alias, upTo)] : [])]),
    source: sql`(
      select *
      from changes
      where organization_id = ${organizationId}::uuid
        and xid >= pg_snapshot_xmax(${lower}::pg_snapshot)
        and xid < pg_snapshot_xmax(pg_current_snapshot())
      union all
      select ended.*
      from pg_snapshot_xip(${lower}::pg_snapshot) as running (xid)
      cross join lateral (
        select *
        from changes
        where organization_id = ${organizationId}::uuid
          and xid = running.xid
      ) as ended
    )`,
  };
}
