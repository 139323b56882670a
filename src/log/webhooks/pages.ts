import { sql } from '../../platform/database/sql.js';
import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';
import { rowsAfter } from '../feed.js';
import { isExpired, momentOf, type Position } from '../position.js';
import type { LeasedWebhook } from './leased-webhook.js';
import { messageColumns } from './message.js';

/** Changes that are read at once; their position is stored when all of them are done. */
const size = 25;

export interface PageOfChanges {
  changes: {
    change: RecordRow<Change>;
    /** Behind this change. */
    position: Position;
    /** Whether a delivery has it already: it waits, or has ended since the last replay. */
    isKnown: boolean;
  }[];
  /** Behind the page. */
  end: Position;
  hasMore: boolean;
}

/** The next changes of a webhook; null if the log no longer has all since its position. */
export async function nextPage(
  webhook: LeasedWebhook,
  from: Position,
  retentionDays: number,
): Promise<PageOfChanges | null> {
  const { record_types: recordTypes, actions, replayed_at: replayedAt } = webhook.row;
  const filter = {
    ...(recordTypes.length && { recordType: { in: recordTypes } }),
    ...(actions.length && { action: { in: actions } }),
  };
  return webhook.reading(async (read) => {
    const now = await momentOf(read);
    if (isExpired(from, now, retentionDays)) return null;
    const page = Selection.from({ nodes: messageColumns });
    const { rows, shape, idOf } = await rowsAfter(read, from, { filter, limit: size + 1 }, page);
    const shown = rows.slice(0, size);
    const isFull = rows.length > size;
    const upper = from.within ?? { upper: now.snapshot, upperAt: now.at };
    const after = (last: string): Position => ({ ...from, within: { ...upper, last } });
    const known = shown.length
      ? await read.query<{ id: string }>(sql`
          select d.change_id as id
          from webhook_deliveries as d
          where ${webhook.of('d')}
            and d.change_id = any(${shown.map(idOf)}::uuid[])
            and (d.status = 'WAITING' or coalesce(d.ended_at > ${replayedAt}::timestamptz, true))`)
      : [];
    const ids = new Set(known.map(({ id }) => id));
    return {
      changes: shown.map((row) => ({
        change: shape(row) as RecordRow<Change>,
        position: after(idOf(row)),
        isKnown: ids.has(idOf(row)),
      })),
      end: isFull
        ? after(idOf(shown.at(-1)!))
        : { incarnation: from.incarnation, at: upper.upperAt, lower: upper.upper, within: null },
      hasMore: isFull || from.within !== null,
    };
  });
}
