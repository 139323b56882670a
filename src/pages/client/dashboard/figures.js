import { ask, sendOwn } from '../server.js';
import { unitOf, yearUpTo } from './days.js';

const choicesDocument = `query DashboardChoices($after: String) {
  organization { name currency timeZone }
  pipelines(first: 100, orderBy: [{ field: NAME }]) { nodes { id name } }
  employees(first: 100, after: $after, orderBy: [{ field: FIRST_NAME }, { field: LAST_NAME }]) {
    pageInfo { hasNextPage endCursor }
    nodes { id fullName }
  }
}`;

const figuresDocument = `query SalesDashboard(
  $deals: DealFilter!, $open: DealFilter!, $won: DealFilter!, $leads: LeadFilter!, $customers: CustomerFilter!
  $closed: DealPeriod, $bars: DealPeriod, $unit: PeriodUnit!, $dealsCreated: DealPeriod, $leadsCreated: LeadPeriod
  $customersCreated: CustomerPeriod, $compareTo: Comparison, $pipelineId: ID, $isFirst: Boolean = false
) {
  changeCursor @include(if: $isFirst)
  closed: dealAnalytics(filter: $deals, period: $closed, compareTo: $compareTo) {
    total { ...Closed }
    previousTotal { ...Closed }
  }
  open: dealAnalytics(filter: $open) { total { count sum { value { ...Amounts } expectedRevenue { ...Amounts } } } }
  stages: dealStats(filter: $open) {
    byStage(pipelineId: $pipelineId) {
      stage { id name isClosedWon isClosedLost pipeline { name } }
      count
      totalValue { ...Amounts }
    }
  }
  revenue: dealAnalytics(
    filter: $won, period: $bars, groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: $unit }], fillGaps: true
  ) { groups { keys { label startDate endDate } count sum { value { ...Amounts } } } }
  performers: dealAnalytics(filter: $won, period: $closed, groupBy: [{ field: ASSIGNED_TO }]) {
    groups { keys { value label } isOther count sum { value { ...Amounts } } }
  }
  opportunities: dealAnalytics(filter: $deals, period: $dealsCreated) {
    total { count won: count(filter: { status: { eq: WON } }) }
  }
  leads: leadAnalytics(filter: $leads, period: $leadsCreated, compareTo: $compareTo) {
    total {
      count
      qualified: count(filter: { or: [{ qualificationStatus: { eq: QUALIFIED } }, { isConverted: { eq: true } }] })
    }
    previousTotal { count }
  }
  customers: customerAnalytics(filter: $customers, period: $customersCreated, compareTo: $compareTo) {
    total { count active: count(filter: { status: { eq: ACTIVE } }) }
    previousTotal { count }
  }
}

fragment Closed on DealMeasures {
  won: count(filter: { status: { eq: WON } })
  lost: count(filter: { status: { eq: LOST } })
  sum(filter: { status: { eq: WON } }) { value { ...Amounts } }
}

fragment Amounts on MoneyAggregate { amount currency otherCurrencies { amount currency } }`;

/** The organization, and the pipelines and owners that the user may read. */
export async function choicesOf() {
  const owners = [];
  let after = null;
  let data;
  do {
    data = await mayRead(choicesDocument, { after });
    owners.push(...(data.employees?.nodes ?? []));
    after = data.employees?.pageInfo.hasNextPage ? data.employees.pageInfo.endCursor : null;
  } while (after);
  return { organization: data.organization, pipelines: data.pipelines?.nodes ?? [], owners };
}

/**
 * The variables for all figures. Both days of `range` are optional; `owner` is an id, `none` or empty; `pipeline` is an
 * id or empty.
 */
export function scopeOf({ range, today, owner, pipeline }) {
  const owned = owner === 'none' ? { assignedToId: { isNull: true } } : owner ? { assignedToId: { eq: owner } } : {};
  const deals = { ...owned, ...(pipeline && { pipelineId: { eq: pipeline } }) };
  const bars = range.from ? { from: range.from, to: range.to ?? today } : yearUpTo(range.to ?? today);
  return {
    deals,
    open: { ...deals, status: { eq: 'OPEN' } },
    won: { ...deals, status: { eq: 'WON' } },
    leads: owned,
    customers: owned,
    closed: { field: 'ACTUAL_CLOSE_DATE', ...range },
    bars: { field: 'ACTUAL_CLOSE_DATE', ...bars },
    unit: unitOf(bars),
    dealsCreated: { field: 'CREATED_AT', ...range },
    leadsCreated: { field: 'CREATED_AT', ...range },
    customersCreated: { field: 'CREATED_AT', ...range },
    compareTo: range.from && range.to ? 'PREVIOUS_PERIOD' : null,
    pipelineId: pipeline || null,
  };
}

/** Types of the records that the figures are about. */
const recordTypes = ['CUSTOMER', 'DEAL', 'EMPLOYEE', 'LEAD', 'ORGANIZATION', 'PIPELINE', 'PIPELINE_STAGE'];

/** Changes after which the figures may be others. */
export const relevantChanges = { recordType: { in: recordTypes } };

/** The figures of a scope; those that the user may not read are null. The first ones come with a cursor. */
export async function figuresOf(scope, { isFirst = false } = {}) {
  const { changeCursor, ...figures } = await mayRead(figuresDocument, { ...scope, isFirst });
  return { figures, changeCursor };
}

async function mayRead(query, variables) {
  const { data, errors } = await sendOwn({ query, variables });
  const isRefused = errors?.every(({ extensions }) => extensions?.code === 'FORBIDDEN');
  const isAnswered = data && Object.entries(data).some(([name, value]) => value !== null && name !== 'changeCursor');
  if (errors && !(isRefused && isAnswered)) throw new Error(errors[0].message);
  return data;
}

const deals = `query Deals($filter: DealFilter!, $period: DealPeriod, $first: Int = 25, $after: String) {
  dealAnalytics(filter: $filter, period: $period) {
    groups {
      rows(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          code title customer { name } assignedTo { fullName } stage { name } status value currency
          expectedCloseDate actualCloseDate
        }
      }
    }
  }
}
`;

const leads = `query Leads($filter: LeadFilter!, $period: LeadPeriod, $first: Int = 25, $after: String) {
  leadAnalytics(filter: $filter, period: $period) {
    groups {
      rows(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { code name companyName assignedTo { fullName } status source createdAt }
      }
    }
  }
}
`;

export const rowDocuments = { deals, leads };

/** A page of the rows that a figure counts. */
export async function rowsOf({ kind, filter, period }, page) {
  const [analytics] = Object.values(await ask(rowDocuments[kind], { filter, period, ...page }));
  return analytics.groups[0]?.rows ?? { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } };
}
