import type { Seal } from '../platform/auth/seal.js';
import { sql } from '../platform/database/sql.js';
import { CursorExpired, InvalidCursor } from '../platform/errors.js';
import type { Reader } from '../platform/reading/reader.js';

/** The present moment of the log. */
export interface Moment {
  /** Cluster, timeline and database: ids of transactions mean nothing in another. */
  incarnation: string;
  /** Snapshot of PostgreSQL: the transactions whose changes are visible; see `lasting`. */
  snapshot: string;
  /** ISO 8601. */
  at: string;
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
  /** Null between pages. */
  within: { upper: string; upperAt: string; last: string } | null;
}

/** The moment of the snapshot in which the document reads. */
export async function momentOf(read: Reader): Promise<Moment> {
  const [moment] = await read.query<Moment & { newest: string | null }>(sql`
    select incarnation,
      snapshot,
      to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      (
        select xid
        from changes
        where organization_id = ${read.viewer.organization?.id ?? null}::uuid
        order by xid desc
        limit 1
      )::text as newest
    from log_position()`);
  const { newest, snapshot, ...facts } = moment!;
  return { ...facts, snapshot: lasting(snapshot, newest) };
}

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

/** Whether changes after the position may be gone. */
export const isExpired = ({ incarnation, at }: Position, now: Moment, retentionDays: number): boolean =>
  incarnation !== now.incarnation || Date.parse(now.at) - Date.parse(at) > retentionDays * 86_400_000;

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

  /** Throws INVALID_CURSOR, and CURSOR_EXPIRED if changes since then may be gone. */
  read(cursor: string, now: Moment): Position {
    const text = this.seal.open(cursor, this.owner);
    if (text === null) throw new InvalidCursor('after');
    const position: Position = JSON.parse(text);
    if (isExpired(position, now, this.retentionDays)) throw new CursorExpired();
    return position;
  }
}
