import type { GraphQLResolveInfo } from 'graphql';
import { NIL } from 'uuid';
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

/**
 * The number of changes that a page looks at, at most. A filter that few changes match would otherwise read the log to
 * its end.
 */
const mostLookedAt = 10_000;

/** A page of the feed: the changes after a cursor, oldest first, each of them once whatever happens meanwhile. */
export async function feedPage(
  read: Reader,
  cursors: LogCursors,
  { filter, first, after }: FeedArguments,
  info: GraphQLResolveInfo,
): Promise<Connection<RecordRow<Change>>> {
  const now = await momentOf(read);
  const from: Position = after == null ? { ...begun(now), lower: null } : cursors.read(after, now);
  const page = Selection.of(info);
  const { changes, end, hasMore } = await pageAfter(read, { from, now, filter, size: first }, page);
  const cursorAt = (place: number) => cursors.make(changes[place]!.position);
  // Encrypting is slow, so only selected cursors are made.
  const wantsCursors = page.at('edges').has('cursor');
  return {
    ...(page.has('totalCount') && { totalCount: await countAfter(read, from, filter) }),
    nodes: changes.map(({ change }) => change),
    edges: page.has('edges')
      ? changes.map(({ change }, n) => ({ node: change, cursor: wantsCursors ? cursorAt(n) : '' }))
      : [],
    pageInfo: {
      hasNextPage: hasMore,
      hasPreviousPage: after != null,
      startCursor: changes.length ? cursorAt(0) : null,
      endCursor: cursors.make(end),
      page: null,
      pageSize: null,
      pageCount: null,
    },
  };
}

interface PageWish extends Pick<FilterArguments, 'filter'> {
  from: Position;
  now: Moment;
  size: number;
  /** A snapshot that shows all of the changes; by default that in which they are read. */
  upTo?: string;
}

export interface PageOfChanges {
  changes: {
    change: RecordRow<Change>;
    /** Behind this change. */
    position: Position;
  }[];
  /** Behind the page. */
  end: Position;
  /** Also if the page reached the end of an earlier snapshot: more may have happened since. */
  hasMore: boolean;
}

/** The next changes after a position, with the selected columns. */
export async function pageAfter(
  read: Reader,
  { from, now, filter, size, upTo }: PageWish,
  selection: Selection,
): Promise<PageOfChanges> {
  const { rows, shape, idOf, endsAt } = await rowsAfter(read, from, { filter, limit: size + 1, upTo }, selection);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1)! : endsAt;
  const upper = from.within ?? { upper: now.snapshot, upperAt: now.at, upperBound: now.bound };
  const behind = (row: Row): Position => ({ ...from, within: { ...upper, last: idOf(row) } });
  const { incarnation } = from;
  return {
    changes: shown.map((row) => ({ change: shape(row) as RecordRow<Change>, position: behind(row) })),
    end: last
      ? behind(last)
      : { incarnation, at: upper.upperAt, lower: upper.upper, bound: upper.upperBound, within: null },
    hasMore: last !== undefined || from.within !== null,
  };
}

/** The position of a reader who has read everything. */
export const begun = ({ incarnation, snapshot, at, bound }: Moment): Position => ({
  incarnation,
  at,
  lower: snapshot,
  bound,
  within: null,
});

/** The first changes after a position, and the last one that was looked at if there may be more behind it. */
async function rowsAfter(
  read: Reader,
  position: Position,
  { filter, limit, upTo }: Pick<FilterArguments, 'filter'> & { limit: number; upTo: string | undefined },
  page: Selection,
) {
  const projection = new Projection(read.viewer);
  const shape = projection.record(recordOf(Change), base, page.at('nodes').with(page.at('edges', 'node')));
  const number = projection.add(column(base, 'id'));
  const { source, narrowing } = after(read, position, mostLookedAt, upTo);
  const matches = read.matching(Change, { narrowing, filter });
  const isLast = sql`coalesce(${column(base, 'place')} = ${sql.raw(String(mostLookedAt))}, false)`;
  const lastPlace = projection.add(isLast);
  const matching = projection.add(sql`case when ${isLast} then ${matches} else true end`);
  const found = await read.query(sql`
    select ${projection.list}
    from ${source} as ${sql.ref(base)} ${sql.join(projection.joins, ' ')}
    where ${isLast}
      or ${matches}
    order by ${column(base, 'id')}
    limit ${sql.raw(String(limit))}`);
  const end = found.findIndex((row) => lastPlace(row));
  return {
    rows: (end < 0 ? found : found.slice(0, end + 1)).filter((row) => matching(row)),
    endsAt: found[end],
    shape,
    idOf: (row: Row) => number(row) as string,
  };
}

async function countAfter(read: Reader, position: Position, filter: FilterArguments['filter']): Promise<number> {
  const [row] = await read.query<{ total: number }>(sql`
    select count(*)::integer as total
    ${read.listed(Change, { ...after(read, position), filter })}`);
  return row!.total;
}

/** The changes after a position: those that the narrowing leaves of the source, which has at most so many. */
type After = Required<Pick<Summarized, 'source' | 'narrowing'>>;

function after(read: Reader, { lower, bound, within }: Position, most?: number, upTo?: string): After {
  return lower === null || within ? following(read, lower, within, most) : fresh(read, lower, bound, most, upTo);
}

const visible = (alias: string, snapshot: string) =>
  sql`pg_visible_in_snapshot(${column(alias, 'xid')}, ${snapshot}::pg_snapshot)`;

/** From the beginning, or after a full page: nearly all changes after the last id belong to it. */
function following(read: Reader, lower: string | null, within: Position['within'], most?: number): After {
  return {
    source: sql`(${walk(read, within?.last ?? NIL, most)})`,
    narrowing: (alias) =>
      and([
        visibleChanges(read.viewer)(alias),
        ...(within ? [visible(alias, within.upper)] : []),
        ...(lower === null ? [] : [sql`not ${visible(alias, lower)}`]),
      ]),
  };
}

/**
 * Changes that a snapshot does not show. Those of transactions that have begun since are the last ones of the log.
 * Those of transactions that were running may be anywhere, but the index on transactions finds them. So neither the
 * length of the log nor a transaction that stays open matters.
 */
function fresh(read: Reader, lower: string, bound: Position['bound'], most?: number, upTo?: string): After {
  const organizationId = read.viewer.organization?.id ?? null;
  return {
    narrowing: (alias) => and([visibleChanges(read.viewer)(alias), ...(upTo ? [visible(alias, upTo)] : [])]),
    // Without `offset 0`, the planner may look for the running transactions along the primary key.
    source: sql`(
      (${walk(read, bound.id, most, sql`and xid >= ${bound.xid}::xid8`)})
      union all
      (
        select ended.*
        from (
          select changes.*, null::bigint as place
          from changes
          where organization_id = ${organizationId}::uuid
            and xid >= pg_snapshot_xmax(${lower}::pg_snapshot)
            and xid < ${bound.xid}::xid8
          union all
          select changes.*, null
          from pg_snapshot_xip(${lower}::pg_snapshot) as running (xid)
          cross join lateral (
            select *
            from changes
            where organization_id = ${organizationId}::uuid
              and xid = running.xid
          ) as changes
        ) as ended
        offset 0
      )
    )`,
  };
}

/** Changes in the order of their ids, each with its place. */
const walk = (read: Reader, id: string, most?: number, condition = sql``): Fragment => sql`
  select changes.*, row_number() over (order by id) as place
  from changes
  where organization_id = ${read.viewer.organization?.id ?? null}::uuid
    and id > ${id}::uuid
    ${condition}
  order by id
  limit ${most ? sql.raw(String(most)) : sql`all`}`;
