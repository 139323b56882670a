import { can } from '../../platform/permissions/catalogue.js';
import { member } from '../../platform/permissions/rules.js';

export const employeeRules = {
  Query: { employees: can['employee:read'], employee: can['employee:read'], departments: can['employee:read'] },
  Mutation: {
    createEmployee: can['employee:create'],
    // Everybody may change a little of one's own record: the action knows whose it is.
    updateEmployee: member,
    deleteEmployee: can['employee:delete'],
    terminateEmployee: can['employee:delete'],
  },
  Employee: { directReports: can['employee:read'] },
};
