import { NIL } from 'uuid';
import type { Seal } from '../platform/auth/seal.js';
import { type Fragment, postgresCode, type QueryRunner, sql } from '../platform/database/sql.js';
import { CursorExpired, InvalidCursor, Unavailable } from '../platform/errors.js';
import type { Reader } from '../platform/reading/reader.js';

/** The present moment of the log. */
export interface Moment {
  /** Cluster, timeline, database and restored backup: ids of transactions mean nothing in another. */
  incarnation: string;
  /** Snapshot of PostgreSQL: the transactions whose changes are visible; see `lasting`. */
  snapshot: string;
  /** ISO 8601. */
  at: string;
  bound: Bound;
}

/** The changes of all transactions from `xid` on have greater ids than `id`: they began after it was given. */
interface Bound {
  xid: string;
  id: string;
}

/**
 * How far a reader of the log has come. It has read everything that is visible in the snapshot `lower`, and, within a
 * longer page, everything up to `last` of what is visible in `upper`.
 *
 * Ids are given to changes before their transactions commit, so to go on after the greatest id that was read would miss
 * changes of slower transactions.
 */
export interface Position {
  incarnation: string;
  /** When `lower` was taken. */
  at: string;
  /** Null at the beginning of the log. */
  lower: string | null;
  /** Of the moment when `lower` was taken. */
  bound: Bound;
  /** Null between pages. */
  within: { upper: string; upperAt: string; upperBound: Bound; last: string } | null;
}

interface Found extends Omit<Moment, 'bound'> {
  own: string | null;
  nextXid: string;
  newestXid: string | null;
  newestId: string | null;
}

/** The moment of the snapshot in which the document reads. */
export const momentOf = (read: Reader): Promise<Moment> => momentIn(read, read.viewer.organization?.id ?? null);

/** The present moment of a transaction, whose own further changes come after it. */
export async function momentIn(runner: QueryRunner, organizationId: string | null): Promise<Moment> {
  const [moment] = await runner.query<Found>(position(organizationId)).catch((error: unknown) => {
    throw postgresCode(error) === standby ? new Unavailable('DATABASE_UNAVAILABLE', error) : error;
  });
  const { own, nextXid, newestXid, newestId, snapshot, ...facts } = moment!;
  return {
    ...facts,
    snapshot: stillRunning(lasting(snapshot, newestXid), own),
    bound: { xid: nextXid, id: newestId ?? NIL },
  };
}

/** SQLSTATE that `log_position` raises on a standby. */
const standby = 'TGC02';

/**
 * A snapshot ends after the last transaction that has ended, so later ones may be running. `age` counts up to the next
 * one that begins.
 */
const position = (organizationId: string | null): Fragment => sql`
  select incarnation,
    snapshot,
    (
      pg_snapshot_xmax(snapshot::pg_snapshot)::text::bigint + age(pg_snapshot_xmax(snapshot::pg_snapshot)::xid)
    )::text as "nextXid",
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
    own::text,
    ${newest(organizationId, 'xid')} as "newestXid",
    ${newest(organizationId, 'id')} as "newestId"
  from log_position(), pg_current_xact_id_if_assigned() as own`;

const newest = (organizationId: string | null, name: 'id' | 'xid'): Fragment => sql`
  (
    select ${sql.ref(name)}
    from changes
    where organization_id = ${organizationId}::uuid
      and xid is distinct from own
    order by ${sql.ref(name)} desc
    limit 1
  )::text`;

/** Id of the first transaction that had not ended when a snapshot was taken, and no later one had. */
const endOf = (snapshot: string): bigint => BigInt(snapshot.split(':')[1]!);

/**
 * The snapshot as if it had been taken right after the newest transaction whose changes it shows. Shows the same
 * changes, also after a crash: PostgreSQL then gives the ids of transactions that were rolled back shortly before to
 * new transactions, whose changes a reader has not seen. It never does so up to a transaction that has committed.
 */
export function lasting(snapshot: string, newest: string | null): string {
  const [first, , running] = snapshot.split(':') as [string, string, string];
  const end = BigInt(newest ?? 0) + 1n;
  const earlier = running.split(',').filter((xid) => xid && BigInt(xid) < end);
  return `${BigInt(first) < end ? first : end}:${end}:${earlier.join(',')}`;
}

/** The snapshot with one more transaction whose changes it does not show. */
export function stillRunning(snapshot: string, xid: string | null): string {
  const [first, end, running] = snapshot.split(':') as [string, string, string];
  if (xid === null || BigInt(xid) >= BigInt(end)) return snapshot;
  const all = [...running.split(',').filter(Boolean), xid].toSorted((one, other) =>
    Number(BigInt(one) - BigInt(other)),
  );
  return `${BigInt(xid) < BigInt(first) ? xid : first}:${end}:${all.join(',')}`;
}

/**
 * Whether changes after the position may be gone, or it comes from a later state of the database, which was put back
 * from a copy of its files.
 */
export function isExpired({ incarnation, at, lower, within }: Position, now: Moment, retentionDays: number): boolean {
  const isFuture = [lower, within?.upper].some((snapshot) => snapshot && endOf(snapshot) > BigInt(now.bound.xid));
  const age = Date.parse(now.at) - Date.parse(at);
  return incarnation !== now.incarnation || isFuture || age > retentionDays * 86_400_000;
}

/**
 * Cursors of the log, for one organization. They are encrypted: the ids of transactions would tell how busy other
 * organizations are.
 */
export class LogCursors {
  private readonly owner: string;

  constructor(
    private readonly seal: Seal,
    organizationId: string,
    private readonly retentionDays: number,
  ) {
    this.owner = `log of ${organizationId}`;
  }

  make(position: Position): string {
    return this.seal.close(JSON.stringify(position), this.owner);
  }

  /** Throws INVALID_CURSOR, and CURSOR_EXPIRED. */
  read(cursor: string, now: Moment): Position {
    const text = this.seal.open(cursor, this.owner);
    if (text === null) throw new InvalidCursor('after');
    const position: Position = JSON.parse(text);
    if (isExpired(position, now, this.retentionDays)) throw new CursorExpired();
    return position;
  }
}
