import { ask, request } from '../../platform/pages/client/server.js';

const document = `query SalesDashboard($from: Date, $to: Date) {
  organization { name timezone }
  analytics {
    dashboard(from: $from, to: $to) {
      customers { total active growth }
      leads { total qualified conversionRate }
      deals { total active won lost winRate }
      revenue { total { ...Amounts } pipelineValue { ...Amounts } expected { ...Amounts } }
    }
    salesFunnel(from: $from, to: $to) { stages { name count percentage } }
    revenueByPeriod(period: MONTH, limit: 12) { period dealCount revenue { ...Amounts } }
    pipelineFunnel { pipeline { name } stages { stage { name } dealCount totalValue { ...Amounts } } }
    topPerformers(metric: REVENUE, limit: 5, from: $from, to: $to) {
      employee { fullName }
      deals { won winRate }
      revenue { won { ...Amounts } }
    }
  }
}

fragment Amounts on MoneyAggregate { amount currency otherCurrencies { amount currency } }`;

/** The figures of the last so many days, `all` for all time. */
export const figuresOf = (range) => ask(document, daysOf(range), request);

function daysOf(range) {
  if (range === 'all') return {};
  const day = (ago) => {
    const date = new Date();
    date.setDate(date.getDate() - ago);
    return date.toLocaleDateString('en-CA');
  };
  return { from: day(Number(range) - 1), to: day(0) };
}
