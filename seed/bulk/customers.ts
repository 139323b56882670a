import { anyOf, between, chance, codeOf, diceOf, idAt, oneOf, sometimes, weighted } from './dice.js';
import { staffIdsOf, staffSize } from './staff.js';
import { addRows, type BulkTenant, end, start } from './tenant.js';
import * as words from './words.js';

export const customerCount = 10_000;

// Creation follows the numbers, so that the newest customer has the highest.
const createdAt = `${start} + (${end} - ${start}) * ((n - ${chance(1)}) / ${customerCount})`;

const cityOf = (part: 'city' | 'state' | 'country'): string =>
  oneOf(
    words.cities.map((place) => place[part]),
    4,
  );

const insertCustomers = `
  with named as materialized (
    select n, ${diceOf(`'customer ' || $2 || ' ' || n`)} as dice from generate_series(1, ${customerCount}) n
  ), rolled as materialized (
    select n, dice, date_trunc('milliseconds', ${createdAt}) as created_at,
      ${weighted({ BUSINESS: 60, INDIVIDUAL: 40 }, 2)} as customer_type,
      ${oneOf(words.givenNames, 3)} as given, ${oneOf(words.familyNames, 5)} as family,
      ${oneOf(words.companyFirsts, 6)} || ' ' || ${oneOf(words.companySeconds, 7)} as company
    from named
  ), kinds as (
    select *, customer_type = 'BUSINESS' as is_business, given || ' ' || family as person,
      company || ' ' || ${oneOf(words.companyForms, 8)} as full_company,
      regexp_replace(lower(company), '[^a-z]', '', 'g') || n || '.example' as domain
    from rolled
  )
  insert into customers (
    id, created_at, updated_at, organization_id, code, name, first_name, last_name, customer_type, company_name,
    contact_person, email, phone, website, industry, tax_id, rating, street, city, state, postal_code, country, status,
    assigned_to_id, credit_limit, payment_terms, source, tags, description
  )
  select ${idAt('created_at')}, created_at, created_at, $1, ${codeOf('CUST', 'n')},
    case when is_business then full_company else person end,
    case when not is_business then given end, case when not is_business then family end,
    customer_type, case when is_business then full_company end, case when is_business then person end,
    case when is_business then 'office@' || domain else 'customer.' || n || '@mail.example' end,
    '+1 555 ' || lpad((n / 100)::text, 3, '0') || ' ' || lpad((n % 10000)::text, 4, '0'),
    case when is_business then 'https://' || domain end,
    case when is_business then ${oneOf(words.industries, 9)} end,
    case when is_business then ${sometimes(50, `'TAX-' || lpad(n::text, 8, '0')`, 10)} end,
    ${sometimes(60, `1 + ${between(0, 8, 11)} * 0.5`, 12)},
    ${between(1, 400, 13)} || ' ' || ${oneOf(words.companyFirsts, 14)} || ' Street',
    ${cityOf('city')}, ${cityOf('state')}, lpad(${between(1000, 99_999, 15)}::text, 5, '0'), ${cityOf('country')},
    ${weighted({ ACTIVE: 62, PROSPECT: 20, INACTIVE: 14, VIP: 4 }, 16)},
    ${sometimes(90, `($3::uuid[])[${between(3, staffSize, 20)}]`, 19)},
    case when is_business then ${sometimes(70, `500 * ${between(2, 400, 11)}`, 13)} end,
    ${oneOf(words.paymentTerms, 14)}, ${sometimes(85, oneOf(words.sources, 17), 15)},
    ${anyOf(words.customerTags, 18)}, ${sometimes(40, oneOf(words.remarks, 12), 10)}
  from kinds
  order by n`;

export async function addCustomers(tenant: BulkTenant): Promise<void> {
  const { client, number, organizationId } = tenant;
  await client.query(insertCustomers, [organizationId, number, staffIdsOf(tenant)]);
  await addRows(client, 'code_counters', [{ organization_id: organizationId, kind: 'CUST', last: customerCount }]);
}
