import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLClient } from 'graphql-request';
import { Customer } from '../src/crm/customers/customer.js';
import { entities } from '../src/crm/index.js';
import { type EntityManager, type Orm, openOrm, openPool } from '../src/platform/database/orm.js';
import { sql, urls } from './support/database.js';
import { anotherServer, statementsOf } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';
import { contentOf, tenantTables, twinOf } from './support/twin-organization.js';

let tenant: Tenant;
let member: Person & { membershipId: string };
/** Another organization, whose records have the ids of the tenant's. */
let twin: string;
/** Speaks for the tenant's owner to a server whose role row-level security does not bind. */
let unbound: GraphQLClient;
const ids: Record<string, string[]> = {};

/** Makes some records by one bulk mutation. */
async function make(kind: string, plural: string, input: (n: number) => object): Promise<void> {
  const { made } = await tenant.owner.request<{ made: { results: { id: string }[] } }>(
    `mutation ($rows: [Create${kind}Row!]!) { made: create${plural}(rows: $rows) { results { id } } }`,
    { rows: Array.from({ length: 12 }, (_, n) => ({ input: input(n) })) },
  );
  ids[plural] = made.results.map(({ id }) => id);
}

const idsOf = async (table: string, condition = 'true') =>
  (
    await sql<{ id: string }>(`select id from ${table} where organization_id = $1 and ${condition} order by id`, [
      tenant.id,
    ])
  ).map(({ id }) => id);

beforeAll(async () => {
  tenant = await newTenant('One of two');
  member = await tenant.member('Admin', 'Viewer');
  const named = (n: number) => ({ name: `Number ${n}`, email: `n${n}@twin.example` });
  await make('Customer', 'Customers', (n) => ({ ...named(n), externalId: `key-${n}` }));
  await make('Lead', 'Leads', named);
  await make('Vendor', 'Vendors', (n) => ({ ...named(n), companyName: 'Supplies' }));
  await make('Deal', 'Deals', (n) => ({ title: `Deal ${n}`, customerId: ids.Customers![11] }));
  await make('Activity', 'Activities', (n) => ({ activityType: 'TASK', title: `Task ${n}`, dealId: ids.Deals![n] }));
  await make('Employee', 'Employees', (n) => ({ firstName: 'Em', lastName: `No ${n}`, email: `e${n}@twin.example` }));
  ids.Stages = await idsOf('pipeline_stages', 'not is_closed_won and not is_closed_lost');
  ids.Pipelines = await idsOf('pipelines');
  ids.Roles = await idsOf('roles', `name = 'Viewer'`);
  ids.Permissions = await idsOf('permissions');
  ids.Profiles = await idsOf('user_profiles', `user_id = '${member.id}'`);
  ids.Memberships = [member.membershipId];
  ids.Users = [member.id];
  twin = await twinOf(tenant.id);
  // Writes the tenant's rows behind the twin's, so that a statement that names no organization meets the twin's first.
  const rewritten = (await tenantTables()).map(
    (table) => `update ${table} set organization_id = organization_id where organization_id = '${tenant.id}'`,
  );
  await sql(`begin; set local session_replication_role = replica; ${rewritten.join('; ')}; commit`);
  const server = await anotherServer({}, urls.superuserUrl);
  const headers = { authorization: `Bearer ${tenant.owner.token}`, 'x-organization-id': tenant.id };
  unbound = new GraphQLClient(`${server}/graphql`, { headers });
});

/** Mutations of the tenant's records, written with `$Customers3` for the id of its fourth customer. */
const mutations = {
  'a single change': 'updateCustomer(id: $Customers0, input: { name: "New" }) { id }',
  'a single change of a lead': 'qualifyLead(id: $Leads0) { id }',
  'a single change of a vendor': 'updateVendor(id: $Vendors0, input: { name: "New" }) { id }',
  'a single change of an activity': 'completeActivity(id: $Activities0) { id }',
  'a move': 'moveDealStage(id: $Deals0, stageId: $Stages1) { id }',
  'a conversion': 'convertLead(id: $Leads1, input: {}) { lead { id } }',
  'a single deletion': 'deleteCustomer(id: $Customers1) { id }',
  'a single deletion of a deal, its history included': 'deleteDeal(id: $Deals1) { id }',
  'many changes': `updateCustomers(rows: [{ id: $Customers2, input: { name: "New" } },
    { id: $Customers3, input: { name: "New", tags: ["a\\"b", "null"] } },
    { id: $Customers4, input: { city: "Rome", companyName: null } }]) { summary { updated } }`,
  'many changes by another key': `upsertCustomers(rows: [
    { by: { externalId: "key-2" }, input: { city: "Bonn", email: "n2@twin.example" } },
    { by: { externalId: "key-3" }, input: { city: "Bonn", email: "n3@twin.example" } }]) { summary { updated } }`,
  'changes by a filter': `updateCustomersWhere(filter: { email: { contains: "twin.example" } }, expectedCount: 11,
    input: { state: "Here" }) { summary { updated } }`,
  'many moves': `moveDealsToStage(rows: [{ id: $Deals2, stageId: $Stages1 }, { id: $Deals3, stageId: $Stages2 }]) {
    summary { updated } }`,
  'many deals won': 'markDealsWon(rows: [{ id: $Deals4 }, { id: $Deals5 }]) { summary { updated } }',
  'many activities done':
    'completeActivities(rows: [{ id: $Activities2 }, { id: $Activities3 }]) { summary { updated } }',
  'many assignments': `assignLeads(rows: [{ id: $Leads2, employeeId: $Employees0 },
    { id: $Leads3, employeeId: $Employees0 }]) { summary { updated } }`,
  'many deletions': 'deleteCustomers(rows: [{ id: $Customers5 }, { id: $Customers6 }]) { summary { deleted } }',
  'deletions by a filter': `deleteCustomersWhere(filter: { externalId: { in: ["key-7", "key-8"] } },
    expectedCount: 2) { summary { deleted } }`,
  'many deletions of leads': 'deleteLeads(rows: [{ id: $Leads4 }, { id: $Leads5 }]) { summary { deleted } }',
  'a termination that hands records over': 'terminateEmployee(id: $Employees0, reassignToId: $Employees1) { id }',
  'a deletion that others point to': 'deleteEmployee(id: $Employees1) { id }',
  'stages in another order': 'reorderPipelineStage(id: $Stages0, order: 3) { id }',
  'a deletion of a stage, whose deals move': 'deletePipelineStage(id: $Stages1, moveDealsToStageId: $Stages0) { id }',
  'a role that loses its permissions': 'setRolePermissions(roleId: $Roles0, permissionIds: [$Permissions0]) { id }',
  'a role that is taken away': 'removeRole(userId: $Users0, roleId: $Roles0) { id }',
  'a profile that is switched off': 'deactivateProfile(id: $Profiles0) { id }',
  'the end of a membership': 'deactivateMembership(id: $Memberships0) { id }',
};

describe('with equal ids in two organizations, and no row-level security', () => {
  let before: Record<string, unknown>;
  let change: RegExp;
  beforeAll(async () => {
    before = await contentOf(twin);
    change = new RegExp(`(update|delete from) "?(${(await tenantTables()).join('|')})"? .*where(?<condition>.*)`, 's');
  });

  test.each(Object.entries(mutations))('%s stays in its organization', async (_, field) => {
    const named = field.replace(/\$([A-Z][a-z]+)(\d+)/g, (_all, kind, n) => `"${ids[kind]![Number(n)]}"`);
    const own = await contentOf(tenant.id);
    const sent = await statementsOf(() => unbound.request(`mutation { ${named} }`));
    expect(await contentOf(tenant.id)).not.toEqual(own);
    expect(await contentOf(twin)).toEqual(before);
    const conditions = sent.flatMap((text) => change.exec(text)?.groups?.condition ?? []);
    for (const condition of conditions) expect(condition).toContain('organization_id');
  });
});

describe('the ORM', () => {
  let orm: Orm;
  beforeAll(async () => {
    orm = await openOrm(openPool(urls.superuserUrl, 2, console.error), entities);
  });
  afterAll(() => orm.close());

  test.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['changes', (em) => em.nativeUpdate(Customer, { name: 'Number 9' }, { city: 'Nowhere' })],
    ['deletes', (em) => em.nativeDelete(Customer, { name: 'Number 9' })],
  ])('%s no record whose organization is not named', async (_, change) => {
    const refused = orm.em.fork().transactional(change);
    await expect(refused).rejects.toThrow('A change of Customer must name the organization');
  });

  test('keeps texts as they are where many records change at once', async () => {
    const name = `Why? \\ "it's" :x $1 \u2028 {null}`;
    const tags = [name, 'null', 'a,b'];
    const own = { organizationId: tenant.id, id: { $in: ids.Customers!.slice(9, 11) } };
    await orm.em.fork().transactional(async (em) => {
      for (const [n, customer] of (await em.find(Customer, own, { orderBy: { id: 'asc' } })).entries())
        Object.assign(customer, n ? { name, website: null } : { name, tags });
      await em.flush();
    });
    const rows = await sql(
      'select name, tags, version from customers where organization_id = $1 and name = $2 order by id',
      [tenant.id, name],
    );
    expect(rows).toEqual([
      { name, tags, version: expect.any(Number) },
      { name, tags: [], version: expect.any(Number) },
    ]);
  });

  test('changes records of several organizations at once', async () => {
    const id = ids.Customers![9]!;
    await orm.em.fork().transactional(async (em) => {
      const both = await em.find(Customer, { id });
      for (const customer of both) customer.city = customer.organizationId;
      await em.flush();
    });
    const rows = await sql('select organization_id from customers where id = $1 and city = organization_id::text', [
      id,
    ]);
    expect(rows).toHaveLength(2);
    await orm.em.fork().transactional(async (em) => {
      for (const customer of await em.find(Customer, { id })) em.remove(customer);
      await em.flush();
    });
    expect(await sql('select from customers where id = $1', [id])).toHaveLength(0);
  });
});
