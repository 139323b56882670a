import { Migration } from '@mikro-orm/migrations';
import { definerPolicy, tenantPolicy } from './policies.js';

/** Employees, customers and their activities. */
export class Customers extends Migration {
  override up(): void {
    this.addSql(`
      create table employees (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        code text not null,
        user_id uuid,
        first_name text not null,
        first_name_sort text generated always as (lower((first_name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        last_name text not null,
        last_name_sort text generated always as (lower((last_name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        email text not null,
        phone text,
        street text,
        city text,
        state text,
        postal_code text,
        country text,
        profile_image text,
        job_title text,
        job_title_sort text generated always as (lower((job_title COLLATE "und-x-icu"))) stored collate "und-x-icu",
        department text,
        department_sort text generated always as (lower((department COLLATE "und-x-icu"))) stored collate "und-x-icu",
        employment_type text not null default 'FULL_TIME',
        hire_date date,
        termination_date date,
        emergency_contact text,
        manager_id uuid,
        role_id uuid,
        salary numeric(12,2),
        commission_rate numeric(5,2),
        status text not null default 'ACTIVE',
        status_sort integer generated always as (array_position(ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'ON_LEAVE'::text, 'TERMINATED'::text], status)) stored,
        primary key (id),
        constraint employees_user_key unique (organization_id, user_id),
        constraint employees_email_key unique (organization_id, email),
        constraint employees_code_key unique (organization_id, code),
        constraint employees_tenant_key unique (organization_id, id),
        constraint employees_employment_type_check check (employment_type in ('FULL_TIME', 'PART_TIME', 'CONTRACT', 'INTERN')),
        constraint employees_status_check check (status in ('ACTIVE', 'INACTIVE', 'ON_LEAVE', 'TERMINATED')),
        constraint employees_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint employees_user_id_foreign foreign key (user_id) references users (id) on delete set null,
        constraint employees_organization_id_manager_id_foreign foreign key (organization_id, manager_id) references employees (organization_id, id) on delete set null (manager_id),
        constraint employees_organization_id_role_id_foreign foreign key (organization_id, role_id) references roles (organization_id, id) on delete set null (role_id)
      )`);
    this.addSql('create index employees_created_index on employees (organization_id, created_at, id)');
    this.addSql('create index employees_role_index on employees (organization_id, role_id)');
    this.addSql('create index employees_manager_index on employees (organization_id, manager_id)');
    this.addSql('create index employees_department_index on employees (organization_id, department)');
    this.addSql('create index employees_status_index on employees (organization_id, status)');
    this.addSql('alter table employees enable row level security, force row level security');
    this.addSql(tenantPolicy('employees'));
    this.addSql(definerPolicy('employees'));

    this.addSql(`
      create table customers (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        code text not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        first_name text,
        last_name text,
        customer_type text not null default 'INDIVIDUAL',
        customer_type_sort integer generated always as (array_position(ARRAY['INDIVIDUAL'::text, 'BUSINESS'::text], customer_type)) stored,
        company_name text,
        company_name_sort text generated always as (lower((company_name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        contact_person text,
        email text not null,
        email_sort text generated always as (lower((email COLLATE "und-x-icu"))) stored collate "und-x-icu",
        phone text,
        website text,
        industry text,
        tax_id text,
        rating numeric(3,2),
        rating_sort bigint generated always as (((rating * (100)::numeric))::bigint) stored,
        street text,
        city text,
        city_sort text generated always as (lower((city COLLATE "und-x-icu"))) stored collate "und-x-icu",
        state text,
        postal_code text,
        country text,
        status text not null default 'ACTIVE',
        status_sort integer generated always as (array_position(ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'PROSPECT'::text, 'VIP'::text], status)) stored,
        assigned_to_id uuid,
        credit_limit numeric(15,2),
        payment_terms text,
        source text,
        tags text[] not null,
        description text,
        user_id uuid,
        converted_at timestamptz(3),
        search_text text generated always as (lower((((((name || chr(31)) || COALESCE(company_name, ''::text)) || chr(31)) || email) COLLATE "und-x-icu"))) stored,
        primary key (id),
        constraint customers_user_key unique (organization_id, user_id),
        constraint customers_email_key unique (organization_id, email),
        constraint customers_code_key unique (organization_id, code),
        constraint customers_tenant_key unique (organization_id, id),
        constraint customers_customer_type_check check (customer_type in ('INDIVIDUAL', 'BUSINESS')),
        constraint customers_status_check check (status in ('ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP')),
        constraint customers_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint customers_organization_id_assigned_to_id_foreign foreign key (organization_id, assigned_to_id) references employees (organization_id, id) on delete set null (assigned_to_id),
        constraint customers_user_id_foreign foreign key (user_id) references users (id) on delete set null
      )`);
    this.addSql('create index customers_name_index on customers (organization_id, name_sort, id)');
    this.addSql(
      'create index customers_search_index on customers using gin (organization_id, search_text gin_trgm_ops)',
    );
    this.addSql('create index customers_created_index on customers (organization_id, created_at, id)');
    this.addSql('create index customers_assigned_index on customers (organization_id, assigned_to_id)');
    this.addSql('create index customers_type_index on customers (organization_id, customer_type)');
    this.addSql('create index customers_status_index on customers (organization_id, status, created_at, id)');
    this.addSql('alter table customers enable row level security, force row level security');
    this.addSql(tenantPolicy('customers'));
    this.addSql(definerPolicy('customers'));

    this.addSql(`
      create table activities (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        activity_type text not null,
        title text not null,
        title_sort text generated always as (lower((title COLLATE "und-x-icu"))) stored collate "und-x-icu",
        description text,
        customer_id uuid,
        customer_name text,
        status text not null default 'SCHEDULED',
        status_sort integer generated always as (array_position(ARRAY['SCHEDULED'::text, 'IN_PROGRESS'::text, 'COMPLETED'::text, 'CANCELLED'::text], status)) stored,
        scheduled_at timestamptz(3),
        completed_at timestamptz(3),
        duration_minutes int,
        assigned_to_id uuid,
        created_by_id uuid,
        is_pinned boolean not null default false,
        tags text[] not null,
        phone_number text,
        call_duration int,
        email_subject text,
        email_body text,
        meeting_location text,
        meeting_url text,
        attendees text[] not null,
        task_priority text,
        task_due_date date,
        search_text text generated always as (lower((((((title || chr(31)) || COALESCE(description, ''::text)) || chr(31)) || COALESCE(customer_name, ''::text)) COLLATE "und-x-icu"))) stored,
        primary key (id),
        constraint activities_tenant_key unique (organization_id, id),
        constraint activities_completed_check check (((status = 'COMPLETED'::text) = (completed_at IS NOT NULL))),
        constraint activities_activity_type_check check (activity_type in ('CALL', 'EMAIL', 'TELEGRAM', 'MEETING', 'NOTE', 'TASK')),
        constraint activities_status_check check (status in ('SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')),
        constraint activities_task_priority_check check (task_priority in ('LOW', 'MEDIUM', 'HIGH')),
        constraint activities_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint activities_organization_id_customer_id_foreign foreign key (organization_id, customer_id) references customers (organization_id, id) on delete set null (customer_id),
        constraint activities_organization_id_assigned_to_id_foreign foreign key (organization_id, assigned_to_id) references employees (organization_id, id) on delete set null (assigned_to_id),
        constraint activities_created_by_id_foreign foreign key (created_by_id) references users (id) on delete set null
      )`);
    this.addSql('create index activities_created_index on activities (organization_id, created_at, id)');
    this.addSql(
      'create index activities_search_index on activities using gin (organization_id, search_text gin_trgm_ops)',
    );
    this.addSql('create index activities_schedule_index on activities (organization_id, status, scheduled_at)');
    this.addSql('create index activities_assigned_index on activities (organization_id, assigned_to_id, status)');
    this.addSql('create index activities_customer_index on activities (organization_id, customer_id, created_at, id)');
    this.addSql('alter table activities enable row level security, force row level security');
    this.addSql(tenantPolicy('activities'));
    this.addSql(definerPolicy('activities'));
  }
}
