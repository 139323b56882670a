import { demand, holds, membershipOf, type Viewer } from '../../platform/auth/viewer.js';
import { Forbidden } from '../../platform/errors.js';
import { can } from '../../platform/permissions/catalogue.js';
import { argumentRule } from '../../platform/permissions/rules.js';
import type { EmployeeChanges } from './employee.inputs.js';

/** What everybody may change of their own record. */
const ownFields = new Set([
  'phone',
  'street',
  'city',
  'state',
  'postalCode',
  'country',
  'emergencyContact',
  'profileImage',
]);

interface Change {
  id: string;
  input: EmployeeChanges;
}

function demandChange({ id, input }: Change, viewer: Viewer): void {
  if (id.toLowerCase() !== membershipOf(viewer).employeeId) {
    demand(viewer, 'employee:update');
    return;
  }
  const other = Object.keys(input).find((name) => !ownFields.has(name));
  if (other && !holds(viewer, 'employee:update'))
    throw new Forbidden('SELF_EDIT_LIMITED', `You cannot change your own ${other}; ask somebody with employee:update`);
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
