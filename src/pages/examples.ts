// Amounts in different currencies are never added. Without `otherCurrencies`, a measure may read 0 although there is
// money in another currency.
const amounts = '{ amount currency otherCurrencies { amount currency } }';

/** Example operations, one document for each tab of the explorer; all of them have results in the demo data. */
export const examples = [
  `# The error codes. Needs no sign-in; the other examples do: use the form at the top.
query ErrorCodes {
  errorCodes { code description isRetryable reasons }
}
`,
  `# A list with filter, order and paging.
query Customers {
  customers(filter: { status: { in: [ACTIVE, VIP] } }, orderBy: [{ field: NAME }], first: 10) {
    totalCount
    nodes { code name status assignedTo { fullName } lastContactAt totalValue { amount currency } }
  }
}
`,
  `# Headline figures, over all time or from one day to another.
query Dashboard {
  analytics {
    dashboard {
      customers { total active growth }
      leads { total qualified conversionRate }
      deals { total active won lost winRate }
      revenue {
        total { ...Amounts }
        pipelineValue { ...Amounts }
        expected { ...Amounts }
      }
    }
  }
}

fragment Amounts on MoneyAggregate ${amounts}
`,
  `# From lead to won deal.
query Funnel {
  analytics {
    salesFunnel {
      stages { step name count percentage }
      conversionRates { leadToQualified qualifiedToOpportunity opportunityToWon leadToWon }
    }
  }
}
`,
  `# Won revenue of the last twelve months, including empty months.
query RevenueByMonth {
  analytics {
    revenueByPeriod(period: MONTH, limit: 12) {
      period startDate endDate dealCount
      revenue ${amounts}
      averageDealValue ${amounts}
    }
  }
}
`,
  `# Group and measure as you like: every group opens as the list of its rows.
query WonByEmployeeAndQuarter {
  dealAnalytics(
    filter: { status: { eq: WON } }
    groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: QUARTER }, { field: ASSIGNED_TO }]
    orderBy: { by: SUM, field: value }
    limit: 5
  ) {
    groups {
      keys { label }
      count
      urgent: count(filter: { priority: { in: [HIGH, URGENT] } })
      sum { value ${amounts} }
      rows(first: 3) { nodes { code title } }
    }
    total { count }
  }
}
`,
  `# The board: each stage of the default pipeline with its first deals.
query Board {
  pipeline {
    name
    stages {
      name
      dealCount
      totalValue ${amounts}
      deals(orderBy: [{ field: EXPECTED_CLOSE_DATE }], first: 5) {
        nodes { code title value currency expectedCloseDate customer { name } assignedTo { fullName } }
      }
    }
  }
}
`,
];
