import type { Employee } from '../crm/employees/employee.js';
import { can } from '../crm/permissions.js';
import { demand, demandMembership } from '../platform/auth/viewer.js';
import { member, parentRule } from '../platform/permissions/rules.js';
import type { RecordRow } from '../platform/records/record-row.js';

const analystOrSelf = parentRule<RecordRow<Employee>>(
  "analytics:read, except for the caller's own record",
  ({ id }, viewer) => {
    if (demandMembership(viewer).selfId !== id) demand(viewer, 'analytics:read');
  },
);

export const analyticsRules = {
  Query: {
    analytics: member,
    customerStats: can['customer:read'],
    leadStats: can['lead:read'],
    dealStats: can['deal:read'],
    activityStats: can['activity:read'],
    vendorStats: can['vendor:read'],
    dealAnalytics: can['deal:read'],
    leadAnalytics: can['lead:read'],
    customerAnalytics: can['customer:read'],
    activityAnalytics: can['activity:read'],
    employeeAnalytics: can['employee:read'],
    vendorAnalytics: can['vendor:read'],
    employeeStats: can['employee:read'],
  },
  Analytics: {
    dashboard: can['analytics:read'],
    salesFunnel: can['analytics:read'],
    pipelineFunnel: can['analytics:read'],
    revenueByPeriod: can['analytics:read'],
    employeePerformance: can['analytics:read'],
    topPerformers: can['analytics:read'],
    dealVelocity: can['analytics:read'],
    forecast: can['analytics:read'],
  },
  Dashboard: { recentActivities: can['activity:read'] },
  CustomerStats: { totalRevenue: can['deal:read'] },
  Employee: { performance: analystOrSelf },
};
