import { mine, type Screen } from './screen.js';

const rate = (part: string, whole: string) => `coalesce(round(100.0 * ${part} / nullif(${whole}, 0), 2), 0)::float8`;

/** The headline figures of all time, here as three aggregates in one statement. */
export const dashboardScreen: Screen = {
  operation: 'DashboardFigures',
  document: `query DashboardFigures { analytics { dashboard {
    customers { total active growth }
    leads { total qualified converted conversionRate }
    deals { total active won lost winRate }
    revenue { total { amount } pipelineValue { amount } expected { amount } } } } }`,
  bare: {
    text: `select *, ${rate('lead_converted', 'lead_total')} as conversion_rate,
        ${rate('won', '(won + lost)')} as win_rate
      from (select count(*)::integer as customer_total,
          count(*) filter (where status = 'ACTIVE')::integer as customer_active,
          count(*) filter (where created_at >= day - 29 and created_at < day + 1) as this_time,
          count(*) filter (where created_at >= day - 59 and created_at < day - 29) as last_time
        from customers, (select current_date) as today(day) where organization_id = ${mine}) c,
      (select count(*)::integer as lead_total,
          count(*) filter (where qualification_status = 'QUALIFIED' or is_converted)::integer as lead_qualified,
          count(*) filter (where is_converted)::integer as lead_converted
        from leads where organization_id = ${mine}) l,
      (select count(*)::integer as deal_total, count(*) filter (where status = 'OPEN')::integer as active,
          count(*) filter (where status = 'WON')::integer as won,
          count(*) filter (where status = 'LOST')::integer as lost,
          coalesce(sum(value) filter (where status = 'WON' and d.currency = o.currency), 0)::numeric(20, 2) as revenue,
          coalesce(sum(value) filter (where status = 'OPEN' and d.currency = o.currency), 0)::numeric(20, 2)
            as pipeline,
          coalesce(sum(expected_revenue) filter (where status = 'OPEN' and d.currency = o.currency), 0)::numeric(20, 2)
            as expected
        from deals d join organizations o on o.id = d.organization_id
        where organization_id = ${mine}) d`,
    shape: ([r]) => ({
      analytics: {
        dashboard: {
          customers: { total: r.customer_total, active: r.customer_active, growth: growth(r.this_time, r.last_time) },
          leads: {
            total: r.lead_total,
            qualified: r.lead_qualified,
            converted: r.lead_converted,
            conversionRate: r.conversion_rate,
          },
          deals: { total: r.deal_total, active: r.active, won: r.won, lost: r.lost, winRate: r.win_rate },
          revenue: {
            total: { amount: r.revenue },
            pipelineValue: { amount: r.pipeline },
            expected: { amount: r.expected },
          },
        },
      },
    }),
  },
};

const growth = (now: string, before: string) =>
  Number(before) ? ((Number(now) - Number(before)) / Number(before)) * 100 : Number(now) ? 100 : 0;
