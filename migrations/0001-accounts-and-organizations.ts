import { Migration } from '@mikro-orm/migrations';
import { activeOrganization, activeUser, definerPolicy, tenantPolicy } from './policies.js';

/** Users and sessions, organizations and memberships, roles and permissions. */
export class AccountsAndOrganizations extends Migration {
  override up(): void {
    this.addSql(`
      create table users (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        username text not null,
        username_sort text generated always as (lower((username COLLATE "und-x-icu"))) stored collate "und-x-icu",
        email text not null,
        email_sort text generated always as (lower((email COLLATE "und-x-icu"))) stored collate "und-x-icu",
        password_hash text not null,
        first_name text,
        last_name text,
        last_name_sort text generated always as (lower((last_name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        profile_image text,
        phone text,
        title text,
        department text,
        bio text,
        location text,
        timezone text not null default 'UTC',
        language text not null default 'en',
        is_active boolean not null default true,
        is_superuser boolean not null default false,
        last_login_at timestamptz(3),
        password_changed_at timestamptz(3),
        primary key (id),
        constraint users_username_key unique (username_sort),
        constraint users_email_key unique (email)
      )`);
    this.addSql('alter table users enable row level security, force row level security');

    this.addSql(`
      create table organizations (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        slug text not null,
        description text,
        industry text,
        website text,
        phone text,
        email text,
        street text,
        city text,
        state text,
        postal_code text,
        country text,
        currency text not null default 'USD',
        timezone text not null default 'UTC',
        settings jsonb not null,
        is_active boolean not null default true,
        primary key (id),
        constraint organizations_slug_key unique (slug)
      )`);
    this.addSql('alter table organizations enable row level security, force row level security');

    this.addSql(`
      create table memberships (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        user_id uuid not null,
        is_active boolean not null default true,
        is_owner boolean not null default false,
        joined_at timestamptz(3) not null,
        left_at timestamptz(3),
        invited_by_id uuid,
        primary key (id),
        constraint memberships_user_key unique (organization_id, user_id),
        constraint memberships_tenant_key unique (organization_id, id),
        constraint memberships_organization_id_foreign foreign key (organization_id) references organizations (id) on delete cascade,
        constraint memberships_user_id_foreign foreign key (user_id) references users (id) on delete cascade,
        constraint memberships_invited_by_id_foreign foreign key (invited_by_id) references users (id) on delete set null
      )`);
    this.addSql('create index memberships_user_index on memberships (user_id, is_active)');
    this.addSql('alter table memberships enable row level security, force row level security');
    this.addSql(tenantPolicy('memberships'));
    this.addSql(`
      create policy own on memberships for select using ((user_id = ${activeUser}))`);
    this.addSql(definerPolicy('memberships'));

    this.addSql(`
      create table user_profiles (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        user_id uuid not null,
        profile_type text not null,
        profile_type_sort integer generated always as (array_position(ARRAY['VENDOR'::text, 'EMPLOYEE'::text, 'CUSTOMER'::text], profile_type)) stored,
        is_primary boolean not null default false,
        status text not null default 'ACTIVE',
        status_sort integer generated always as (array_position(ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'SUSPENDED'::text], status)) stored,
        activated_at timestamptz(3),
        deactivated_at timestamptz(3),
        primary key (id),
        constraint user_profiles_type_key unique (organization_id, user_id, profile_type),
        constraint user_profiles_tenant_key unique (organization_id, id),
        constraint user_profiles_profile_type_check check (profile_type in ('VENDOR', 'EMPLOYEE', 'CUSTOMER')),
        constraint user_profiles_status_check check (status in ('ACTIVE', 'INACTIVE', 'SUSPENDED')),
        constraint user_profiles_organization_id_foreign foreign key (organization_id) references organizations (id) on delete cascade,
        constraint user_profiles_user_id_foreign foreign key (user_id) references users (id) on delete cascade
      )`);
    this.addSql('create unique index user_profiles_primary_key on user_profiles (user_id) where is_primary');
    this.addSql('create index user_profiles_status_index on user_profiles (organization_id, status)');
    this.addSql('alter table user_profiles enable row level security, force row level security');
    this.addSql(tenantPolicy('user_profiles'));
    this.addSql(`
      create policy own on user_profiles for select using ((user_id = ${activeUser}))`);
    this.addSql(`
      create policy own_change on user_profiles for update using ((user_id = ${activeUser})) with check ((user_id = ${activeUser}))`);
    this.addSql(definerPolicy('user_profiles'));

    this.addSql(`
      create table sessions (
        id uuid not null,
        user_id uuid not null,
        token_hash text not null,
        previous_token_hash text,
        rotated_at timestamptz(3),
        created_at timestamptz(3) not null,
        last_used_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        revoked_at timestamptz(3),
        user_agent text,
        ip_address text,
        primary key (id),
        constraint sessions_token_key unique (token_hash),
        constraint sessions_user_id_foreign foreign key (user_id) references users (id) on delete cascade
      )`);
    this.addSql('create index sessions_user_index on sessions (user_id)');
    this.addSql('alter table sessions enable row level security, force row level security');
    this.addSql(`
      create policy own on sessions using ((user_id = ${activeUser})) with check ((user_id = ${activeUser}))`);
    this.addSql(definerPolicy('sessions'));

    this.addSql(`
      create table sign_in_attempts (
        key text not null,
        failures int not null,
        retry_at timestamptz(3) not null,
        primary key (key)
      )`);
    this.addSql('alter table sign_in_attempts enable row level security, force row level security');
    this.addSql(definerPolicy('sign_in_attempts'));

    this.addSql(`
      create table code_counters (
        kind text not null,
        last int not null,
        organization_id uuid not null,
        primary key (organization_id, kind),
        constraint code_counters_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict
      )`);
    this.addSql('alter table code_counters enable row level security, force row level security');
    this.addSql(tenantPolicy('code_counters'));
    this.addSql(definerPolicy('code_counters'));

    this.addSql(`
      create table roles (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        slug text not null,
        description text,
        is_system_role boolean not null default false,
        is_active boolean not null default true,
        primary key (id),
        constraint roles_slug_key unique (organization_id, slug),
        constraint roles_name_key unique (organization_id, name_sort),
        constraint roles_tenant_key unique (organization_id, id),
        constraint roles_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict
      )`);
    this.addSql('alter table roles enable row level security, force row level security');
    this.addSql(tenantPolicy('roles'));
    this.addSql(definerPolicy('roles'));

    this.addSql(`
      create table permissions (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        resource text not null,
        resource_sort text generated always as (lower((resource COLLATE "und-x-icu"))) stored collate "und-x-icu",
        action text not null,
        action_sort text generated always as (lower((action COLLATE "und-x-icu"))) stored collate "und-x-icu",
        description text,
        is_system_permission boolean not null default false,
        primary key (id),
        constraint permissions_name_key unique (organization_id, resource, action),
        constraint permissions_tenant_key unique (organization_id, id),
        constraint permissions_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict
      )`);
    this.addSql('alter table permissions enable row level security, force row level security');
    this.addSql(tenantPolicy('permissions'));
    this.addSql(definerPolicy('permissions'));

    this.addSql(`
      create table role_permissions (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        role_id uuid not null,
        permission_id uuid not null,
        primary key (id),
        constraint role_permissions_grant_key unique (organization_id, role_id, permission_id),
        constraint role_permissions_tenant_key unique (organization_id, id),
        constraint role_permissions_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint role_permissions_organization_id_role_id_foreign foreign key (organization_id, role_id) references roles (organization_id, id) on delete cascade,
        constraint role_permissions_organization_id_permission_id_foreign foreign key (organization_id, permission_id) references permissions (organization_id, id) on delete cascade
      )`);
    this.addSql('create index role_permissions_permission_index on role_permissions (organization_id, permission_id)');
    this.addSql('alter table role_permissions enable row level security, force row level security');
    this.addSql(tenantPolicy('role_permissions'));
    this.addSql(definerPolicy('role_permissions'));

    this.addSql(`
      create table user_roles (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        user_id uuid not null,
        role_id uuid not null,
        is_active boolean not null default true,
        assigned_at timestamptz(3) not null,
        assigned_by_id uuid,
        primary key (id),
        constraint user_roles_assignment_key unique (organization_id, user_id, role_id),
        constraint user_roles_tenant_key unique (organization_id, id),
        constraint user_roles_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint user_roles_user_id_foreign foreign key (user_id) references users (id) on delete cascade,
        constraint user_roles_organization_id_role_id_foreign foreign key (organization_id, role_id) references roles (organization_id, id) on delete cascade,
        constraint user_roles_assigned_by_id_foreign foreign key (assigned_by_id) references users (id) on delete set null
      )`);
    this.addSql('create index user_roles_role_index on user_roles (organization_id, role_id)');
    this.addSql('create index user_roles_user_index on user_roles (user_id, is_active)');
    this.addSql('alter table user_roles enable row level security, force row level security');
    this.addSql(tenantPolicy('user_roles'));
    this.addSql(definerPolicy('user_roles'));

    // The tables that a policy reads must exist before the policy.
    this.addSql(`
      create policy known on users using (((id = ${activeUser}) OR (EXISTS ( SELECT 1
         FROM memberships m
        WHERE ((m.user_id = users.id) AND (m.organization_id = ${activeOrganization})))))) with check (((id = ${activeUser}) OR (EXISTS ( SELECT 1
         FROM memberships m
        WHERE ((m.user_id = users.id) AND (m.organization_id = ${activeOrganization}))))))`);
    this.addSql(definerPolicy('users'));
    this.addSql(`
      create policy active on organizations using ((id = ${activeOrganization})) with check ((id = ${activeOrganization}))`);
    this.addSql(`
      create policy members on organizations for select using (((id = ${activeOrganization}) OR (EXISTS ( SELECT 1
         FROM memberships m
        WHERE ((m.organization_id = organizations.id) AND (m.user_id = ${activeUser}))))))`);
    this.addSql(definerPolicy('organizations'));
  }
}
