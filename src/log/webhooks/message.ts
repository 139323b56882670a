import type { Reader } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import type { Change } from '../change.js';
import { labelsFor } from '../labels.js';

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
