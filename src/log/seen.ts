import { addReadable } from '../crm/nodes/readable.js';
import { isMember, type Viewer } from '../platform/auth/viewer.js';
import { column, or, sql } from '../platform/database/sql.js';
import type { Narrowing } from '../platform/reading/reader.js';
import { Change } from './change.js';
import { ChangeSet } from './change-set.js';
import { isListed, listedSets } from './own-sets.js';
import { visibleTypes } from './record-types.js';

export const visibleChanges =
  (viewer: Viewer): Narrowing =>
  (alias) =>
    sql`${column(alias, 'record_type')} = any(${visibleTypes(viewer)}::text[])`;

/**
 * The change sets that fields of changes and of other change sets name: those that are listed, and those of which the
 * viewer may read a change. Whoever sees a change may know who made it, and how; `requestId` is for the former only. Of
 * the changes of a set, everybody sees those of the records that they may read.
 */
export const namedSets =
  (viewer: Viewer): Narrowing =>
  (alias) =>
    or([
      isListed(viewer, sql.ref(alias)),
      sql`exists (
        select from changes seen
        where seen.organization_id = ${column(alias, 'organization_id')}
          and seen.change_set_id = ${column(alias, 'id')}
          and ${visibleChanges(viewer)('seen')}
      )`,
    ]);

addReadable((viewer) =>
  isMember(viewer)
    ? [
        { type: Change, narrowing: visibleChanges(viewer) },
        { type: ChangeSet, narrowing: listedSets(viewer) },
      ]
    : [],
);
