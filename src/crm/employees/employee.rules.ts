import { demand, demandMembership, type Viewer } from '../../platform/auth/viewer.js';
import { argumentRule } from '../../platform/permissions/rules.js';
import { can } from '../permissions.js';

/** Rows of a bulk call lack the values that failed coercion. */
interface Change {
  id?: string;
}

/** Everybody may change some fields of their own record; the action checks which fields change. */
function demandChange({ id }: Change, viewer: Viewer): void {
  if (id?.toLowerCase() !== demandMembership(viewer).selfId) demand(viewer, 'employee:update');
}

const ownRecord = argumentRule<Change>(
  "employee:update, except for some fields of the caller's own record",
  demandChange,
);

/** The same for every row of a bulk call. */
export const ownRecords = argumentRule<{ rows: Change[] }>(
  "employee:update, except for rows with some fields of the caller's own record",
  ({ rows }, viewer) => {
    demandMembership(viewer);
    for (const row of rows) demandChange(row, viewer);
  },
);

export const employeeRules = {
  Query: { employees: can['employee:read'], employee: can['employee:read'], departments: can['employee:read'] },
  Mutation: {
    createEmployee: can['employee:create'],
    updateEmployee: ownRecord,
    deleteEmployee: can['employee:delete'],
    terminateEmployee: can['employee:delete'],
  },
  Employee: { directReports: can['employee:read'] },
};
