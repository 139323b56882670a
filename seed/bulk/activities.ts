import { customerCount } from './customers.js';
import { dealCount } from './deal-plan.js';
import { anyOf, between, chance, codeOf, diceOf, idAt, oneOf, sometimes, weighted } from './dice.js';
import { leadCount } from './leads.js';
import { staffIdsOf, staffSize } from './staff.js';
import { type BulkTenant, end } from './tenant.js';
import * as words from './words.js';

export const activityCount = 50_000;

// Cubing the random number favors the first customers: the busiest has about 2,000 activities, most have two or three.
const customerNumber = `1 + floor(${chance(1)} * ${chance(1)} * ${chance(1)} * ${customerCount})::int`;

// Most activities are only about a customer. Those about a deal or a lead are also about its customer, if it has one.
const subjectCode = `case ${weighted({ customer: 62, deal: 30, lead: 8 }, 20)}
  when 'customer' then ${codeOf('CUST', customerNumber)}
  when 'deal' then ${codeOf('DEAL', between(1, dealCount, 1))}
  else ${codeOf('LEAD', between(1, leadCount, 1))} end`;

const kinds = { EMAIL: 30, CALL: 26, NOTE: 18, MEETING: 12, TASK: 10, TELEGRAM: 4 };

const titleOf = Object.entries(words.titles)
  .map(([kind, titles]) => `when '${kind}' then ${oneOf(titles, 4)}`)
  .join(' ');

const only = (kind: keyof typeof kinds, expression: string): string =>
  `case when kind = '${kind}' then ${expression} end`;

const insertActivities = `
  with named as materialized (
    select n, ${diceOf(`'activity ' || $2 || ' ' || n`)} as dice from generate_series(1, ${activityCount}) n
  ), rolled as materialized (
    select n, dice, ${subjectCode} as subject_code, ${weighted(kinds, 2)} as kind,
      ${weighted({ COMPLETED: 80, SCHEDULED: 12, IN_PROGRESS: 3, CANCELLED: 5 }, 3)} as wanted_status
    from named
  ), linked as materialized (
    select rolled.*, d.id as deal_id, l.id as lead_id, greatest(d.created_at, l.created_at) as begun_at,
      coalesce(k.id, d.customer_id, l.converted_customer_id) as customer_id, l.name as lead_name, l.phone as lead_phone,
      coalesce(d.assigned_to_id, l.assigned_to_id) as their_employee
    from rolled
    left join customers k on k.organization_id = $1 and k.code = subject_code
    left join deals d on d.organization_id = $1 and d.code = subject_code
    left join leads l on l.organization_id = $1 and l.code = subject_code
  ), since as materialized (
    select linked.*, coalesce(c.name, lead_name) as customer_name, coalesce(c.phone, lead_phone) as phone,
      c.contact_person, c.city, greatest(c.created_at, begun_at) as known_at,
      coalesce(their_employee, c.assigned_to_id) as usual_employee,
      case when kind = 'NOTE' then 'COMPLETED' else wanted_status end as status
    from linked
    left join customers c on c.organization_id = $1 and c.id = customer_id
  ), about as materialized (
    select since.*, date_trunc('milliseconds', known_at + (${end} - known_at) * ${chance(5)}) as created_at,
      coalesce(${sometimes(75, 'usual_employee', 6)}, ($3::uuid[])[${between(1, staffSize, 7)}]) as wanted_employee
    from since
  ), placed as (
    select about.*, e.id as employee_id, e.user_id
    from about
    join employees e on e.organization_id = $1 and e.id = wanted_employee
  )
  insert into activities (
    id, created_at, updated_at, organization_id, activity_type, title, description, customer_id, lead_id,
    deal_id, customer_name, status, scheduled_at, completed_at, duration_minutes, assigned_to_id, created_by_id,
    is_pinned, tags, phone_number, call_duration, email_subject, email_body, meeting_location, meeting_url, attendees,
    task_priority, task_due_date
  )
  select ${idAt('created_at')}, created_at, created_at, $1, kind, case kind ${titleOf} end,
    ${sometimes(60, oneOf(words.remarks, 8), 9)}, customer_id, lead_id, deal_id, customer_name, status,
    ${plannedAt(10, 11)},
    case when status = 'COMPLETED' then created_at + interval '1 hour' * ${between(0, 72, 12)} end,
    case when kind in ('CALL', 'MEETING', 'TASK') then 15 * ${between(1, 12, 13)} end,
    ${sometimes(95, 'employee_id', 14)}, user_id, kind = 'NOTE' and ${chance(15)} < 0.05,
    ${anyOf(words.activityTags, 16)},
    ${only('CALL', 'phone')}, ${only('CALL', sometimes(80, between(20, 3600, 17), 18))},
    ${only('EMAIL', oneOf(words.titles.EMAIL, 4))}, ${only('EMAIL', oneOf(words.remarks, 19))},
    ${only('MEETING', sometimes(60, 'city', 17))},
    ${only('MEETING', sometimes(30, `'https://meet.example/' || n`, 18))},
    case when kind = 'MEETING' then array_remove(array[contact_person, ${oneOf(words.givenNames, 19)}], null)
      else '{}' end,
    ${only('TASK', weighted({ LOW: 25, MEDIUM: 50, HIGH: 25 }, 17))},
    ${only('TASK', `(created_at + interval '1 day' * ${between(1, 30, 18)})::date`)}
  from placed
  order by created_at`;

/** Open activities are planned from shortly before the end of the span to two years later, so some lie in the future. */
function plannedAt(place: number, minutePlace: number): string {
  return `case
    when status = 'SCHEDULED' then date_trunc('minute', ${end} + interval '1 day' * ${between(-60, 730, place)}
      + interval '1 minute' * ${between(480, 1080, minutePlace)})
    when kind <> 'NOTE' then created_at + interval '1 hour' * ${between(1, 48, place)} end`;
}

export async function addActivities(tenant: BulkTenant): Promise<void> {
  const { client, number, organizationId } = tenant;
  await client.query(insertActivities, [organizationId, number, staffIdsOf(tenant)]);
}
