import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { freshEmail, newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
import { hold, waiting } from './support/locks.js';
import { olderDatabase } from './support/older-database.js';
import { newLead, newPipeline } from './support/sales.js';
import { partialAnswer, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

// A closed organization takes no writes at all.

interface World {
  tenant: Tenant;
  owner: Person;
  employee: string;
  customer: string;
  lead: string;
  pipeline: string;
  /** A person outside the organization. */
  stranger: string;
}

async function world(): Promise<World> {
  const tenant = await newTenant();
  const { owner } = tenant;
  return {
    tenant,
    owner,
    employee: await tenant.employee(),
    customer: (await newCustomer(owner)).id,
    lead: (await newLead(owner)).id,
    pipeline: (await newPipeline(owner)).id,
    stranger: (await newPerson()).id,
  };
}

/** A write, and a row that it needs, which somebody else may hold. */
type Write = [field: (world: World) => string, waitsFor: (world: World) => [table: string, id: string]];

const employees = ({ employee }: World): [string, string] => ['employees', employee];
const customers = ({ customer }: World): [string, string] => ['customers', customer];
const leads = ({ lead }: World): [string, string] => ['leads', lead];
const pipelines = ({ pipeline }: World): [string, string] => ['pipelines', pipeline];

const writes: Record<string, Write> = {
  createCustomer: [
    ({ employee }) =>
      `createCustomer(input: { email: "${freshEmail()}", name: "A", assignedToId: "${employee}" }) { id }`,
    employees,
  ],
  createCustomers: [
    ({ employee }) =>
      `createCustomers(rows: [{ input: { email: "${freshEmail()}", name: "A", assignedToId: "${employee}" } }]) {
        summary { created }
      }`,
    employees,
  ],
  updateCustomer: [({ customer }) => `updateCustomer(id: "${customer}", input: { name: "B" }) { id }`, customers],
  updateCustomersWhere: [
    ({ customer }) =>
      `updateCustomersWhere(filter: { id: { eq: "${customer}" } }, input: { name: "B" }, expectedCount: 1) {
        summary { updated }
      }`,
    customers,
  ],
  deleteCustomer: [({ customer }) => `deleteCustomer(id: "${customer}") { id }`, customers],
  addCustomerNote: [
    ({ customer }) => `addCustomerNote(customerId: "${customer}", input: { text: "x" }) { id }`,
    customers,
  ],
  convertLead: [({ lead }) => `convertLead(id: "${lead}") { lead { id } }`, leads],
  createDeal: [({ customer }) => `createDeal(input: { title: "Deal", customerId: "${customer}" }) { id }`, customers],
  updatePipeline: [({ pipeline }) => `updatePipeline(id: "${pipeline}", input: { name: "B" }) { id }`, pipelines],
  setDefaultPipeline: [({ pipeline }) => `setDefaultPipeline(id: "${pipeline}") { id }`, pipelines],
};

const organizations = ({ tenant }: World): [string, string] => ['organizations', tenant.id];

/** Those that take turns with closing. */
const turns: Record<string, Write> = {
  addOrganizationMember: [
    ({ stranger }) => `addOrganizationMember(input: { userId: "${stranger}" }) { id }`,
    organizations,
  ],
  updateOrganization: [
    ({ tenant }) => `updateOrganization(id: "${tenant.id}", input: { name: "B" }) { id }`,
    organizations,
  ],
  createRole: [() => `createRole(input: { name: "${v7()}" }) { id }`, organizations],
  createEmployee: [
    () => `createEmployee(input: { firstName: "A", lastName: "B", email: "${freshEmail()}" }) { id }`,
    organizations,
  ],
  updateEmployee: [
    ({ employee }) => `updateEmployee(id: "${employee}", input: { firstName: "B" }) { id }`,
    organizations,
  ],
};

const close = ({ tenant, owner }: World) =>
  owner.as(tenant.id).request(`mutation { deleteOrganization(id: "${tenant.id}") { id } }`);

/** All rows of an organization. */
async function rowsOf({ tenant }: World): Promise<unknown[]> {
  const tables = await sql<{ name: string }>(
    `select relname as name from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'code_counters' order by 1`,
  );
  const rows = tables.map(({ name }) =>
    sql(`select to_jsonb(t) as row from ${name} t where organization_id = $1 order by to_jsonb(t)::text`, [tenant.id]),
  );
  return Promise.all([...rows, sql('select to_jsonb(t) as row from organizations t where id = $1', [tenant.id])]);
}

describe('a closed organization', () => {
  test.each(Object.entries({ ...writes, ...turns }))('takes no %s in the same document', async (name, [field]) => {
    const one = await world();
    const document = `mutation { deleteOrganization(id: "${one.tenant.id}") { id } write: ${field(one)} }`;
    const { data, errors } = await partialAnswer(one.owner.as(one.tenant.id).request(document));
    expect(data).toEqual({ deleteOrganization: { id: one.tenant.id }, write: null });
    expect(errors).toMatchObject([{ path: ['write'], extensions: { code: 'FORBIDDEN' } }]);
    expect(name).toBeDefined();
  });

  test.each(Object.entries(writes))('takes no %s that was on its way', async (_name, [field, waitsFor]) => {
    const one = await world();
    const [table, id] = waitsFor(one);
    const held = await hold(`select from ${table} where id = $1`, [id]);
    const late = refusal(one.owner.as(one.tenant.id).request(`mutation { ${field(one)} }`));
    await waiting(1);
    await close(one);
    const rows = await rowsOf(one);
    await held.letGo();
    expect(await late).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
    expect(await rowsOf(one)).toEqual(rows);
  });

  test.each(Object.entries(turns))('takes no %s that waited for its turn', async (_name, [field, waitsFor]) => {
    const one = await world();
    const [table, id] = waitsFor(one);
    const held = await hold(`select from ${table} where id = $1`, [id]);
    const closing = close(one);
    await waiting(1);
    const late = refusal(one.owner.as(one.tenant.id).request(`mutation { ${field(one)} }`));
    await waiting(2);
    await held.letGo();
    await closing;
    expect(await late).toMatchObject({ code: 'FORBIDDEN' });
    expect(await sql('select from memberships where organization_id = $1 and is_active', [one.tenant.id])).toEqual([]);
  });

  test('waits for what has been written and is not committed yet', async () => {
    const one = await world();
    const second = (await newCustomer(one.owner)).id;
    const held = await hold('select from customers where id = $1', [second]);
    const writing = one.owner.as(one.tenant.id).request(
      `mutation { a: updateCustomer(id: "${one.customer}", input: { name: "B" }) { id }
        b: updateCustomer(id: "${second}", input: { name: "B" }) { id } }`,
    );
    await waiting(1);
    const closing = close(one);
    await waiting(2);
    await held.letGo();
    await expect(writing).resolves.toBeDefined();
    await closing;
    expect(await refusal(one.owner.as(one.tenant.id).request('{ customers { totalCount } }'))).toMatchObject({
      reason: 'NOT_A_MEMBER',
    });
  });

  test('lets its members change their profiles and accounts', async () => {
    const one = await world();
    const other = await newTenant();
    await other.owner
      .as(other.id)
      .request(`mutation { addOrganizationMember(input: { userId: "${one.owner.id}" }) { id } }`);
    const [profile] = await sql<{ id: string }>(
      'select id from user_profiles where user_id = $1 and organization_id = $2',
      [one.owner.id, other.id],
    );
    const document = `mutation { deleteOrganization(id: "${one.tenant.id}") { id }
      switchProfile(id: "${profile!.id}") { isPrimary }
      updateProfile(input: { title: "Lady" }) { title }
      createOrganization(input: { name: "Next" }) { name } }`;
    expect(await one.owner.as(one.tenant.id).request(document)).toMatchObject({
      switchProfile: { isPrimary: true },
      updateProfile: { title: 'Lady' },
      createOrganization: { name: 'Next' },
    });
  });
});

test('members who were added while it was closed are let go by the migration', async () => {
  const older = await olderDatabase('0013-backups');
  try {
    const settled = { currency: 'USD', timezone: 'UTC', settings: {} };
    const organizations = await older.insert('organizations', [
      { name: 'Open', slug: 'open', is_active: true, ...settled },
      { name: 'Closed', slug: 'closed', is_active: false, ...settled },
    ]);
    const [user] = await older.insert('users', [
      {
        username: 'ann',
        email: 'ann@x.example',
        password_hash: 'x',
        timezone: 'UTC',
        language: 'en',
        is_active: true,
        is_superuser: false,
      },
    ]);
    for (const [n, id] of organizations.entries()) {
      const membership = { user_id: user, is_active: true, is_owner: true, joined_at: new Date().toISOString() };
      await older.insert('memberships', [membership], id);
      const profile = { user_id: user, profile_type: 'VENDOR', status: 'ACTIVE', is_primary: n === 1 };
      await older.insert('user_profiles', [profile], id);
    }
    await older.upgrade();
    const [of, at] = ['join organizations o on o.id = organization_id', 'order by o.name'];
    expect(
      await older.sql(`select o.name, m.is_active, left_at is null as stays from memberships m ${of} ${at}`),
    ).toEqual([
      { name: 'Closed', is_active: false, stays: false },
      { name: 'Open', is_active: true, stays: true },
    ]);
    expect(await older.sql(`select o.name, status, is_primary from user_profiles ${of} ${at}`)).toEqual([
      { name: 'Closed', status: 'INACTIVE', is_primary: false },
      { name: 'Open', status: 'ACTIVE', is_primary: true },
    ]);
  } finally {
    await older.drop();
  }
});

test('every table of tenants but profiles and counters refuses writes when the organization is closed', async () => {
  const open = await sql<{ relname: string }>(
    `select relname from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and a.attnotnull
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not exists (
       select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
       where t.tgrelid = c.oid and p.proname = 'refuse_closed_organization' and t.tgtype = 28)
     order by 1`,
  );
  // Profiles are changed by their users in any organization; counters are drawn beside the transaction. The log only
  // tells of writes to other tables.
  expect(open.map(({ relname }) => relname)).toEqual(['change_sets', 'changes', 'code_counters', 'user_profiles']);
});
