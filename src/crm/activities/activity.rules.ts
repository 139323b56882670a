import { can } from '../../platform/permissions/catalogue.js';
import { either } from '../../platform/permissions/rules.js';

export const activityRules = {
  Mutation: { addCustomerNote: either('customer:update', 'activity:create') },
  Customer: { activities: can['activity:read'], notes: can['activity:read'], lastContactAt: can['activity:read'] },
};
