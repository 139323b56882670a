// Amounts in different currencies are never added. Without `otherCurrencies`, a measure may read 0 although there is
// money in another currency.
const amounts = '{ amount currency otherCurrencies { amount currency } }';

/** Periods can be compared only from their first day on. */
const year = new Date().getUTCFullYear();

/** The document that the explorer and Apollo Sandbox open with: one example for each task of an analyst. */
export const firstDocument = `# Sign in first. Then click into a query
# and press Ctrl-Enter, or choose it at ▶.
# Ctrl-Space suggests what can stand here.

# Find: the largest open deals.
query FindDeals {
  deals(
    filter: {
      status: { eq: OPEN }
      value: { gte: 10000 }
    }
    orderBy: [{ field: VALUE, direction: DESC }]
  ) {
    totalCount
    nodes {
      code title value currency
      stage { name }
      customer { name }
    }
  }
}

# Count: deals by outcome, and the money won.
query CountDeals {
  dealStats {
    open won lost winRate
    wonValue ${amounts}
  }
}

# Group: leads by origin, with their mean score.
query GroupLeads {
  leadAnalytics(groupBy: [{ field: SOURCE }]) {
    groups {
      keys { label }
      count
      avg { leadScore }
    }
  }
}

# Compare: deals won in each quarter of this year
# with those of the year before.
query CompareQuarters {
  dealAnalytics(
    filter: { status: { eq: WON } }
    period: {
      field: ACTUAL_CLOSE_DATE
      from: "${year}-01-01", to: "${year}-12-31"
    }
    groupBy: [{ field: ACTUAL_CLOSE_DATE, granularity: QUARTER }]
    compareTo: PREVIOUS_PERIOD
    fillGaps: true
  ) {
    groups {
      keys { label }
      count
      sum { value ${amounts} }
      previous {
        count
        sum { value ${amounts} }
      }
    }
  }
}

# Export: run this, then press "Download CSV"
# below the answer to get the rows of all pages.
query ExportCustomers {
  customers(orderBy: [{ field: NAME }], first: 100) {
    nodes {
      code name status email city country
      assignedTo { fullName }
      totalValue { amount currency }
    }
  }
}
`;

/** Example documents, one for each tab of the explorer; all of them have results in the demo data. */
export const examples = [
  firstDocument,
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
    orderBy: { by: SUM, field: VALUE }
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
  `# The history of a record: every change of a deal, with the values before and after it.
query History {
  deals(orderBy: [{ field: VALUE, direction: DESC }], first: 1) {
    nodes {
      code title
      history(first: 10) {
        nodes {
          at action
          changeSet { actorName operations }
          fields { name before beforeLabel after afterLabel }
        }
      }
    }
  }
}
`,
  `# The latest changes, and who made them. The page /changes shows the same, and undoes them.
query WhatChanged {
  changeSets(first: 10) {
    nodes {
      at actorName source operations
      counts { recordType action count }
      changes(first: 5) { nodes { recordType action fields { name before after } } }
    }
  }
}
`,
  `# Every change as it happens, until you press ■.
# Change something in another tab.
subscription Live {
  changeAdded {
    change {
      at recordType action
      changeSet { actorName operations }
      fields { name before beforeLabel after afterLabel }
    }
  }
}
`,
  `# The error codes, with advice. Needs no sign-in.
query ErrorCodes {
  errorCodes { code description isRetryable reasons }
}
`,
];
