import { Migration } from '@mikro-orm/migrations';
import { noteApiKeyUse, releaseApiKeys, replaceApiKeySecret, requestApiKey } from './api-key-functions.js';
import {
  activeOrganization,
  activeUser,
  asDefiner,
  definerFunction,
  definerPolicy,
  lostReferences,
  notForApp,
  refuseWhenClosed,
  tenantPolicy,
} from './policies.js';

const records = ['api_keys', 'api_key_permissions'];
const tables = [...records, 'api_key_secrets', 'api_key_answers'];

/**
 * Scripts act with keys of their own. The hashes of secrets stand apart, where crm_app cannot reach them. Once a
 * membership ends, its user is responsible for no key any more, so that none works again if the user is readmitted.
 *
 * All tables are new, and no row of another is written. Servers of the previous version know no keys.
 */
export class ApiKeys extends Migration {
  override up(): void {
    const record = `
      id uuid not null,
      version int not null default 1,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      organization_id uuid not null`;
    this.addSql(`
      create table api_keys (
        ${record},
        name text not null,
        name_sort text generated always as (folded(name)) stored collate "und-x-icu",
        prefix text not null,
        created_by_id uuid,
        responsible_id uuid,
        expires_at timestamptz(3),
        revoked_at timestamptz(3),
        last_used_at timestamptz(3),
        last_ip_address text,
        primary key (organization_id, id),
        constraint api_keys_created_by_id_foreign foreign key (created_by_id)
          references users (id) on delete set null,
        constraint api_keys_responsible_id_foreign foreign key (responsible_id)
          references users (id) on delete set null
      )`);
    this.addSql('create index api_keys_responsible_index on api_keys (organization_id, responsible_id)');
    this.addSql(`
      create table api_key_permissions (
        ${record},
        api_key_id uuid not null,
        permission_id uuid not null,
        primary key (organization_id, id),
        constraint api_key_permissions_grant_key unique (organization_id, api_key_id, permission_id),
        constraint api_key_permissions_organization_id_permission_id_foreign
          foreign key (organization_id, permission_id) references permissions (organization_id, id) on delete cascade
      )`);
    this.addSql(`
      create index api_key_permissions_permission_index on api_key_permissions (organization_id, permission_id)`);
    this.addSql(`
      create table api_key_secrets (
        hash text not null,
        organization_id uuid not null,
        api_key_id uuid not null,
        expires_at timestamptz(3),
        primary key (hash)
      )`);
    this.addSql('create index api_key_secrets_key_index on api_key_secrets (organization_id, api_key_id)');
    this.addSql(`
      create table api_key_answers (
        organization_id uuid not null,
        api_key_id uuid not null,
        scope text not null,
        request text not null,
        answer text not null,
        errors text,
        is_privileged boolean not null,
        employee_id uuid,
        permissions text[] not null,
        created_at timestamptz(3) not null,
        primary key (organization_id, api_key_id, scope)
      )`);
    this.addSql(`
      create index api_key_answers_created_index on api_key_answers (organization_id, api_key_id, created_at)`);
    for (const table of tables) {
      this.addSql(`
        alter table ${table} add constraint ${table}_organization_id_foreign
          foreign key (organization_id) references organizations (id) on delete restrict`);
      if (table !== 'api_keys')
        this.addSql(`
          alter table ${table} add constraint ${table}_organization_id_api_key_id_foreign
            foreign key (organization_id, api_key_id) references api_keys (organization_id, id) on delete cascade`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(tenantPolicy(table));
      this.addSql(definerPolicy(table));
      this.addSql(`grant select, insert, update, delete on ${table} to crm_definer`);
      if (table !== 'api_key_secrets') this.addSql(`grant select, insert, update, delete on ${table} to crm_app`);
      this.addSql(refuseWhenClosed(table));
    }
    this.addSql(lostReferences('api_keys', ['created_by_id', 'responsible_id']));

    const functions = [requestApiKey, replaceApiKeySecret, noteApiKeyUse, releaseApiKeys].flatMap((one) =>
      definerFunction(...one),
    );
    for (const statement of asDefiner([...functions, releasesApiKeys, notForApp('release_api_keys()')]))
      this.addSql(statement);
    this.addSql(knownOrganizations);
  }
}

const releasesApiKeys = `
  create trigger release_api_keys after update of is_active on memberships
    for each row
    when (old.is_active and not new.is_active)
    execute function release_api_keys()`;

/** As before, but keys, for which no user is active, see their organization as well. */
const knownOrganizations = `
  create or replace view known_organizations with (security_invoker = true) as
  select m.organization_id as id, coalesce(o.version, 1) as version,
    coalesce(o.created_at, m.left_at) as created_at, coalesce(o.updated_at, m.left_at) as updated_at,
    coalesce(o.name, m.organization_name) as name, coalesce(o.slug, m.organization_slug) as slug,
    o.description, o.industry, o.website, o.phone, o.email, o.street, o.city, o.state, o.postal_code, o.country,
    coalesce(o.currency, 'USD') as currency, coalesce(o.timezone, 'UTC') as timezone, o.settings,
    coalesce(o.is_active, false) as is_active, member_count(o.id) as member_count, o.id is null as is_snapshot
  from memberships m
  left join organizations o on o.id = m.organization_id and m.is_active
  where m.user_id = ${activeUser}
  union all
  select o.id, o.version, o.created_at, o.updated_at, o.name, o.slug, o.description, o.industry, o.website, o.phone,
    o.email, o.street, o.city, o.state, o.postal_code, o.country, o.currency, o.timezone, o.settings, o.is_active,
    member_count(o.id), false
  from organizations o
  where o.id = ${activeOrganization}
    and ${activeUser} = '00000000-0000-0000-0000-000000000000'`;
