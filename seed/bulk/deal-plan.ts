import { customerCount } from './customers.js';
import { between, chance, codeOf, diceOf, oneOf, sometimes, weighted } from './dice.js';
import { leadCount } from './leads.js';
import { staffSize } from './staff.js';
import { end } from './tenant.js';

export const dealCount = 20_000;

// The standard stages in their order: Lead, Qualified, Proposal, Negotiation, Won and the cross of a lost deal.
const letters = 'LQPNWX';

/** Paths through the stages with their frequency in percent; the last letter is the present stage. */
const paths = {
  ...{ L: 8, LQL: 1, LQ: 9, LQPQ: 1, LQP: 7, QP: 2, QPNP: 1, LQPN: 4, QPN: 2 },
  ...{ LQPW: 10, QPNW: 16, LQNW: 6, LPNW: 6, QPW: 3, PNPW: 2, NW: 2 },
  ...{ LX: 4, LQX: 5, LQPX: 5, QPNX: 4, LQLX: 2 },
};

// Closing takes up to four months, so customers created in the last four months only have open deals.
const longest = 120;
const lastClosable = `${end} - interval '${longest + 1} days'`;

// Cubing the random number favors the first customers, as it does for activities.
const customerNumber = `1 + floor(${chance(1)} * ${chance(1)} * ${chance(1)} * ${customerCount})::int`;

/** In the afternoon in UTC, which is the same day in all the organizations. */
const closedAt = `date_trunc('day', created_at, 'UTC') + interval '1 day' * ${between(3, longest, 6)}
  + interval '14 hours' + interval '1 second' * ${between(0, 18_000, 7)}`;

/**
 * The source of both the deals of an organization and their histories: the customer, the path through the stages, and
 * the times of the first and the last step. A few open deals belong to leads, which may have been converted since.
 */
export const dealPlan = `
  named as materialized (
    select n, ${diceOf(`'deal ' || $2 || ' ' || n`)} as dice from generate_series(1, ${dealCount}) n
  ), rolled as materialized (
    select n, dice, ${weighted(paths, 2)} as wanted_path, ${chance(3)} < 0.05 as of_lead,
      ${codeOf('CUST', customerNumber)} as customer_code,
      ${codeOf('LEAD', between(1, leadCount, 4))} as lead_code
    from named
  ), bought as materialized (
    select n, dice, c.id as customer_id, c.converted_from_lead_id as lead_id, c.created_at as known_at,
      c.assigned_to_id as wanted_employee,
      case when right(wanted_path, 1) in ('W', 'X') and c.created_at > ${lastClosable} then 'LQ'
        else wanted_path end as path
    from rolled
    join customers c on c.organization_id = $1 and c.code = customer_code
    where not (of_lead and right(wanted_path, 1) not in ('W', 'X'))
    union all
    select n, dice, l.converted_customer_id, l.id, l.created_at, l.assigned_to_id, wanted_path
    from rolled
    join leads l on l.organization_id = $1 and l.code = lead_code
    where of_lead and right(wanted_path, 1) not in ('W', 'X')
  ), begun as materialized (
    select *, right(path, 1) in ('W', 'X') as is_closed, date_trunc('milliseconds', case
      when right(path, 1) in ('W', 'X') then known_at + (${lastClosable} - known_at) * ${chance(5)}
      else greatest(known_at, ${end} - interval '280 days' * ${chance(5)}) end) as created_at
    from bought
  ), timed as materialized (
    select begun.*, date_trunc('milliseconds', case
      when is_closed then ${closedAt}
      when length(path) = 1 then created_at
      else created_at + (${end} - created_at) * (0.3 + 0.7 * ${chance(6)}) end) as moved_at
    from begun
  ), planned as materialized (
    select timed.*, e.id as employee_id, e.user_id, row_number() over (order by timed.created_at, n) as number
    from timed
    join employees e on e.organization_id = $1
      and e.id = coalesce(${sometimes(75, 'wanted_employee', 8)}, ($3::uuid[])[${between(3, staffSize, 9)}])
  ), stages as materialized (
    select id, pipeline_id, name, probability, substr('${letters}', "order", 1) as letter,
      case when is_closed_won then 'WON' when is_closed_lost then 'LOST' else 'OPEN' end as status
    from pipeline_stages where organization_id = $1
  )`;

const projects = ['Warehouse', 'Head office', 'Fleet', 'Workshop', 'Spring', 'Branch', 'Showroom', 'Production line'];
const purposes = ['rollout', 'extension', 'pilot', 'modernization', 'annual contract', 'service package', 'refit'];

export const dealTitle = `${oneOf(projects, 10)} || ' ' || ${oneOf(purposes, 11)}`;
