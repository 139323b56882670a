import { fieldChangesRefused } from '../../crm/employees/employee-rights.js';
import { demand, type Viewer } from '../../platform/auth/viewer.js';
import { recordOf } from '../../platform/records/record.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { loggedFields } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import { isSame, type LoggedChange } from './changed-record.js';
import type { UndoneRecord } from './undone-record.js';

/** An erased record can never be put back, which its row says. */
const inverse = { CREATED: 'delete', UPDATED: 'update', DELETED: 'create', ERASED: 'create' } as const;

/** Throws FORBIDDEN unless the viewer may make each inverse change. Stage changes go with their deal or stage. */
export function demandRights({ viewer }: ActionContext, changes: readonly LoggedChange[]): void {
  for (const change of changes)
    if (change.type !== 'DEAL_STAGE_CHANGE' && !isOfOwnRecord(viewer, change)) demand(viewer, permissionFor(change));
}

function permissionFor({ type, action }: LoggedChange): string {
  if (type === 'ORGANIZATION') return 'organization:update';
  // A new stage changes its pipeline.
  if (type === 'PIPELINE_STAGE' && inverse[action] === 'create') return 'pipeline:update';
  return `${recordOf(loggedKinds[type].record).resource}:${inverse[action]}`;
}

/** Everybody may change some fields of their own record. */
const isOfOwnRecord = (viewer: Viewer, { type, action, recordId }: LoggedChange): boolean =>
  type === 'EMPLOYEE' && action === 'UPDATED' && recordId === viewer.organization?.selfId;

/** Refuses former values that the viewer may not write, as the actions of the records do. */
export async function refuseFields(context: ActionContext, undone: readonly UndoneRecord[]): Promise<void> {
  const employees = undone.filter(({ record, present, effect }) => {
    return record.type === 'EMPLOYEE' && present && effect === 'UPDATED';
  });
  const refusals = await fieldChangesRefused(context, employees.map(changesOf));
  for (const [n, one] of employees.entries()) if (refusals[n]) one.forbid(refusals[n]);
}

function changesOf({ record, present }: UndoneRecord) {
  const fields = loggedFields(loggedKinds.EMPLOYEE.record);
  const changed = [...record.columns].filter(([column, { before }]) => !isSame(present![column], before));
  return {
    id: record.id,
    userId: present!.user_id as string | null,
    changed: new Set(changed.map(([column]) => fields.get(column)?.name ?? column)),
  };
}
