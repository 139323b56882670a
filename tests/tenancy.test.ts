import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { sql, urls } from './support/database.js';
import { origin } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

// ---- The catalogue -------------------------------------------------------------------------------------------------

/** Tables without organization_id, or with a policy that shows more than the active organization. */
const wider: Record<string, string> = {
  users: 'people belong to no organization; known to themselves and to organizations of which they are members',
  sessions: 'belong to a user, who alone sees them',
  idempotency_keys: 'hold answers to one user, who may be in no organization; that user alone sees them',
  sign_in_attempts: 'are counted before anybody is signed in; only crm_definer reaches them',
  organizations: 'are the tenants themselves; seen by their active members',
  memberships: 'are how a user finds the own organizations: readable by their user, too',
  user_profiles: 'are switched between organizations: readable and changeable by their user, too',
  migrations: 'belong to the owner alone',
};

/** Unique keys that hold across organizations. */
const globallyUnique: Record<string, string> = {
  users_username_key: 'one signs in without an organization',
  users_email_key: 'one signs in without an organization',
  organizations_slug_key: 'names organizations to the world',
  sessions_token_key: 'a token finds its session',
  user_profiles_primary_key: 'a user has one primary profile over all organizations',
};

/** Policies other than that of the active organization and of crm_definer. */
const furtherPolicies = [
  'idempotency_keys own ALL',
  'memberships own SELECT',
  'organizations active ALL',
  'organizations members SELECT',
  'sessions own ALL',
  'user_profiles own SELECT',
  'user_profiles own_change UPDATE',
  'users known ALL',
];

/** A column of the primary key, where it is not the id. */
const keyOf: Record<string, string> = { code_counters: 'kind', idempotency_keys: 'scope' };

const ours = ['crm_app', 'crm_owner', 'crm_definer'];

const tables = () =>
  sql<{ name: string; enabled: boolean; forced: boolean; owner: string; tenant: boolean }>(
    `select relname as name, relrowsecurity as enabled, relforcerowsecurity as forced,
       pg_get_userbyid(relowner) as owner,
       exists (select from pg_attribute where attrelid = c.oid and attname = 'organization_id' and attnotnull) as tenant
     from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
  );

describe('the catalogue', () => {
  test('every table belongs to tenants, or is named here with its reason', async () => {
    const all = await tables();
    const global = all.filter(({ tenant }) => !tenant).map(({ name }) => name);
    expect(global).toEqual([
      'idempotency_keys',
      'migrations',
      'organizations',
      'sessions',
      'sign_in_attempts',
      'users',
    ]);
    for (const name of global) expect(wider[name]).toBeTruthy();
    expect(all.filter(({ tenant }) => tenant).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['activities', 'code_counters', 'customers', 'employees', 'memberships', 'roles']),
    );
  });

  test('row-level security is on, and forced on the owner, everywhere', async () => {
    const open = (await tables()).filter(({ name, enabled, forced }) => name !== 'migrations' && !(enabled && forced));
    expect(open).toEqual([]);
  });

  test('every tenant table shows and takes rows of the active organization only', async () => {
    const policies = await sql<{ tablename: string; using: string; check: string; roles: string; cmd: string }>(
      `select tablename, qual as using, with_check as check, roles::text, cmd from pg_policies
       where schemaname = 'public' and policyname = 'tenant'`,
    );
    const own = `(organization_id = ( SELECT (current_setting('app.organization_id'::text))::uuid AS current_setting))`;
    const tenant = (await tables()).filter((table) => table.tenant).map(({ name }) => name);
    expect(policies.map(({ tablename }) => tablename).sort()).toEqual(tenant);
    for (const { using, check, roles, cmd } of policies)
      expect({ using, check, roles, cmd }).toEqual({ using: own, check: own, roles: '{public}', cmd: 'ALL' });
  });

  test('nothing else is let through but what is named here and what crm_definer narrows itself', async () => {
    const policies = await sql<{ tablename: string; policyname: string; cmd: string; roles: string; check: string }>(
      `select tablename, policyname, cmd, roles::text, with_check as check from pg_policies
       where schemaname = 'public' and policyname <> 'tenant'`,
    );
    const definer = policies.filter(({ policyname }) => policyname === 'definer');
    expect(definer.map(({ roles }) => roles)).toEqual(definer.map(() => '{crm_definer}'));
    const others = policies.filter(({ policyname }) => policyname !== 'definer');
    expect(others.map(({ tablename, policyname, cmd }) => `${tablename} ${policyname} ${cmd}`).sort()).toEqual(
      furtherPolicies,
    );
    for (const { tablename, cmd, check } of others) {
      expect(wider[tablename]).toBeTruthy();
      if (cmd !== 'SELECT') expect(check).toBeTruthy();
    }
  });

  test('every foreign key between tenants’ tables starts with the organization on both sides', async () => {
    const loose = await sql(
      `select k.conname from pg_constraint k
       join pg_attribute t on t.attrelid = k.confrelid and t.attname = 'organization_id'
       where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not (
         k.confkey[1] = t.attnum
         and k.conkey[1] = (select attnum from pg_attribute where attrelid = k.conrelid and attname = 'organization_id')
       )`,
    );
    expect(loose).toEqual([]);
    const [{ count }] = (await sql<{ count: number }>(
      `select count(*)::int from pg_constraint where contype = 'f' and cardinality(conkey) = 2`,
    )) as [{ count: number }];
    expect(count).toBeGreaterThanOrEqual(8);
  });

  test('foreign keys without the organization point to users, who belong to none', async () => {
    const targets = await sql(
      `select distinct confrelid::regclass::text as target from pg_constraint k where contype = 'f' and not exists (
         select from pg_attribute a
         where a.attrelid = k.conrelid and a.attnum = k.conkey[1] and a.attname = 'organization_id')`,
    );
    expect(targets).toEqual([{ target: 'users' }]);
  });

  test('a record of a tenant has one key, the primary key of organization and id', async () => {
    const keys = await sql<{ table: string; keys: string[] }>(
      `select c.relname as "table", json_agg(pg_get_indexdef(i.indexrelid)) as keys
       from pg_index i
       join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
       join pg_attribute o on o.attrelid = c.oid and o.attname = 'organization_id' and o.attnotnull
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'id'
       where i.indisunique and a.attnum = any(i.indkey) and i.indkey::int2[] <@ array[o.attnum, a.attnum]::int2[]
       group by c.relname`,
    );
    expect(keys.length).toBeGreaterThan(10);
    for (const { table, keys: own } of keys)
      expect(own).toEqual([`CREATE UNIQUE INDEX ${table}_pkey ON public.${table} USING btree (organization_id, id)`]);
  });

  test('no foreign key clears the organization when what it points to goes', async () => {
    const clearing = await sql(
      `select conname from pg_constraint k where contype = 'f' and confdeltype = 'n' and exists (
         select from pg_attribute a where a.attrelid = k.conrelid and a.attname = 'organization_id'
           and a.attnum = any(coalesce(k.confdelsetcols, k.conkey)))`,
    );
    expect(clearing).toEqual([]);
  });

  test('every row of a tenant points to its organization', async () => {
    const unbound = await sql(
      `select c.relname from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not exists (
         select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.conkey[1] = a.attnum
           and k.confrelid = 'organizations'::regclass)`,
    );
    expect(unbound).toEqual([]);
  });

  test('every tenant table has an index that starts with the organization', async () => {
    const slow = await sql(
      `select c.relname from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not exists (
         select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
         where i.indrelid = c.oid and i.indkey[0] = a.attnum and i.indpred is null and m.amname = 'btree')`,
    );
    expect(slow).toEqual([]);
  });

  test('every unique key starts with the organization, or is named here with its reason', async () => {
    const keys = await sql<{ name: string }>(
      `select x.relname as name from pg_index i
       join pg_class x on x.oid = i.indexrelid
       join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
       where i.indisunique and not i.indisprimary and c.relname <> 'migrations' and i.indkey[0] is distinct from a.attnum
       order by 1`,
    );
    expect(keys.map(({ name }) => name).sort()).toEqual(Object.keys(globallyUnique).sort());
  });

  test('no role of ours stands above row-level security', async () => {
    const roles = await sql<{ rolname: string }>(
      `select rolname, rolsuper, rolbypassrls, rolcanlogin, rolreplication, rolcreatedb from pg_roles
       where rolname like 'crm%' order by 1`,
    );
    const bound = { rolsuper: false, rolbypassrls: false, rolreplication: false, rolcreatedb: false };
    expect(roles).toEqual([
      { rolname: 'crm_app', ...bound, rolcanlogin: true },
      { rolname: 'crm_definer', ...bound, rolcanlogin: false },
      { rolname: 'crm_owner', ...bound, rolcanlogin: true },
    ]);
  });

  test('nobody acts as crm_definer but its functions', async () => {
    const members = await sql(
      `select member from unnest($1::text[]) as member
       where member <> 'crm_definer'
         and (pg_has_role(member, 'crm_definer', 'usage') or pg_has_role(member, 'crm_definer', 'set'))`,
      [ours],
    );
    expect(members).toEqual([]);
    const owned = await sql(
      `select relname from pg_class where pg_get_userbyid(relowner) in ('crm_definer', 'crm_app')`,
    );
    expect(owned).toEqual([]);
  });

  test('functions that look further have a fixed search path, belong to crm_definer, and are for crm_app only', async () => {
    const functions = await sql<{ name: string; owner: string; path: string[]; everybody: boolean; app: boolean }>(
      `select proname as name, pg_get_userbyid(proowner) as owner, proconfig as path,
         has_function_privilege('crm_app', oid, 'execute') as app,
         exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0) as everybody
       from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1`,
    );
    expect(functions.length).toBeGreaterThan(10);
    for (const { name, ...rest } of functions)
      expect({ name, ...rest }).toEqual({
        name,
        owner: 'crm_definer',
        path: ['search_path=pg_catalog, public, pg_temp'],
        everybody: false,
        app: true,
      });
  });

  test('crm_app may neither empty tables, which no policy hinders, nor make or own anything', async () => {
    const rights = await sql<{ privilege: string }>(
      `select distinct privilege_type as privilege from information_schema.role_table_grants
       where grantee in ('crm_app', 'PUBLIC') and table_schema = 'public' order by 1`,
    );
    expect(rights.map(({ privilege }) => privilege)).toEqual(['DELETE', 'INSERT', 'SELECT', 'UPDATE']);
    const [may] = await sql(
      `select has_schema_privilege('crm_app', 'public', 'create') as create,
         has_schema_privilege('crm_definer', 'public', 'create') as definer_create,
         has_table_privilege('crm_app', 'migrations', 'select') as migrations,
         has_table_privilege('crm_app', 'sign_in_attempts', 'select') as attempts`,
    );
    expect(may).toEqual({ create: false, definer_create: false, migrations: false, attempts: false });
  });

  test('no view shows tables past their policies', async () => {
    const views = await sql(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
         and coalesce(reloptions::text, '') not like '%security_invoker=true%'
         and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')`,
    );
    expect(views).toEqual([]);
  });
});

// ---- Two organizations ---------------------------------------------------------------------------------------------

interface Foreign {
  organization: string;
  owner: string;
  member: string;
  membership: string;
  profile: string;
  role: string;
  employee: string;
  customer: string;
  activity: string;
  permission: string;
  vendor: string;
  lead: string;
  pipeline: string;
  stage: string;
  deal: string;
}

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; locations?: unknown; extensions: Record<string, unknown> }[];
}

/** A text that stands in every row of organization B and nowhere else. */
const secret = `zanzibar${v7().slice(-8)}`;

let a: Tenant;
let b: Tenant;
let theirs: Foreign;
let own: Record<'customer' | 'employee' | 'membership' | (typeof ownKinds)[number], string>;
const ownKinds = ['role', 'permission', 'vendor', 'lead', 'pipeline', 'stage', 'deal', 'activity'] as const;
const people: Record<string, Person> = {};

async function ask(person: Person, query: string, variables: object = {}, organizationId?: string): Promise<Answer> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${person.token}`,
      ...(organizationId && { 'x-organization-id': organizationId }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

const idOf = async (text: string, values: unknown[]) => (await sql<{ id: string }>(text, values))[0]!.id;

async function newCustomer(tenant: Tenant, fields: object): Promise<string> {
  const { data } = await ask(
    tenant.owner,
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
    { input: { email: `${v7()}@customers.example`, ...fields } },
  );
  return (data!.createCustomer as { id: string }).id;
}

/** Id of what a mutation made. */
async function made(tenant: Tenant, field: string): Promise<string> {
  const { data } = await ask(tenant.owner, `mutation { made: ${field} }`);
  return (data!.made as { id: string }).id;
}

beforeAll(async () => {
  a = await newTenant('Alpha');
  b = await newTenant(`${secret} Ltd`);
  people.owner = a.owner;
  people.Admin = await a.member('Admin');
  people.Viewer = await a.member('Viewer');
  people['no role'] = await a.member();
  const member = await b.member('Admin');
  await sql('update users set first_name = $2, last_name = $2 where id = any($1)', [[b.owner.id, member.id], secret]);
  const employee = await b.employee({ userId: member.id, firstName: secret, roleName: 'Viewer' });
  const customer = await newCustomer(b, { name: secret, assignedToId: employee, userId: member.id, city: secret });
  const { data } = await ask(
    b.owner,
    'mutation ($id: ID!, $text: String!) { addCustomerNote(customerId: $id, input: { text: $text }) { id } }',
    { id: customer, text: secret },
  );
  theirs = {
    organization: b.id,
    owner: b.owner.id,
    member: member.id,
    membership: member.membershipId,
    profile: await idOf('select id from user_profiles where user_id = $1', [member.id]),
    role: await idOf(`select id from roles where organization_id = $1 and name = 'Admin'`, [b.id]),
    employee,
    customer,
    activity: (data!.addCustomerNote as { id: string }).id,
    permission: await idOf('select id from permissions where organization_id = $1 limit 1', [b.id]),
    vendor: await made(b, `createVendor(input: { name: "${secret}", email: "v@v.example" }) { id }`),
    lead: await made(b, `createLead(input: { name: "${secret}", email: "l@l.example" }) { id }`),
    pipeline: await idOf('select id from pipelines where organization_id = $1', [b.id]),
    stage: await idOf('select id from pipeline_stages where organization_id = $1 order by "order" limit 1', [b.id]),
    deal: await made(b, `createDeal(input: { title: "${secret}", customerId: "${customer}" }) { id }`),
  };
  own = {
    customer: await newCustomer(a, { name: 'Ours' }),
    employee: await a.employee(),
    role: await made(a, 'createRole(input: { name: "Ours" }) { id }'),
    permission: await idOf('select id from permissions where organization_id = $1 limit 1', [a.id]),
    vendor: await made(a, 'createVendor(input: { name: "Ours", email: "v@v.example" }) { id }'),
    lead: await made(a, 'createLead(input: { name: "Ours", email: "l@l.example" }) { id }'),
    pipeline: await idOf('select id from pipelines where organization_id = $1', [a.id]),
    stage: await idOf('select id from pipeline_stages where organization_id = $1 order by "order" limit 1', [a.id]),
    deal: '',
    activity: await made(a, 'createActivity(input: { activityType: NOTE, title: "Ours" }) { id }'),
    membership: (people.Viewer as Person & { membershipId: string }).membershipId,
  };
  own.deal = await made(a, `createDeal(input: { title: "Ours", customerId: "${own.customer}" }) { id }`);
}, 60_000);

/** Everything of B that a mutation could have touched. */
const everythingOfB = () =>
  sql(
    `select o.*, (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from customers where organization_id = o.id) x) as customers,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from activities where organization_id = o.id) x) as activities,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from employees where organization_id = o.id) x) as employees,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from memberships where organization_id = o.id) x) as memberships,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from user_profiles where organization_id = o.id) x) as profiles,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from user_roles where organization_id = o.id) x) as roles,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from roles where organization_id = o.id) x) as role_rows,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from permissions where organization_id = o.id) x) as permissions,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from role_permissions where organization_id = o.id) x) as role_permissions,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from vendors where organization_id = o.id) x) as vendors,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from leads where organization_id = o.id) x) as leads,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from pipelines where organization_id = o.id) x) as pipelines,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from pipeline_stages where organization_id = o.id) x) as pipeline_stages,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from deals where organization_id = o.id) x) as deals,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select * from deal_stage_changes where organization_id = o.id) x) as deal_stage_changes,
       (select jsonb_agg(to_jsonb(x) order by x.id) from (select u.* from users u where u.id = any($2)) x) as users
     from organizations o where o.id = $1`,
    [b.id, [theirs.owner, theirs.member]],
  );

/** An operation with a foreign id in one of its arguments, named by its kind. */
type Probe = [name: string, kind: keyof Foreign, document: string, variables?: (id: string) => object];

const update = (input: string) => `mutation ($id: ID!, $own: ID!) { updateCustomer(id: $own, input: ${input}) { id } }`;
const create = (input: string) =>
  `mutation ($id: ID!, $email: String!) { createCustomer(input: { email: $email, ${input} }) { id } }`;
const listed = (list: string, filter: string) =>
  `query ($id: ID!) { ${list}(filter: ${filter}, first: 100) { totalCount nodes { id } } }`;

const reads: Probe[] = [
  ['customer', 'customer', 'query ($id: ID!) { customer(id: $id) { id name user { email } assignedTo { email } } }'],
  ['employee', 'employee', 'query ($id: ID!) { employee(id: $id) { id email user { email } role { name } } }'],
  [
    'user',
    'member',
    'query ($id: ID!) { user(id: $id) { id email memberships { id } profiles { id } roles { id } employee { id } } }',
  ],
  ['user, an owner', 'owner', 'query ($id: ID!) { user(id: $id) { id email } }'],
  [
    'organization',
    'organization',
    'query ($id: ID!) { organization(id: $id) { id name settings memberCount members { totalCount } } }',
  ],
  ['organizations by id', 'organization', listed('organizations', '{ id: { eq: $id } }')],
  ['customers by id', 'customer', listed('customers', '{ id: { eq: $id } }')],
  ['customers by a list of ids', 'customer', listed('customers', '{ id: { in: [$id] } }')],
  ['customers by either', 'customer', listed('customers', '{ or: [{ id: { eq: $id } }, { name: { eq: "none" } }] }')],
  ['customers by not another id', 'customer', listed('customers', '{ not: { not: { id: { eq: $id } } } }')],
  ['customers by assignee id', 'employee', listed('customers', '{ assignedToId: { eq: $id } }')],
  ['customers by assignee', 'employee', listed('customers', '{ assignedTo: { id: { eq: $id } } }')],
  ['customers by activity', 'activity', listed('customers', '{ activities: { some: { id: { eq: $id } } } }')],
  [
    'customers by their activities’ author',
    'owner',
    listed('customers', '{ activities: { some: { createdById: { eq: $id } } } }'),
  ],
  ['employees by id', 'employee', listed('employees', '{ id: { eq: $id } }')],
  ['employees by user', 'member', listed('employees', '{ userId: { eq: $id } }')],
  ['employees by role', 'role', listed('employees', '{ roleId: { eq: $id } }')],
  ['employees by manager', 'employee', listed('employees', '{ managerId: { eq: $id } }')],
  ['users by id', 'member', listed('users', '{ id: { eq: $id } }')],
  ['members by id', 'membership', listed('organizationMembers', '{ id: { eq: $id } }')],
  ['members by user id', 'member', listed('organizationMembers', '{ userId: { eq: $id } }')],
  ['members by user', 'member', listed('organizationMembers', '{ user: { id: { eq: $id } } }')],
  ['profiles by id', 'profile', listed('userProfiles', '{ id: { eq: $id } }')],
  ['profiles by user', 'member', listed('userProfiles', '{ userId: { eq: $id } }')],
  [
    'activities of an own customer by customer',
    'customer',
    'query ($id: ID!, $own: ID!) { customer(id: $own) { activities(filter: { customerId: { eq: $id } }) { totalCount nodes { id } } } }',
  ],
  [
    'notes of an own customer by id',
    'activity',
    'query ($id: ID!, $own: ID!) { customer(id: $own) { notes(filter: { id: { eq: $id } }) { totalCount nodes { id } } } }',
  ],
];

for (const kind of [
  ...['organization', 'owner', 'member', 'membership', 'profile', 'role', 'employee', 'customer'],
  ...['activity', 'permission', 'vendor', 'lead', 'pipeline', 'stage', 'deal'],
] as (keyof Foreign)[])
  reads.push([`node: ${kind}`, kind, 'query ($id: ID!) { node(id: $id) { id __typename } }']);
reads.push([
  'node of a type',
  'customer',
  'query ($id: ID!) { node(id: $id) { ... on Customer { name assignedTo { email } notes { totalCount } } } }',
]);

for (const kind of ['role', 'permission', 'vendor', 'lead', 'pipeline', 'deal', 'activity'] as const)
  reads.push(
    [kind, kind, `query ($id: ID!) { ${kind}(id: $id) { id createdAt } }`],
    [`${kind} in a list`, kind, listed(kind === 'activity' ? 'activities' : `${kind}s`, '{ id: { eq: $id } }')],
  );
reads.push(
  ['pipelineStage', 'stage', 'query ($id: ID!) { pipelineStage(id: $id) { id name } }'],
  ['pipelineStages by pipeline', 'pipeline', listed('pipelineStages', '{ pipelineId: { eq: $id } }')],
  ...(['customer', 'lead', 'pipeline', 'stage'] as const).map(
    (kind): Probe => [`deals by ${kind}`, kind, listed('deals', `{ ${kind}Id: { eq: $id } }`)],
  ),
  ...(['customer', 'lead', 'deal'] as const).map(
    (kind): Probe => [`activities by ${kind}`, kind, listed('activities', `{ ${kind}Id: { eq: $id } }`)],
  ),
  ['vendors by assignee', 'employee', listed('vendors', '{ assignedToId: { eq: $id } }')],
  ['leads by assignee', 'employee', listed('leads', '{ assignedToId: { eq: $id } }')],
);

const writes: Probe[] = [
  [
    'updateCustomer',
    'customer',
    'mutation ($id: ID!) { updateCustomer(id: $id, input: { name: "Taken" }) { id name } }',
  ],
  [
    'updateCustomer of a version',
    'customer',
    'mutation ($id: ID!) { updateCustomer(id: $id, input: {}, expectedVersion: 99) { id } }',
  ],
  ['deleteCustomer', 'customer', 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }'],
  ['activateCustomer', 'customer', 'mutation ($id: ID!) { activateCustomer(id: $id) { id } }'],
  ['deactivateCustomer', 'customer', 'mutation ($id: ID!) { deactivateCustomer(id: $id) { id } }'],
  [
    'addCustomerNote',
    'customer',
    'mutation ($id: ID!) { addCustomerNote(customerId: $id, input: { text: "Hello" }) { id } }',
  ],
  ['createCustomer for an assignee', 'employee', create('assignedToId: $id')],
  ['createCustomer for a user', 'member', create('userId: $id')],
  ['updateCustomer for an assignee', 'employee', update('{ assignedToId: $id }')],
  ['updateCustomer for a user', 'member', update('{ userId: $id }')],
  [
    'updateOrganization',
    'organization',
    'mutation ($id: ID!) { updateOrganization(id: $id, input: { name: "Taken" }) { id } }',
  ],
  ['deleteOrganization', 'organization', 'mutation ($id: ID!) { deleteOrganization(id: $id) { id } }'],
  [
    'updateMembership',
    'membership',
    'mutation ($id: ID!) { updateMembership(id: $id, input: { isOwner: true }) { id } }',
  ],
  ['deactivateMembership', 'membership', 'mutation ($id: ID!) { deactivateMembership(id: $id) { id } }'],
  [
    'addOrganizationMember with a role',
    'role',
    'mutation ($id: ID!, $user: ID!) { addOrganizationMember(input: { userId: $user, roleIds: [$id] }) { id } }',
  ],
  ['updateUser', 'member', 'mutation ($id: ID!) { updateUser(id: $id, input: { firstName: "Taken" }) { id } }'],
];

/** A mutation with the foreign id, and ids of our own elsewhere. */
const written = (kind: keyof Foreign, field: string, fields = 'id'): Probe => [
  field,
  kind,
  `mutation ($id: ID!${['user', ...ownNames].map((name) => (field.includes(`$${name}`) ? `, $${name}: ID!` : '')).join('')}${
    field.includes('$email') ? ', $email: String!' : ''
  }) { ${field} { ${fields} } }`,
];
const ownNames = [...ownKinds, 'customer', 'employee'].map((kind) => `own_${kind}`);
const verbs: [kind: keyof Foreign, ...names: string[]][] = [
  [
    'role',
    'updateRole(id: $id, input: {})',
    'deleteRole(id: $id)',
    'deleteRole(id: $own_role, replacementRoleId: $id)',
  ],
  ['role', 'assignPermission(roleId: $id, permissionId: $own_permission)', 'assignRole(userId: $user, roleId: $id)'],
  ['role', 'removePermission(roleId: $id, permissionId: $own_permission)', 'removeRole(userId: $user, roleId: $id)'],
  [
    'role',
    'setRolePermissions(roleId: $id, permissionIds: [])',
    'setRolePermissions(roleId: $id, permissionIds: [$id])',
  ],
  ['role', 'updateEmployee(id: $own_employee, input: { roleId: $id })'],
  ['role', 'createEmployee(input: { firstName: "A", lastName: "B", email: $email, roleId: $id })'],
  ['permission', 'updatePermission(id: $id, input: { description: "Taken" })', 'deletePermission(id: $id)'],
  ['permission', 'assignPermission(roleId: $own_role, permissionId: $id)'],
  ['permission', 'removePermission(roleId: $own_role, permissionId: $id)'],
  ['permission', 'setRolePermissions(roleId: $own_role, permissionIds: [$own_permission, $id])'],
  ['permission', 'createRole(input: { name: "New", permissionIds: [$id] })'],
  ['member', 'assignRole(userId: $id, roleId: $own_role)', 'removeRole(userId: $id, roleId: $own_role)'],
  ['member', 'createUserProfile(input: { userId: $id, profileType: CUSTOMER })'],
  ['member', 'createVendor(input: { name: "N", email: $email, userId: $id })'],
  ['member', 'updateVendor(id: $own_vendor, input: { userId: $id })'],
  ['member', 'createEmployee(input: { firstName: "A", lastName: "B", email: $email, userId: $id })'],
  ['member', 'updateEmployee(id: $own_employee, input: { userId: $id })'],
  [
    'profile',
    'switchProfile(id: $id)',
    'activateProfile(id: $id)',
    'deactivateProfile(id: $id)',
    'suspendProfile(id: $id)',
  ],
  ['employee', 'updateEmployee(id: $id, input: { phone: "555 123 4567" })', 'deleteEmployee(id: $id)'],
  ['employee', 'terminateEmployee(id: $id)', 'terminateEmployee(id: $own_employee, reassignToId: $id)'],
  ['employee', 'updateEmployee(id: $own_employee, input: { managerId: $id })'],
  ['employee', 'createEmployee(input: { firstName: "A", lastName: "B", email: $email, managerId: $id })'],
  ['employee', 'createVendor(input: { name: "N", email: $email, assignedToId: $id })'],
  ['employee', 'updateVendor(id: $own_vendor, input: { assignedToId: $id })'],
  ['employee', 'createActivity(input: { activityType: CALL, title: "T", assignedToId: $id })'],
  ['employee', 'updateActivity(id: $own_activity, input: { assignedToId: $id })'],
  ['employee', 'createLead(input: { name: "N", email: $email, assignedToId: $id })'],
  ['employee', 'updateLead(id: $own_lead, input: { assignedToId: $id })', 'assignLead(id: $own_lead, employeeId: $id)'],
  ['employee', 'addLeadActivity(leadId: $own_lead, input: { title: "T", assignedToId: $id })'],
  ['employee', 'createDeal(input: { title: "New", customerId: $own_customer, assignedToId: $id })'],
  ['employee', 'updateDeal(id: $own_deal, input: { assignedToId: $id })'],
  ['vendor', 'updateVendor(id: $id, input: { name: "Taken" })', 'deleteVendor(id: $id)'],
  ['activity', 'updateActivity(id: $id, input: { title: "Taken" })', 'deleteActivity(id: $id)'],
  ['activity', 'completeActivity(id: $id)', 'cancelActivity(id: $id)'],
  ...(['customer', 'lead', 'deal'] as const).flatMap((kind): [keyof Foreign, ...string[]][] => [
    [kind, `createActivity(input: { activityType: CALL, title: "T", ${kind}Id: $id })`],
    [kind, `updateActivity(id: $own_activity, input: { ${kind}Id: $id })`],
  ]),
  ['lead', 'updateLead(id: $id, input: { name: "Taken" })', 'deleteLead(id: $id)', 'qualifyLead(id: $id)'],
  ['lead', 'disqualifyLead(id: $id)', 'updateLeadScore(id: $id, score: 1)', 'assignLead(id: $id)'],
  ['lead', 'addLeadActivity(leadId: $id, input: { title: "T" })', 'createDeal(input: { title: "New", leadId: $id })'],
  ['lead', 'updateDeal(id: $own_deal, input: { leadId: $id })'],
  [
    'customer',
    'createDeal(input: { title: "New", customerId: $id })',
    'updateDeal(id: $own_deal, input: { customerId: $id })',
  ],
  ['deal', 'updateDeal(id: $id, input: { title: "Taken" })', 'deleteDeal(id: $id)', 'markWon(id: $id)'],
  ['deal', 'markLost(id: $id, lostReason: "No")', 'reopenDeal(id: $id)', 'moveDealStage(id: $id, stageId: $own_stage)'],
  ['stage', 'moveDealStage(id: $own_deal, stageId: $id)', 'updateDeal(id: $own_deal, input: { stageId: $id })'],
  ['stage', 'createDeal(input: { title: "New", customerId: $own_customer, stageId: $id })'],
  ['stage', 'updatePipelineStage(id: $id, input: { name: "Taken" })', 'deletePipelineStage(id: $id)'],
  ['stage', 'reorderPipelineStage(id: $id, order: 2)', 'deletePipelineStage(id: $own_stage, moveDealsToStageId: $id)'],
  ['pipeline', 'updatePipeline(id: $id, input: { name: "Taken" })', 'deletePipeline(id: $id)'],
  ['pipeline', 'setDefaultPipeline(id: $id)', 'createPipelineStage(input: { pipelineId: $id, name: "New" })'],
  ['pipeline', 'createDeal(input: { title: "New", customerId: $own_customer, pipelineId: $id })'],
  ['pipeline', 'updateDeal(id: $own_deal, input: { pipelineId: $id })'],
];
for (const [kind, ...fields] of verbs) writes.push(...fields.map((field) => written(kind, field)));
const deep: [keyof Foreign, string][] = [
  ['lead', 'convertLead(id: $id)'],
  ['customer', 'convertLead(id: $own_lead, input: { existingCustomerId: $id })'],
  ['employee', 'convertLead(id: $own_lead, input: { assignedToId: $id })'],
  ['pipeline', 'convertLead(id: $own_lead, input: { createDeal: { pipelineId: $id } })'],
  ['stage', 'convertLead(id: $own_lead, input: { createDeal: { stageId: $id } })'],
];
for (const [kind, field] of deep) writes.push(written(kind, field, 'lead { id }'));

let stranger: Person;
beforeAll(async () => {
  stranger = await newPerson();
});

/** What is left of an answer when ids and the request’s own marks are taken away. */
function comparable(answer: Answer, id: string): string {
  const withoutMarks = {
    data: answer.data,
    errors: answer.errors?.map(({ locations: _, extensions: { requestId: __, ...extensions }, ...error }) => ({
      ...error,
      extensions,
    })),
  };
  return JSON.stringify(withoutMarks).replaceAll(id, 'ID');
}

/** A foreign id and one that nobody has are answered alike, with nothing of B. */
async function expectUnknown(person: Person, [, kind, document]: Probe): Promise<Answer> {
  const foreign = theirs[kind];
  const unknown = v7();
  const email = `${v7()}@customers.example`;
  const ours = Object.fromEntries(Object.entries(own).map(([name, value]) => [`own_${name}`, value]));
  // Who is added is a stranger; who gets a role, a member.
  const user = document.includes('addOrganizationMember') ? stranger.id : people.Viewer!.id;
  const variables = (id: string) => ({ id, own: own.customer, ...ours, email, user });
  const answer = await ask(person, document, variables(foreign));
  const reference = await ask(person, document, variables(unknown));
  expect(comparable(answer, foreign)).toBe(comparable(reference, unknown));
  expect(JSON.stringify(answer)).not.toContain(secret);
  return answer;
}

const roles = ['owner', 'Admin', 'Viewer', 'no role'];

/** Every probe as every role. */
function probesHold(): void {
  test.each(roles)('reads as %s', async (role) => {
    for (const probe of reads) {
      const { data, errors } = await expectUnknown(people[role]!, probe);
      for (const { extensions } of errors ?? []) expect(extensions.code).toBe('FORBIDDEN');
      for (const value of Object.values(data!)) {
        const connection =
          (value as { activities?: object; notes?: object } | null)?.activities ??
          (value as { notes?: object } | null)?.notes ??
          value;
        if (connection !== null && !errors) expect(connection).toEqual({ totalCount: 0, nodes: [] });
      }
    }
  });

  test.each(roles)('writes as %s', async (role) => {
    const before = await everythingOfB();
    for (const probe of writes) {
      const { data, errors } = await expectUnknown(people[role]!, probe);
      expect(Object.values(data!)).toEqual([null]);
      expect(['NOT_FOUND', 'FORBIDDEN']).toContain(errors![0]!.extensions.code);
      if (role === 'owner' && probe[0] !== 'updateUser') expect(errors![0]!.extensions.code).toBe('NOT_FOUND');
    }
    expect(await everythingOfB()).toEqual(before);
  });

  test.each(roles)('a header that names the other organization, as %s', async (role) => {
    const query = '{ me { id } organization { name } customers { totalCount } }';
    const answer = await ask(people[role]!, query, {}, theirs.organization);
    const reference = await ask(people[role]!, query, {}, v7());
    expect(comparable(answer, '')).toBe(comparable(reference, ''));
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' } }]);
    expect(answer.data ?? null).toBeNull();
  });

  test('lists, searches and counts know nothing of the other organization', async () => {
    const answer = await ask(
      a.owner,
      `query ($secret: String) {
        customers(first: 100) { totalCount nodes { id name activities { totalCount nodes { id title } } } }
        searched: customers(search: $secret) { totalCount nodes { id } }
        filtered: customers(filter: { city: { eq: $secret } }) { totalCount }
        by: customers(filter: { assignedTo: { firstName: { eq: $secret } } }) { totalCount }
        none: customers(filter: { activities: { none: {} } }) { totalCount }
        employees(search: $secret) { totalCount nodes { id } }
        users(search: $secret) { totalCount nodes { id } }
        organizationMembers(search: $secret, includeInactive: true) { totalCount nodes { id } }
        userProfiles(search: $secret) { totalCount nodes { id } }
        organizations(search: $secret) { totalCount nodes { id } }
        myOrganizations { id memberCount members { totalCount } }
        myProfiles { organization { id } }
        everybody: users(first: 100) { totalCount nodes { id memberships { organization { id } } } }
      }`,
      { secret },
    );
    expect(answer.errors).toBeUndefined();
    const none = { totalCount: 0, nodes: [] };
    expect(answer.data).toMatchObject({
      searched: none,
      filtered: { totalCount: 0 },
      by: { totalCount: 0 },
      employees: none,
      users: none,
      organizationMembers: none,
      userProfiles: none,
      organizations: none,
      myOrganizations: [{ id: a.id, memberCount: 4, members: { totalCount: 4 } }],
      myProfiles: [{ organization: { id: a.id } }],
      everybody: { totalCount: 4 },
    });
    const [{ count }] = (await sql<{ count: number }>(
      'select count(*)::int from customers where organization_id = $1',
      [a.id],
    )) as [{ count: number }];
    expect(answer.data!.customers).toMatchObject({ totalCount: count });
    for (const id of Object.values(theirs)) expect(JSON.stringify(answer)).not.toContain(id);
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  test('a unique value of the other organization stands in nobody’s way', async () => {
    const [{ email }] = (await sql<{ email: string }>('select email from customers where id = $1', [
      theirs.customer,
    ])) as [{ email: string }];
    const { data, errors } = await ask(
      a.owner,
      'mutation ($email: String!) { createCustomer(input: { email: $email }) { id email } }',
      { email },
    );
    expect(errors).toBeUndefined();
    await sql('delete from customers where id = $1', [(data!.createCustomer as { id: string }).id]);
  });

  test('a cursor of the other organization’s list is no cursor here', async () => {
    const list =
      'query ($after: String) { customers(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }';
    const { data } = await ask(b.owner, list);
    const { endCursor } = (data!.customers as { pageInfo: { endCursor: string } }).pageInfo;
    const { errors } = await ask(a.owner, list, { after: endCursor });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
  });

  test('a member of both sees in each only what is its', async () => {
    const both = await a.member('Admin');
    await ask(b.owner, 'mutation ($id: ID!) { addOrganizationMember(input: { userId: $id }) { id } }', { id: both.id });
    const query = `{ customers { nodes { name } } employees { nodes { organizationId: id } }
      me { memberships { organization { id } roles { name } } roles { name } } }`;
    const inA = await ask(both, query, {}, a.id);
    expect(JSON.stringify(inA.data!.customers)).not.toContain(secret);
    expect(inA.data!.me).toMatchObject({
      memberships: [
        { organization: { id: a.id }, roles: [{ name: 'Admin' }] },
        { organization: { id: b.id }, roles: [] },
      ],
      roles: [{ name: 'Admin' }],
    });
    const inB = await ask(both, query, {}, b.id);
    expect(inB.errors!.map(({ path, extensions }) => [path, extensions.reason])).toEqual([
      [['customers'], 'MISSING_PERMISSION'],
      [['employees'], 'MISSING_PERMISSION'],
    ]);
    expect(inB.data!.me).toMatchObject({ roles: [] });
    // Others see of such a member only what concerns the organization in which they ask.
    const seen = await ask(
      a.owner,
      `query ($id: ID!) { user(id: $id) { memberships { organization { id } } profiles { organization { id } } roles { name } } }`,
      { id: both.id },
    );
    expect(seen.data).toEqual({
      user: {
        memberships: [{ organization: { id: a.id } }],
        profiles: [{ organization: { id: a.id } }],
        roles: [{ name: 'Admin' }],
      },
    });
    for (const tenant of [a, b])
      await sql('delete from memberships where organization_id = $1 and user_id = $2', [tenant.id, both.id]);
    await sql('delete from user_profiles where user_id = $1', [both.id]);
    await sql('delete from user_roles where user_id = $1', [both.id]);
  });
}

describe('behind both walls', () => {
  probesHold();

  test('what is probed is really there: its own organization sees it', async () => {
    const query = `query ($customer: ID!, $employee: ID!, $member: ID!, $organization: ID!) {
      customer(id: $customer) { name notes { nodes { id } } } employee(id: $employee) { firstName }
      user(id: $member) { firstName } organization(id: $organization) { name } }`;
    expect((await ask(b.owner, query, theirs)).data).toEqual({
      customer: { name: secret, notes: { nodes: [{ id: theirs.activity }] } },
      employee: { firstName: secret },
      user: { firstName: secret },
      organization: { name: `${secret} Ltd` },
    });
  });
});

describe('with row-level security switched off, the application’s filter alone holds', () => {
  let names: string[];
  const security = (how: string) =>
    sql(names.map((name) => `alter table ${name} ${how} row level security`).join('; '));
  beforeAll(async () => {
    names = (await tables()).filter(({ enabled }) => enabled).map(({ name }) => name);
    await security('disable');
    expect((await tables()).some(({ enabled }) => enabled)).toBe(false);
  });
  afterAll(() => security('enable'));

  probesHold();
});

describe('with plain SQL, row-level security alone holds', () => {
  let app: pg.Client;
  let tenantTables: string[];
  beforeAll(async () => {
    app = new pg.Client({ connectionString: urls.databaseUrl });
    await app.connect();
    tenantTables = (await tables()).filter(({ tenant }) => tenant).map(({ name }) => name);
  });
  afterAll(() => app.end());

  async function as<Value>(userId: string, organizationId: string, work: () => Promise<Value>): Promise<Value> {
    await app.query('begin');
    try {
      await app.query(`select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`, [
        userId,
        organizationId,
      ]);
      return await work();
    } finally {
      await app.query('rollback');
    }
  }

  const refused = (text: string, values: unknown[] = []) =>
    app.query(text, values).then(
      ({ rowCount }) => rowCount,
      (error: { code: string }) => error.code,
    );

  test('every tenant table shows rows of the active organization only, and has some', async () => {
    const seen: string[] = [];
    for (const name of tenantTables) {
      const { rows } = await as(a.owner.id, a.id, () => app.query(`select organization_id from ${name}`));
      expect([name, [...new Set(rows.map((row) => row.organization_id))].filter((id) => id !== a.id)]).toEqual([
        name,
        [],
      ]);
      if (rows.length) seen.push(name);
    }
    expect(seen).toEqual(expect.arrayContaining(['customers', 'employees', 'memberships', 'roles', 'user_profiles']));
    const other = await as(b.owner.id, b.id, () => app.query('select id from customers'));
    expect(other.rows).toEqual([{ id: theirs.customer }]);
  });

  test('users, sessions and organizations show no strangers', async () => {
    await as(a.owner.id, a.id, async () => {
      const ids = async (text: string) => (await app.query(text)).rows.map(({ id }) => id).sort();
      const members = (await app.query('select user_id from memberships')).rows.map(({ user_id: id }) => id);
      expect(await ids('select id from users')).toEqual([...new Set([...members, a.owner.id])].sort());
      expect(await ids('select id from organizations')).toEqual([a.id]);
      expect(await ids('select distinct user_id as id from sessions')).toEqual([a.owner.id]);
    });
  });

  test('nothing of another organization can be changed, deleted, locked, or moved there', async () => {
    for (const name of tenantTables) {
      const changes = [
        `update ${name} set organization_id = organization_id where organization_id = $1`,
        `delete from ${name} where organization_id = $1`,
        `select from ${name} where organization_id = $1 for update`,
      ];
      for (const text of changes)
        expect([text, await as(a.owner.id, a.id, () => refused(text, [b.id]))]).toEqual([
          text,
          // Where a profile belongs cannot be written at all.
          text.startsWith('update user_profiles') ? '42501' : 0,
        ]);
      const move = `update ${name} set organization_id = $1 where organization_id = $2`;
      const moved = await as(a.owner.id, a.id, () => refused(move, [b.id, a.id]));
      const [{ count }] = (await sql<{ count: number }>(
        `select count(*)::int from ${name} where organization_id = $1`,
        [a.id],
      )) as [{ count: number }];
      expect([name, moved]).toEqual([name, count ? '42501' : 0]);
    }
    expect(
      await as(a.owner.id, a.id, () => refused('update organizations set name = $1 where id = $2', ['x', b.id])),
    ).toBe(0);
    expect(
      await as(a.owner.id, a.id, () => refused('update users set username = $1 where id = $2', ['x', b.owner.id])),
    ).toBe(0);
  });

  test('a row cannot be put into another organization, nor point into one', async () => {
    const put = (organizationId: string, assignedToId: string | null) =>
      as(a.owner.id, a.id, () =>
        refused(
          `insert into customers (id, organization_id, created_at, updated_at, code, name, email, tags, assigned_to_id)
           values ($1, $2, now(), now(), $3, 'x', $3, '{}', $4)`,
          [v7(), organizationId, v7(), assignedToId],
        ),
      );
    expect(await put(b.id, null)).toBe('42501');
    expect(await put(a.id, theirs.employee)).toBe('23503');
    expect(await put(a.id, own.employee)).toBe(1);
  });

  test('one’s own profile cannot be moved into another organization', async () => {
    const moved = await as(a.owner.id, a.id, () =>
      refused('update user_profiles set organization_id = $1 where user_id = $2', [b.id, a.owner.id]),
    );
    expect(moved).toBe('42501');
  });

  test('the owner of the tables is bound, too', async () => {
    const owner = new pg.Client({ connectionString: urls.migrationDatabaseUrl });
    await owner.connect();
    try {
      await owner.query(`select set_config('app.user_id', $1, false), set_config('app.organization_id', $2, false)`, [
        a.owner.id,
        a.id,
      ]);
      const { rows } = await owner.query('select distinct organization_id as id from customers');
      expect(rows).toEqual([{ id: a.id }]);
      expect((await owner.query('select from customers where id = $1', [theirs.customer])).rows).toEqual([]);
    } finally {
      await owner.end();
    }
  });

  test.each([
    ['never set', async () => undefined],
    [
      'empty, as after a transaction',
      (client: pg.Client) =>
        client.query(`select set_config('app.user_id', '', false), set_config('app.organization_id', '', false)`),
    ],
  ])('with settings %s every statement fails closed', async (_name, prepare) => {
    const client = new pg.Client({ connectionString: urls.databaseUrl });
    await client.connect();
    try {
      await prepare(client);
      const guarded = (await tables()).filter(({ name }) => !['migrations', 'sign_in_attempts'].includes(name));
      for (const { name } of guarded) {
        const key = keyOf[name] ?? 'id';
        const outcomes: string[] = [];
        for (const text of [`select from ${name}`, `update ${name} set ${key} = ${key}`, `delete from ${name}`])
          outcomes.push(
            await client.query(text).then(
              () => 'answered',
              (error: { code: string }) => error.code,
            ),
          );
        for (const outcome of outcomes)
          expect([name, outcome]).toEqual([name, expect.stringMatching(/^(42704|22P02|42501)$/)]);
        expect([name, outcomes[0]]).toEqual([name, expect.not.stringMatching('42501')]);
      }
      for (const name of ['migrations', 'sign_in_attempts'])
        await expect(client.query(`select from ${name}`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });

  test('in no organization there are no rows', async () => {
    for (const name of tenantTables) {
      const { rows } = await as(stranger.id, '00000000-0000-0000-0000-000000000000', () =>
        app.query(`select from ${name}`),
      );
      expect([name, rows]).toEqual([name, []]);
    }
  });

  test('a search looks into the active organization only', async () => {
    for (const [organizationId, found] of [
      [a.id, 0],
      [b.id, 1],
    ] as const)
      expect(
        await as(
          a.owner.id,
          organizationId,
          async () => (await app.query('select search_customers($1)', [secret])).rowCount,
        ),
      ).toBe(found);
  });

  test('a pooled connection forgets for whom it worked', async () => {
    await ask(a.owner, '{ customers { totalCount } }');
    const kept = await sql(
      `select query from pg_stat_activity where usename = 'crm_app' and datname = current_database() and query ~* 'set_config\\(.*false'`,
    );
    expect(kept).toEqual([]);
  });
});
