import { can } from '../../platform/permissions/catalogue.js';

export const customerRules = {
  Query: { customers: can['customer:read'], customer: can['customer:read'] },
  Mutation: {
    createCustomer: can['customer:create'],
    updateCustomer: can['customer:update'],
    deleteCustomer: can['customer:delete'],
    activateCustomer: can['customer:update'],
    deactivateCustomer: can['customer:update'],
  },
};
