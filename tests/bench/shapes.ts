/** Fields of the query, or fields inside one field of it. */
export interface Shape {
  field: string;
  inside?: string;
}

const wholeRow = {
  customers: 'name companyName email phone description tags totalValue { amount } openDealCount lastContactAt',
  leads: 'name companyName email phone description tags assignedTo { fullName }',
  deals: 'title description tags value customer { name } stage { name } assignedTo { fullName } lead { name }',
  activities: 'title description tags customer { name } deal { title } assignedTo { fullName } createdBy { email }',
};
const textOf = { customers: 'name', leads: 'name', deals: 'title', activities: 'title' };

const lists = Object.keys(wholeRow) as (keyof typeof wholeRow)[];

/** Fields that take much for their points; each is repeated until the document reaches the limit. */
export const queries: Shape[] = [
  ...lists.flatMap((list): Shape[] => {
    const text = textOf[list];
    const contains = (value: string) => `{ ${text}: { contains: "${value}" } }`;
    return [
      { field: `${list}(first: 100) { nodes { ${wholeRow[list]} } }` },
      { field: `${list}(page: 100, pageSize: 100) { nodes { ${wholeRow[list]} } }` },
      { field: `${list}(page: 5000, pageSize: 2) { nodes { ${wholeRow[list]} } }` },
      ...['a', 'exa', 'example', 'call'].map((search) => ({
        field: `${list}(first: 1, search: "${search}") { totalCount nodes { ${text} } }`,
      })),
      { field: `${list}(first: 1, filter: ${contains('zzzz')}) { totalCount nodes { ${text} } }` },
      { field: `${list}(first: 1, filter: { or: [${contains('zq')}, ${contains('qz')}] }) { nodes { ${text} } }` },
      { field: `${list}(first: 1, filter: { updatedAt: { lt: "1999-01-01T00:00:00Z" } }) { nodes { ${text} } }` },
      { field: `${list}(first: 1, filter: { assignedTo: { lastName: { contains: "zq" } } }) { nodes { ${text} } }` },
      { field: `${list}(first: 1) { totalCount }` },
      { field: `${list}(first: 1, orderBy: [{ field: UPDATED_AT }]) { nodes { ${text} } }` },
      {
        field: `${list}(first: 1, orderBy: [{ field: STATUS }, { field: ${text.toUpperCase()} }]) {
          nodes { ${text} }
        }`,
      },
    ];
  }),
  { field: 'customers(first: 1, orderBy: [{ field: TOTAL_VALUE }]) { nodes { name } }' },
  { field: 'deals(first: 1, orderBy: [{ field: STAGE_ORDER }]) { nodes { title } }' },
  ...['deals', 'activities'].flatMap((list) =>
    ['some', 'none'].map((which) => ({
      field: `customers(first: 1, filter: { ${list}: { ${which}: { title: { contains: "zq" } } } }) { totalCount }`,
    })),
  ),
  { field: 'deals(first: 1, filter: { customer: { name: { contains: "zq" } } }) { nodes { title } }' },
  { field: 'activities(first: 1, filter: { customer: { name: { contains: "zq" } } }) { nodes { title } }' },
  { field: 'activities(first: 1, filter: { deal: { title: { contains: "zq" } } }) { nodes { title } }' },
  ...['zz', 'call', 'exa'].map((search) => ({
    field: `customers(first: 100) {
      nodes { activities(first: 1, search: "${search}") { totalCount nodes { title } } }
    }`,
  })),
  { field: 'customers(first: 60) { nodes { activities(first: 100) { nodes { title description } } } }' },
  { field: 'pipelineStages(first: 10) { nodes { deals(first: 100) { totalCount nodes { title } } } }' },
  {
    field: `pipelineStages(first: 10) { nodes { deals(first: 1, orderBy: [{ field: TITLE }]) { nodes { title } } } }`,
  },
  { field: 'pipelineStages(first: 10) { nodes { dealCount totalValue { amount } } }' },
  { field: 'customerStats { total active totalRevenue { amount } byType { business } }' },
  { field: 'customerStats(search: "exa") { total totalRevenue { amount } }' },
  { field: 'leadStats { total averageScore bySource { count } }' },
  { field: 'dealStats { total totalValue { amount } wonValue { amount } averageDaysToClose byStage { count } }' },
  { field: 'dealStats(filter: { title: { contains: "zq" } }) { total byStage { count } }' },
  { field: 'activityStats { total overdue byStatus { completed } byType { call } }' },
  { field: 'activityStats(search: "call") { total overdue }' },
  ...[
    'dashboard { customers { total growth } leads { total } deals { total winRate } revenue { total { amount } } }',
    'salesFunnel { stages { count } }',
    'pipelineFunnel { stages { dealCount totalValue { amount } } }',
    'revenueByPeriod(period: DAY, limit: 366) { revenue { amount } averageDealValue { amount } }',
    'employeePerformance { customers deals { won } revenue { won { amount } } }',
    'topPerformers { revenue { won { amount } } }',
    'dealVelocity { stages { entered p50Days } p50DaysToWin }',
    'forecast { months { totalValue { amount } } }',
  ].map((field) => ({ field, inside: 'analytics' })),
  ...[
    ['dealAnalytics', 'STAGE'],
    ['activityAnalytics', 'ASSIGNED_TO'],
    ['customerAnalytics', 'STATUS'],
    ['leadAnalytics', 'STATUS'],
  ].flatMap(([query, group]) => [
    { field: `${query}(groupBy: [{ field: ${group} }]) { groups { count } total { count } }` },
    { field: `${query}(groupBy: [{ field: ${group} }]) { groups { rows(first: 1) { nodes { id } } } }` },
    { field: `${query}(groupBy: [{ field: ${group} }]) { groups { rows(first: 50) { nodes { id } } } }` },
    {
      field: `${query}(groupBy: [{ field: ${group} }, { field: CREATED_AT, granularity: MONTH }]) {
        groups { rows(first: 1) { nodes { id } } } }`,
    },
    {
      field: `${query}(groupBy: [{ field: ${group} }, { field: CREATED_AT, granularity: MONTH }], limit: 3) {
        groups { keys { label } rows(first: 45) { nodes { id } } } }`,
    },
  ]),
];
