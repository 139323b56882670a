import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';

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
