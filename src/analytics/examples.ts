const amount = '{ amount currency otherCurrencies { amount currency } }';
const figure = (selection: string) => `{ analytics { ${selection} } }`;

/** An example document for each report. */
export const analyticsExamples: Record<string, string> = {
  'Query.dealAnalytics':
    '{ dealAnalytics(groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: MONTH }]) { groups { keys { label } count ' +
    'won: count(filter: { status: { eq: WON } }) } } }',
  'Query.leadAnalytics':
    '{ leadAnalytics(groupBy: [{ field: SOURCE }], orderBy: { by: AVG, field: LEAD_SCORE }) { groups { keys ' +
    '{ label } count avg { leadScore } } } }',
  'Query.customerAnalytics':
    '{ customerAnalytics(groupBy: [{ field: CREATED_AT, granularity: QUARTER }, { field: STATUS }]) { groups { ' +
    'keys { label } count } total { count } } }',
  'Query.activityAnalytics':
    '{ activityAnalytics(filter: { status: { eq: COMPLETED } }, groupBy: [{ field: ASSIGNED_TO }], limit: 10) { ' +
    'groups { keys { label } count sum { durationMinutes } } } }',
  'Query.employeeAnalytics':
    '{ employeeAnalytics(groupBy: [{ field: DEPARTMENT }, { field: EMPLOYMENT_TYPE }]) { groups { ' +
    'keys { label } count } } }',
  'Query.vendorAnalytics':
    '{ vendorAnalytics(groupBy: [{ field: COUNTRY }], limit: 10) { groups { keys { label } count avg { rating } } } }',
  'Query.customerStats': '{ customerStats(filter: { country: { eq: "Germany" } }) { total active newThisMonth } }',
  'Query.leadStats': '{ leadStats { total conversionRate bySource { source count } } }',
  'Query.dealStats': `{ dealStats(filter: { mine: true }) { open won winRate wonValue ${amount} } }`,
  'Query.activityStats': '{ activityStats(filter: { mine: true }) { total overdue byStatus { scheduled completed } } }',
  'Query.employeeStats': '{ employeeStats { total active byDepartment { department count } } }',
  'Query.vendorStats': '{ vendorStats { total byType { label count } } }',
  'Query.analytics': figure(`dashboard { deals { won winRate } revenue { total ${amount} } }`),
  'Analytics.dashboard': figure('dashboard { customers { total growth } leads { total conversionRate } }'),
  'Analytics.salesFunnel': figure('salesFunnel { stages { name count percentage } conversionRates { leadToWon } }'),
  'Analytics.pipelineFunnel': figure(`pipelineFunnel { stages { stage { name } dealCount totalValue ${amount} } }`),
  'Analytics.revenueByPeriod': figure(
    `revenueByPeriod(period: MONTH, limit: 12) { period dealCount revenue ${amount} }`,
  ),
  'Analytics.employeePerformance': figure(
    'employeePerformance { employee { fullName } leads { conversionRate } deals { won winRate } }',
  ),
  'Analytics.topPerformers': figure(
    'topPerformers(metric: WIN_RATE, limit: 3) { employee { fullName } deals { winRate } }',
  ),
  'Analytics.quickStats': figure(`quickStats { myOpenDeals myOverdueActivities myRevenue ${amount} }`),
  'Analytics.dealVelocity': figure('dealVelocity { p50DaysToWin stages { stage { name } entered advanced p50Days } }'),
  'Analytics.forecast': figure(`forecast(months: 3) { months { period dealCount expectedRevenue ${amount} } }`),
};
