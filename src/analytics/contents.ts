// The contents page: resolvers and rules of all metrics.

import { ActivityStatsResolver } from './activity-stats.js';
import { AnalyticsResolver, EmployeeResults } from './analytics.resolver.js';
import { analyticsRules } from './analytics.rules.js';
import { CustomerStatsResolver } from './customer-stats.js';
import { RecentActivities } from './dashboard.js';
import { DealStatsResolver } from './deal-stats.js';
import { EmployeeStatsResolver } from './employee-stats.js';
import { exploreResolvers } from './explore/explore.resolver.js';
import { LeadStatsResolver } from './lead-stats.js';
import { VendorStatsResolver } from './vendor-stats.js';

export const analyticsResolvers = [
  AnalyticsResolver,
  EmployeeResults,
  RecentActivities,
  CustomerStatsResolver,
  LeadStatsResolver,
  DealStatsResolver,
  ActivityStatsResolver,
  VendorStatsResolver,
  EmployeeStatsResolver,
  ...exploreResolvers,
] as const;

export { analyticsRules };
