import { can, type PermissionName } from '../crm/permissions.js';
import { member, memberAnd, owner } from '../platform/permissions/rules.js';
import { recordOf } from '../platform/records/record.js';
import { historyKinds } from './history.js';

/** Every member reads the log, and sees changes of the records that the member may read. */
export const logRules = {
  Query: { changes: member, changeCursor: member, changeSets: member, changeSet: member, deletedRecords: member },
  Subscription: { changeAdded: member },
  Mutation: { eraseRecord: owner, undoChangeSet: memberAnd('the permissions of the inverse changes') },
  ...Object.fromEntries(
    historyKinds.map(({ record, permission }) => [
      recordOf(record).name,
      { history: can[permission as PermissionName] },
    ]),
  ),
};

/** Queries about the position in the log, which a standby does not know. */
export const primaryQueries: ReadonlySet<string> = new Set(['changes', 'changeCursor']);
