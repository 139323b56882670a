import { creating } from '../organizations/imports.js';
import { can } from '../permissions.js';

export const customerRules = {
  Query: { customers: can['customer:read'], customer: can['customer:read'] },
  Mutation: {
    createCustomer: creating.customer,
    updateCustomer: can['customer:update'],
    assignCustomer: can['customer:update'],
    deleteCustomer: can['customer:delete'],
    activateCustomer: can['customer:update'],
    deactivateCustomer: can['customer:update'],
  },
  Employee: { customers: can['customer:read'] },
};
