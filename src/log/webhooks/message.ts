import { createHmac } from 'node:crypto';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';
import { keyOfSecret } from './secrets.js';

const leaves = (...names: string[]): Record<string, Selection> =>
  Object.fromEntries(names.map((name) => [name, new Selection()]));

/** The columns that a message tells. */
export const messageColumns = Selection.from({
  ...leaves('id', 'at', 'recordType', 'recordId', 'action', 'version', 'isErased', 'fields'),
  changeSet: Selection.from(leaves('id', 'actorName', 'operations', 'source')),
});

/** The body of the message about a change, as the feed tells it, without the record. */
export function bodyOf(change: RecordRow<Change>): string {
  const { id, at, recordType, recordId, action, version, isErased, changeSet } = change;
  const fields = change.fields!.map(({ name, before, after }) => ({ name, before, after }));
  return JSON.stringify({
    type: `${recordType}.${action}`.toLowerCase(),
    timestamp: at,
    data: { id, at, action, recordType, recordId, version, isErased, fields, changeSet },
  });
}

/** The `webhook-id` of a change, by which a receiver knows a message that it already has. */
export const messageIdOf = (webhookId: string, changeId: string): string => `msg_${webhookId}_${changeId}`;

/** The same of the deliveries in a table. */
export const messageIdIn = (table: Fragment): Fragment =>
  sql`'msg_' || ${table}.webhook_id || '_' || ${table}.change_id`;

interface Signed {
  id: string;
  body: string;
  /** The current secret and, for a day after a rotation, the former one. */
  secrets: readonly string[];
}

/** The headers of Standard Webhooks, with a signature by each secret. */
export function signedHeaders({ id, body, secrets }: Signed, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = (secret: string) =>
    createHmac('sha256', keyOfSecret(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${signature(secret)}`).join(' '),
  };
}
