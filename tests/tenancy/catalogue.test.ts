import { describe, expect, test } from '@jest/globals';
import { sql } from '../support/database.js';
import { tables } from '../support/tables.js';

/** Tables without organization_id, or with a policy that shows more than the active organization. */
const wider: Record<string, string> = {
  users: 'people belong to no organization; known to themselves and to organizations of which they are members',
  sessions: 'belong to a user, who alone sees them',
  idempotency_keys: 'hold answers to one user, who may be in no organization; that user alone sees them',
  user_secrets: 'are what the serving role must not see of a user; only crm_definer reaches them',
  sign_in_tickets: 'wait for a code before anybody is signed in; only crm_definer reaches them',
  sign_in_attempts: 'are counted before anybody is signed in; only crm_definer reaches them',
  account_tokens: 'belong to accounts; only crm_definer reaches them',
  outgoing_mails: 'wait for any server, and are about accounts or strangers; only crm_definer reaches them',
  organizations: 'are the tenants themselves; seen by their active members',
  memberships: 'are how users find their organizations: readable by their user as well',
  user_profiles: 'are switched between organizations: readable and changeable by their user as well',
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

const ours = ['crm_app', 'crm_owner', 'crm_definer'];

describe('the catalogue', () => {
  test('every table belongs to tenants, or is named here with its reason', async () => {
    const all = await tables();
    const global = all.filter(({ tenant }) => !tenant).map(({ name }) => name);
    expect(global).toEqual([
      'account_tokens',
      'idempotency_keys',
      'migrations',
      'organizations',
      'outgoing_mails',
      'sessions',
      'sign_in_attempts',
      'sign_in_tickets',
      'user_secrets',
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
           and k.confrelid = 'organizations'::regclass)
       order by 1`,
    );
    // The log is written by triggers only, about rows that point to their organization.
    expect(unbound).toEqual([{ relname: 'change_sets' }, { relname: 'changes' }]);
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
       where i.indisunique and not i.indisprimary and c.relname <> 'migrations'
         and i.indkey[0] is distinct from a.attnum
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

  test('functions that look further have a fixed search path, belong to crm_definer, and serve crm_app', async () => {
    const functions = await sql<{ name: string; owner: string; path: string[]; everybody: boolean; app: boolean }>(
      `select proname as name, pg_get_userbyid(proowner) as owner, proconfig as path,
         has_function_privilege('crm_app', oid, 'execute') = (prorettype <> 'trigger'::regtype) as app,
         exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0) as everybody
       from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1`,
    );
    expect(functions.length).toBeGreaterThan(10);
    for (const { name, ...rest } of functions)
      expect({ name, ...rest }).toEqual({
        name,
        owner: 'crm_definer',
        path: expect.arrayContaining(['search_path=pg_catalog, public, pg_temp']),
        everybody: false,
        app: true,
      });
  });

  test('functions that requests call again and again keep their plans, also before PostgreSQL 18', async () => {
    const functions = ['request_viewer', 'request_api_key', 'draw_codes', 'log_news'];
    const planned = await sql<{ name: string; language: string }>(
      `select proname as name, lanname as language
       from pg_proc
       join pg_language on pg_language.oid = prolang
       where proname = any($1)`,
      [functions],
    );
    expect(planned.map(({ name }) => name).sort()).toEqual(functions.sort());
    for (const { name, language } of planned) expect({ name, language }).toEqual({ name, language: 'plpgsql' });
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
         has_table_privilege('crm_app', 'sign_in_attempts', 'select') as attempts,
         has_table_privilege('crm_app', 'user_secrets', 'select, insert, update, delete, references') as secrets,
         has_any_column_privilege('crm_app', 'user_secrets', 'select, insert, update, references') as secret,
         has_table_privilege('crm_app', 'users', 'delete') as accounts`,
    );
    expect(may).toEqual({
      ...{ create: false, definer_create: false, migrations: false, attempts: false },
      ...{ secrets: false, secret: false, accounts: false },
    });
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
