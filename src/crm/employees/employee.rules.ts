import { demand, holds, membershipOf } from '../../platform/auth/viewer.js';
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

const ownRecord = argumentRule<{ id: string; input: EmployeeChanges }>(
  'own record, or employee:update',
  ({ id, input }, viewer) => {
    if (id.toLowerCase() !== membershipOf(viewer).employeeId) return demand(viewer, 'employee:update');
    const other = Object.keys(input).find((name) => !ownFields.has(name));
    if (other && !holds(viewer, 'employee:update'))
      throw new Forbidden(
        'SELF_EDIT_LIMITED',
        `You cannot change your own ${other}; ask somebody with employee:update`,
      );
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
