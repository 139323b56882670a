import { can } from '../../platform/permissions/catalogue.js';

export const employeeRules = {
  Query: { employees: can['employee:read'], employee: can['employee:read'] },
  Employee: { directReports: can['employee:read'] },
};
