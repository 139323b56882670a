import type { FieldPrices } from '../platform/graphql/cost/prices.js';
import { explorePrices } from './explore/prices.js';

const figures: FieldPrices = {
  Query: {
    customerStats: { points: 25, narrows: 2 },
    leadStats: { points: 55, narrows: 1 },
    dealStats: { points: 290, narrows: 2 },
    activityStats: { points: 160, narrows: 1 },
    vendorStats: { points: 5, narrows: 1 },
  },
  CustomerStats: { totalRevenue: { points: 100 } },
  DealStats: { byStage: { points: 60 } },
  Analytics: {
    dashboard: { points: 180 },
    salesFunnel: { points: 60 },
    pipelineFunnel: { points: 110 },
    revenueByPeriod: { points: 20 },
    employeePerformance: { points: 150 },
    topPerformers: { points: 140 },
    quickStats: { points: 20 },
    dealVelocity: { points: 3400 },
    forecast: { points: 65 },
  },
  Dashboard: { recentActivities: { points: 10 } },
  Employee: { performance: { points: 160 } },
};

export const analyticsPrices: FieldPrices[] = [figures, ...explorePrices];
