import { dealCount, dealPlan, dealTitle } from './deal-plan.js';
import { anyOf, between, chance, codeOf, diceOf, idAt, oneOf, sometimes, weighted } from './dice.js';
import { staffIdsOf } from './staff.js';
import { addRows, type BulkTenant, end } from './tenant.js';
import * as words from './words.js';

// From 500 to 100,000; small values are more frequent.
const value = `round((500 * power(200, ${chance(12)}))::numeric, -2)`;

const expectedOn = `case when is_closed then moved_at::date + ${between(-20, 20, 19)}
  else ${end}::date + ${between(-30, 180, 19)} end`;

// A single statement fills both tables from the same plan.
const insertDeals = `
  with ${dealPlan}, priced as materialized (
    select planned.*, ${idAt('planned.created_at')} as id, s.id as stage_id, s.pipeline_id, s.status,
      ${sometimes(94, value, 13)} as value,
      case when ${chance(14)} < 0.05 then case o.currency when 'EUR' then 'USD' else 'EUR' end
        else o.currency end as currency,
      case when s.status = 'OPEN' and ${chance(15)} < 0.1 then 5 * ${between(0, 19, 16)}
        else s.probability end as probability
    from planned
    join stages s on s.letter = right(path, 1)
    join organizations o on o.id = $1
  ), added as (
    insert into deals (
      id, created_at, updated_at, organization_id, code, title, description, customer_id, lead_id, pipeline_id,
      stage_id, assigned_to_id, value, currency, probability, expected_revenue, expected_close_date,
      actual_close_date, priority, status, lost_reason, source, tags
    )
    select id, created_at, moved_at, $1, ${codeOf('DEAL', 'number')}, ${dealTitle},
      ${sometimes(40, oneOf(words.remarks, 16), 17)}, customer_id, lead_id, pipeline_id, stage_id,
      ${sometimes(95, 'employee_id', 18)}, value, currency, probability, round(value * probability / 100, 2),
      ${sometimes(80, expectedOn, 20)},
      case when is_closed then moved_at::date end,
      ${weighted({ LOW: 18, MEDIUM: 55, HIGH: 20, URGENT: 7 }, 17)}, status,
      case when status = 'LOST' then ${sometimes(90, oneOf(words.lostReasons, 19), 16)} end,
      ${sometimes(70, oneOf(words.sources, 15), 14)}, ${anyOf(words.dealTags, 13)}
    from priced
    order by number
  ), steps as (
    select priced.id as deal_id, created_at, moved_at, path, user_id, k, length(path) as steps,
      ${diceOf(`'stage change ' || $2 || ' ' || n || ' ' || k`)} as dice
    from priced cross join lateral generate_series(1, length(path)) k
  ), dated as (
    select steps.*, date_trunc('milliseconds', case
      when k = 1 then created_at
      when k = steps then moved_at
      else created_at + (moved_at - created_at) * ((k - 1.2 + 0.4 * ${chance(1)}) / (steps - 1)) end) as changed_at
    from steps
  )
  insert into deal_stage_changes (
    id, organization_id, deal_id, from_stage_id, to_stage_id, from_stage_name, to_stage_name, from_status, to_status,
    changed_by_id, changed_at
  )
  select ${idAt('changed_at')}, $1, deal_id, f.id, t.id, f.name, t.name, f.status, t.status, user_id, changed_at
  from dated
  join stages t on t.letter = substr(path, k, 1)
  left join stages f on k > 1 and f.letter = substr(path, k - 1, 1)
  order by changed_at`;

/** Adds deals with their stage histories. */
export async function addDeals(tenant: BulkTenant): Promise<void> {
  const { client, number, organizationId } = tenant;
  await client.query(insertDeals, [organizationId, number, staffIdsOf(tenant)]);
  await addRows(client, 'code_counters', [{ organization_id: organizationId, kind: 'DEAL', last: dealCount }]);
}
