import type pg from 'pg';
import { NIL } from 'uuid';
import { hashPassword } from '../src/platform/auth/passwords.js';
import type { DatabaseUrls } from '../src/platform/config.js';
import { Client } from '../src/platform/database/driver/client.js';
import { activityCount, addActivities } from './bulk/activities.js';
import { addCustomers, customerCount } from './bulk/customers.js';
import { dealCount } from './bulk/deal-plan.js';
import { addDeals } from './bulk/deals.js';
import { addLeads, leadCount } from './bulk/leads.js';
import { addOrganization, nameOf } from './bulk/organization.js';
import { addPipeline } from './bulk/pipeline.js';
import { addStaff, staffSize, usernameOf } from './bulk/staff.js';
import { actAs, organizationIdOf } from './bulk/tenant.js';
import { addVendors, vendorCount } from './bulk/vendors.js';

const organizations = 20;
const connections = 2;
export const password = 'demo-password';

type Report = (line: string) => void;

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Loads the bulk dataset, two organizations at a time. Existing organizations stay as they are. */
export async function seedBulk({ databaseUrl, migrationDatabaseUrl }: DatabaseUrls, report: Report): Promise<void> {
  const begun = Date.now();
  const passwordHash = await hashPassword(password);
  // All connections share an iterator: each takes the next number when it has finished its organization.
  const numbers = Array.from({ length: organizations }, (_, index) => index + 1).values();
  const work = async (client: pg.Client): Promise<void> => {
    for (const number of numbers) {
      const organizationBegun = Date.now();
      const added = await addOne(client, number, passwordHash);
      const sales = `${customerCount} customers, ${leadCount} leads, ${dealCount} deals, ${vendorCount} vendors`;
      const content = `${staffSize} employees, ${sales}, ${activityCount} activities`;
      report(`${nameOf(number)}: ${added ? `${content} in ${seconds(organizationBegun)}` : 'already exists'}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, () => connected(databaseUrl, work)));
  await connected(migrationDatabaseUrl, (owner) => tidy(owner, report));
  report(`The bulk dataset is complete after ${seconds(begun)}.`);
  const first = usernameOf(1, 1);
  report(`Sign in as ${first} to ${usernameOf(organizations, 1)}, the owners, with the password ${password}.`);
}

/** Loads an organization in one transaction. */
async function addOne(client: pg.Client, number: number, passwordHash: string): Promise<boolean> {
  const organizationId = organizationIdOf(number);
  await client.query('begin');
  try {
    await actAs(client, NIL, organizationId);
    const { rowCount } = await client.query('select from organizations where id = $1', [organizationId]);
    if (!rowCount) {
      const tenant = { client, number, organizationId };
      const roles = await addOrganization(tenant);
      await addStaff(tenant, roles, passwordHash);
      await addPipeline(tenant);
      await addCustomers(tenant);
      await addLeads(tenant);
      await addDeals(tenant);
      await addVendors(tenant);
      await addActivities(tenant);
    }
    await client.query('commit');
    return !rowCount;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Updates the planner's statistics and merges pending entries into the search indexes, which only the owner may do. */
async function tidy(owner: pg.Client, report: Report): Promise<void> {
  const begun = Date.now();
  const { rows } = await owner.query(
    `select quote_ident(relname) as name
     from pg_class
     where relnamespace = 'public'::regnamespace
       and relkind = 'r'
       and pg_get_userbyid(relowner) = current_user`,
  );
  try {
    for (const { name } of rows) await owner.query(`vacuum (analyze) ${name}`);
    report(`Vacuumed and analyzed ${rows.length} tables in ${seconds(begun)}`);
  } catch (error) {
    report(`Not analyzed: ${(error as Error).message}`);
  }
}

/**
 * A connection without the time limits of the serving pool. Long pending lists of the search indexes save a quarter of
 * the work; the vacuum at the end merges them. Nested loops are off, since tables without statistics look empty to the
 * planner, which would loop over them for minutes.
 */
async function connected<Value>(url: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new Client({
    connectionString: url,
    application_name: 'too-good-crm seed',
    options:
      '-c timezone=UTC -c work_mem=128MB -c gin_pending_list_limit=128MB -c enable_nestloop=off ' +
      '-c app.change_set={"source":"SEED"}',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
