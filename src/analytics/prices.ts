import type { FieldPrices } from '../platform/graphql/cost/prices.js';
import { explorePrices } from './explore/prices.js';

const figures: FieldPrices = {
  Query: {
    customerStats: { points: 25, narrows: 2 },
    leadStats: { points: 55, narrows: 1 },
    dealStats: { points: 290, narrows: 2 },
    activityStats: { points: 160, narrows: 1 },
    vendorStats: { points: 5, narrows: 1 },
    employeeStats: { points: 5, narrows: 1 },
  },
  CustomerStats: { totalRevenue: { points: 100 } },
  EmployeeStats: { byDepartment: { points: 2 } },
  DealStats: { byStage: { points: 60 } },
  // The filter of a report narrows every kind of record that the report counts.
  Analytics: {
    dashboard: { points: 180, narrows: 3, filters: 'Deal' },
    salesFunnel: { points: 60, narrows: 2, filters: 'Deal' },
    pipelineFunnel: { points: 110, narrows: 1, filters: 'Deal' },
    revenueByPeriod: { points: 20, narrows: 1, filters: 'Deal' },
    employeePerformance: { points: 150, narrows: 3, filters: 'Deal' },
    topPerformers: { points: 140, narrows: 3, filters: 'Deal' },
    quickStats: { points: 20, narrows: 6, filters: 'Deal' },
    dealVelocity: { points: 3400, narrows: 2, filters: 'Deal' },
    forecast: { points: 65, narrows: 1, filters: 'Deal' },
  },
  Dashboard: { recentActivities: { points: 10 } },
  Employee: { performance: { points: 160, narrows: 3, filters: 'Deal' } },
};

export const analyticsPrices: FieldPrices[] = [figures, ...explorePrices];
