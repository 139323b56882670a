import { between, chance, codeOf, diceOf, idAt, oneOf, sometimes, weighted } from './dice.js';
import { staffIdsOf, staffSize } from './staff.js';
import { addRows, type BulkTenant, end, start } from './tenant.js';
import * as words from './words.js';

export const vendorCount = 200;

const createdAt = `${start} + (${end} - ${start}) * ((n - ${chance(1)}) / ${vendorCount})`;

const cityOf = (part: 'city' | 'state' | 'country'): string =>
  oneOf(
    words.cities.map((place) => place[part]),
    4,
  );

const insertVendors = `
  with named as materialized (
    select n, ${diceOf(`'vendor ' || $2 || ' ' || n`)} as dice
    from generate_series(1, ${vendorCount}) n
  ), rolled as materialized (
    select n, dice, date_trunc('milliseconds', ${createdAt}) as created_at,
      ${oneOf(words.companyFirsts, 6)} || ' ' || ${oneOf(words.companySeconds, 7)} as company
    from named
  )
  insert into vendors (
    id, created_at, updated_at, organization_id, code, name, company_name, vendor_type, contact_person, email, city,
    state, country, industry, tax_id, rating, assigned_to_id, payment_terms, credit_limit, description, status
  )
  select ${idAt('created_at')}, created_at, created_at, $1, ${codeOf('VEN', 'n')}, company,
    company || ' ' || ${oneOf(words.companyForms, 8)},
    ${weighted({ SUPPLIER: 50, SERVICE_PROVIDER: 28, CONTRACTOR: 14, CONSULTANT: 8 }, 2)},
    ${sometimes(70, `${oneOf(words.givenNames, 3)} || ' ' || ${oneOf(words.familyNames, 5)}`, 9)},
    'vendor.' || n || '@mail.example', ${cityOf('city')}, ${cityOf('state')}, ${cityOf('country')},
    ${oneOf(words.industries, 10)}, ${sometimes(50, `'TAX-' || lpad(n::text, 8, '0')`, 11)},
    ${sometimes(60, `1 + ${between(0, 8, 12)} * 0.5`, 13)},
    ${sometimes(80, `($3::uuid[])[${between(2, staffSize, 14)}]`, 15)}, ${oneOf(words.paymentTerms, 16)},
    ${sometimes(50, `1000 * ${between(1, 100, 17)}`, 18)}, ${sometimes(30, oneOf(words.remarks, 19), 20)},
    ${weighted({ ACTIVE: 72, PENDING: 12, INACTIVE: 12, BLACKLISTED: 4 }, 17)}
  from rolled
  order by n`;

export async function addVendors(tenant: BulkTenant): Promise<void> {
  const { client, number, organizationId } = tenant;
  await client.query(insertVendors, [organizationId, number, staffIdsOf(tenant)]);
  await addRows(client, 'code_counters', [{ organization_id: organizationId, kind: 'VEN', last: vendorCount }]);
}
