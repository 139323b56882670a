import { addReadable } from '../crm/nodes/readable.js';
import { holds, isMember, type Viewer } from '../platform/auth/viewer.js';
import { column, sql } from '../platform/database/sql.js';
import type { Narrowing } from '../platform/reading/reader.js';
import { Change } from './change.js';
import { ChangeSet } from './change-set.js';
import { loggedKinds, RecordType } from './record-types.js';

/** Only people read API keys. */
const forPeople: readonly string[] = ['API_KEY', 'API_KEY_PERMISSION'];

/** The types of which the viewer sees changes: those whose records the viewer may read. */
export const visibleTypes = (viewer: Viewer): string[] =>
  isMember(viewer)
    ? Object.keys(RecordType).filter(
        (type) =>
          holds(viewer, loggedKinds[type as RecordType].permission) && !(viewer.apiKey && forPeople.includes(type)),
      )
    : [];

export const visibleChanges =
  (viewer: Viewer): Narrowing =>
  (alias) =>
    sql`${column(alias, 'record_type')} = any(${visibleTypes(viewer)}::text[])`;

/** With organization:update all change sets, else the viewer's own. */
export const visibleSets =
  (viewer: Viewer): Narrowing =>
  (alias) => {
    if (holds(viewer, 'organization:update')) return sql`true`;
    return viewer.apiKey
      ? sql`${column(alias, 'api_key_id')} = ${viewer.apiKey.id}::uuid`
      : sql`${column(alias, 'user_id')} = ${viewer.userId}::uuid`;
  };

addReadable((viewer) =>
  isMember(viewer)
    ? [
        { type: Change, narrowing: visibleChanges(viewer) },
        { type: ChangeSet, narrowing: visibleSets(viewer) },
      ]
    : [],
);
