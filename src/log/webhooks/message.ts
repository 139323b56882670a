import { createHmac } from 'node:crypto';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { Reader } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';
import { labelsFor } from '../labels.js';
import { keyOfSecret } from './secrets.js';

const leaves = (...names: string[]): Record<string, Selection> =>
  Object.fromEntries(names.map((name) => [name, new Selection()]));

/** The columns that a message tells. */
export const messageColumns = Selection.from({
  ...leaves('id', 'at', 'recordType', 'recordId', 'action', 'version', 'isErased', 'fields'),
  changeSet: Selection.from(leaves('id', 'actorName', 'operations', 'source')),
});

/** The bodies of the messages about changes: as the feed tells them, without the record. */
export async function bodiesOf(read: Reader, changes: readonly RecordRow<Change>[]): Promise<string[]> {
  const referring = changes.flatMap((change) => change.fields!.filter(({ refersTo }) => refersTo));
  const labels = await labelsFor(
    read,
    referring.flatMap(({ refersTo: record, before, after }) => [
      { record, id: before },
      { record, id: after },
    ]),
  );
  const places = new Map(referring.map((field, place) => [field, 2 * place]));
  return changes.map(({ id, at, recordType, recordId, action, version, isErased, changeSet, fields }) => {
    const told = fields!.map((field) => {
      const { name, before, after } = field;
      const place = places.get(field);
      if (place === undefined) return { name, before, after };
      return { name, before, after, beforeLabel: labels[place], afterLabel: labels[place + 1] };
    });
    return JSON.stringify({
      type: `${recordType}.${action}`.toLowerCase(),
      timestamp: at,
      data: { id, at, action, recordType, recordId, version, isErased, fields: told, changeSet },
    });
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
  /** The current secret and, for a day after a rotation, the former one; the newest first. */
  secrets: readonly string[];
}

/** Signatures of a message. Each of many rotations of a day would lengthen the header, until receivers refuse it. */
const mostSignatures = 5;

/** The headers of Standard Webhooks, with a signature by each secret. */
export function signedHeaders({ id, body, secrets }: Signed, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = (secret: string) =>
    createHmac('sha256', keyOfSecret(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets
      .slice(0, mostSignatures)
      .map((secret) => `v1,${signature(secret)}`)
      .join(' '),
  };
}
