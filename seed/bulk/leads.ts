import { customerCount } from './customers.js';
import { anyOf, between, chance, codeOf, diceOf, idAt, oneOf, sometimes, weighted } from './dice.js';
import { staffIdsOf, staffSize } from './staff.js';
import { addRows, type BulkTenant, end, start } from './tenant.js';
import * as words from './words.js';

export const leadCount = 3000;

const createdAt = `${start} + (${end} - ${start}) * ((n - ${chance(1)}) / ${leadCount})`;

// Customers are spread just as evenly: this one, unique to the lead, was created about eleven days after it.
const customerNumber = `n * ${customerCount} / ${leadCount} + 100`;

const cityOf = (part: 'city' | 'state' | 'country'): string =>
  oneOf(
    words.cities.map((place) => place[part]),
    4,
  );

const insertLeads = `
  with named as materialized (
    select n, ${diceOf(`'lead ' || $2 || ' ' || n`)} as dice from generate_series(1, ${leadCount}) n
  ), rolled as materialized (
    select n, dice, date_trunc('milliseconds', ${createdAt}) as created_at,
      ${codeOf('CUST', customerNumber)} as customer_code,
      ${weighted({ NEW: 22, CONTACTED: 24, QUALIFIED: 18, UNQUALIFIED: 12, CONVERTED: 14, LOST: 10 }, 2)} as wanted,
      ${oneOf(words.givenNames, 3)} || ' ' || ${oneOf(words.familyNames, 5)} as person,
      ${oneOf(words.companyFirsts, 6)} || ' ' || ${oneOf(words.companySeconds, 7)} as company,
      ($3::uuid[])[${between(3, staffSize, 8)}] as employee_id
    from named
  ), turned as (
    select rolled.*, c.id as customer_id, c.created_at as converted_at, c.email as customer_email,
      coalesce(c.contact_person, c.name) as customer_person, c.company_name as customer_company,
      c.assigned_to_id as customer_employee, c.city as customer_city, c.state as customer_state,
      c.country as customer_country,
      case when wanted = 'CONVERTED' and c.id is null then 'QUALIFIED' else wanted end as qualification
    from rolled
    left join customers c on wanted = 'CONVERTED' and c.organization_id = $1 and c.code = customer_code
  )
  insert into leads (
    id, created_at, updated_at, organization_id, code, name, company_name, job_title, email, phone, city, state,
    country, status, source, qualification_status, lead_score, estimated_value, assigned_to_id, is_converted,
    converted_at, converted_by_id, converted_customer_id, tags, description, campaign
  )
  select ${idAt('created_at')}, created_at, coalesce(converted_at, created_at), $1, ${codeOf('LEAD', 'n')},
    coalesce(customer_person, person),
    case when customer_id is null then ${sometimes(80, 'company', 9)} else customer_company end,
    ${sometimes(60, oneOf(words.jobTitles, 10), 11)},
    coalesce(customer_email, 'lead.' || n || '@mail.example'), '+1 556 555 ' || lpad(n::text, 4, '0'),
    coalesce(customer_city, ${cityOf('city')}), coalesce(customer_state, ${cityOf('state')}),
    coalesce(customer_country, ${cityOf('country')}),
    case when qualification in ('UNQUALIFIED', 'LOST') then ${weighted({ INACTIVE: 60, ACTIVE: 40 }, 12)}
      else 'ACTIVE' end,
    ${weighted(words.leadSources, 13)}, qualification,
    case qualification when 'QUALIFIED' then ${between(60, 100, 14)} when 'CONVERTED' then ${between(70, 100, 14)}
      when 'UNQUALIFIED' then ${between(0, 25, 14)} else ${between(10, 70, 14)} end,
    ${sometimes(80, `500 * ${between(2, 160, 15)}`, 16)},
    coalesce(customer_employee, ${sometimes(85, 'employee_id', 17)}),
    customer_id is not null, converted_at,
    case when customer_id is not null then coalesce(customer_employee, employee_id) end, customer_id,
    ${anyOf(words.customerTags, 18)}, ${sometimes(40, oneOf(words.remarks, 19), 20)},
    ${sometimes(25, oneOf(words.campaigns, 10), 12)}
  from turned
  order by n`;

const tellCustomers = `
  update customers c set converted_from_lead_id = l.id, converted_at = l.converted_at
  from leads l
  where l.organization_id = $1 and c.organization_id = $1 and c.id = l.converted_customer_id`;

export async function addLeads(tenant: BulkTenant): Promise<void> {
  const { client, number, organizationId } = tenant;
  await client.query(insertLeads, [organizationId, number, staffIdsOf(tenant)]);
  await client.query(tellCustomers, [organizationId]);
  await addRows(client, 'code_counters', [{ organization_id: organizationId, kind: 'LEAD', last: leadCount }]);
}
