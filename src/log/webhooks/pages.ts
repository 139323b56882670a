import { sql } from '../../platform/database/sql.js';
import { Selection } from '../../platform/reading/selection.js';
import { type PageOfChanges, pageAfter } from '../feed.js';
import { isExpired, momentOf, type Position } from '../position.js';
import type { LeasedWebhook } from './leased-webhook.js';
import { bodiesOf, messageColumns } from './message.js';

/** Changes that are read at once; their position is stored when all of them are done. */
const size = 25;

/** The next changes for a webhook. */
export interface PageOfMessages extends PageOfChanges {
  /** Of the messages about the changes. */
  bodies: readonly string[];
  /** Ids of those that a delivery has already: it waits, or has ended since the last replay. */
  known: ReadonlySet<string>;
}

/** The next changes of a webhook; null if the log no longer has all since its position. */
export async function nextPage(
  webhook: LeasedWebhook,
  from: Position,
  retentionDays: number,
): Promise<PageOfMessages | null> {
  const { record_types: recordTypes, actions, replayed_at: replayedAt } = webhook.row;
  const filter = {
    ...(recordTypes.length && { recordType: { in: recordTypes } }),
    ...(actions.length && { action: { in: actions } }),
  };
  return webhook.reading(async (read) => {
    const now = await momentOf(read);
    if (isExpired(from, now, retentionDays)) return null;
    const page = await pageAfter(read, { from, now, filter, size }, Selection.from({ nodes: messageColumns }));
    const known = page.changes.length
      ? await read.query<{ id: string }>(sql`
          select d.change_id as id
          from webhook_deliveries as d
          where ${webhook.of('d')}
            and d.change_id = any(${page.changes.map(({ change }) => change.id)}::uuid[])
            and (d.status = 'WAITING' or coalesce(d.ended_at > ${replayedAt}::timestamptz, true))`)
      : [];
    const bodies = await bodiesOf(
      read,
      page.changes.map(({ change }) => change),
    );
    return { ...page, bodies, known: new Set(known.map(({ id }) => id)) };
  });
}
