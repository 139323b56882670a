import { creating } from '../organizations/imports.js';
import { can } from '../permissions.js';
import { writingTo } from './entries.js';
import { timelineRules } from './timeline.js';

export const activityRules = {
  Query: {
    activities: can['activity:read'],
    activity: can['activity:read'],
    upcomingActivities: can['activity:read'],
    overdueActivities: can['activity:read'],
  },
  Mutation: {
    createActivity: creating.activity,
    updateActivity: can['activity:update'],
    assignActivity: can['activity:update'],
    deleteActivity: can['activity:delete'],
    completeActivity: can['activity:update'],
    cancelActivity: can['activity:update'],
    addCustomerNote: writingTo.customer,
    addCustomerActivity: writingTo.customer,
  },
  Employee: { activities: can['activity:read'] },
  Customer: { ...timelineRules, lastContactAt: can['activity:read'] },
};
