// Amounts in different currencies are never added: a measure that leaves the others out may read 0 where there is
// money.
const amounts = '{ amount currency otherCurrencies { amount currency } }';

/** Operations that the page for people opens with, one document each; the demo data answers all of them. */
export const examples = [
  `# What errors mean. Needs no sign-in; everything below does: use the form at the top.
query ErrorCodes {
  errorCodes { code description retryable reasons }
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
  `# Won revenue of the last twelve months; empty months are there too.
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
