import { demand, membershipOf, type Viewer } from '../../platform/auth/viewer.js';
import { argumentRule } from '../../platform/permissions/rules.js';
import { can } from '../permissions.js';

/** Rows of a bulk call may lack what did not fit their type. */
interface Change {
  id?: string;
}

/** Of their own record everybody may change something; what, the action decides, which knows what would change. */
function demandChange({ id }: Change, viewer: Viewer): void {
  if (id?.toLowerCase() !== membershipOf(viewer).selfId) demand(viewer, 'employee:update');
}

const ownRecord = argumentRule<Change>('own record, or employee:update', demandChange);

/** The same of every row of a bulk call. */
export const ownRecords = argumentRule<{ rows: Change[] }>('own records, or employee:update', ({ rows }, viewer) => {
  membershipOf(viewer);
  for (const row of rows) demandChange(row, viewer);
});

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
