import type { FieldPrice, FieldPrices } from '../platform/graphql/cost/prices.js';
import { explorePrices } from './explore/prices.js';

const of = (filters: string, points: number) => ({ points, narrows: 1, filters });

/** Statistics are one statement; some of their fields send one more. */
const statistics = (points: number, parts?: FieldPrice['parts']): FieldPrice => ({
  points,
  narrows: 1,
  ...(parts && { parts }),
});

const figures: FieldPrices = {
  Query: {
    customerStats: statistics(25, { totalRevenue: { points: 100, narrows: 1 } }),
    leadStats: statistics(55),
    dealStats: statistics(290, { byStage: { points: 60, narrows: 1 } }),
    activityStats: statistics(160),
    vendorStats: statistics(5),
    employeeStats: statistics(5, { byDepartment: { points: 2, narrows: 1 } }),
  },
  // The filter of a report narrows every kind of record that the report counts.
  Analytics: {
    dashboard: {
      parts: {
        customers: of('Customer', 30),
        leads: of('Lead', 40),
        'deals revenue': of('Deal', 110),
        recentActivities: of('Activity', 10),
      },
    },
    salesFunnel: { points: 60, narrows: 2, filters: 'Deal' },
    pipelineFunnel: of('Deal', 110),
    revenueByPeriod: of('Deal', 20),
    employeePerformance: { points: 150, narrows: 3, filters: 'Deal' },
    topPerformers: { points: 140, narrows: 3, filters: 'Deal' },
    quickStats: {
      parts: {
        myCustomers: of('Customer', 3),
        myLeads: of('Lead', 3),
        myDeals: of('Deal', 3),
        myOpenDeals: of('Deal', 3),
        myRevenue: of('Deal', 4),
        myOverdueActivities: of('Activity', 4),
      },
    },
    dealVelocity: { parts: { stages: of('Deal', 3110), 'wonCount p50DaysToWin p90DaysToWin': of('Deal', 290) } },
    forecast: of('Deal', 65),
  },
  Employee: { performance: { points: 160, narrows: 3, filters: 'Deal' } },
};

export const analyticsPrices: FieldPrices[] = [figures, ...explorePrices];
