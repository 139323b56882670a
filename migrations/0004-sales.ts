import { Migration } from '@mikro-orm/migrations';
import { definerPolicy, tenantPolicy } from './policies.js';

/** Pipelines, leads, deals with their history, and vendors. */
export class Sales extends Migration {
  override up(): void {
    // Row-level security also binds the owner, and checking a new foreign key reads rows: the nil UUID has none.
    this.addSql(`select set_config('app.organization_id', '00000000-0000-0000-0000-000000000000', true)`);

    this.addSql(`
      create table pipelines (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        code text not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        description text,
        is_active boolean not null default true,
        is_default boolean not null default false,
        primary key (id),
        constraint pipelines_code_key unique (organization_id, code),
        constraint pipelines_tenant_key unique (organization_id, id),
        constraint pipelines_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict
      )`);
    this.addSql('create unique index pipelines_default_key on pipelines (organization_id) where is_default');
    this.addSql('alter table pipelines enable row level security, force row level security');
    this.addSql(tenantPolicy('pipelines'));
    this.addSql(definerPolicy('pipelines'));

    this.addSql(`
      create table pipeline_stages (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        pipeline_id uuid not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        description text,
        "order" int not null,
        probability numeric(5,2) not null default '0.00',
        probability_sort bigint generated always as (((probability * (100)::numeric))::bigint) stored,
        is_active boolean not null default true,
        is_closed_won boolean not null default false,
        is_closed_lost boolean not null default false,
        primary key (id),
        constraint pipeline_stages_order_key unique (organization_id, pipeline_id, "order") deferrable initially deferred,
        constraint pipeline_stages_name_key unique (organization_id, pipeline_id, name_sort),
        constraint pipeline_stages_pipeline_key unique (organization_id, pipeline_id, id),
        constraint pipeline_stages_tenant_key unique (organization_id, id),
        constraint pipeline_stages_lost_check check (((NOT is_closed_lost) OR (probability = (0)::numeric))),
        constraint pipeline_stages_won_check check (((NOT is_closed_won) OR (probability = (100)::numeric))),
        constraint pipeline_stages_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint pipeline_stages_organization_id_pipeline_id_foreign foreign key (organization_id, pipeline_id) references pipelines (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index pipeline_stages_lost_key on pipeline_stages (organization_id, pipeline_id) where is_closed_lost`,
    );
    this.addSql(
      `create unique index pipeline_stages_won_key on pipeline_stages (organization_id, pipeline_id) where is_closed_won`,
    );
    this.addSql('alter table pipeline_stages enable row level security, force row level security');
    this.addSql(tenantPolicy('pipeline_stages'));
    this.addSql(definerPolicy('pipeline_stages'));

    this.addSql(`
      create table leads (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        code text not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        company_name text,
        company_name_sort text generated always as (lower((company_name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        job_title text,
        email text not null,
        phone text,
        street text,
        city text,
        state text,
        postal_code text,
        country text,
        status text not null default 'ACTIVE',
        status_sort integer generated always as (array_position(ARRAY['ACTIVE'::text, 'INACTIVE'::text], status)) stored,
        source text not null default 'WEBSITE',
        source_sort integer generated always as (array_position(ARRAY['WEBSITE'::text, 'REFERRAL'::text, 'SOCIAL_MEDIA'::text, 'EMAIL_CAMPAIGN'::text, 'COLD_CALL'::text, 'EVENT'::text, 'PARTNER'::text, 'OTHER'::text], source)) stored,
        qualification_status text not null default 'NEW',
        qualification_status_sort integer generated always as (array_position(ARRAY['NEW'::text, 'CONTACTED'::text, 'QUALIFIED'::text, 'UNQUALIFIED'::text, 'CONVERTED'::text, 'LOST'::text], qualification_status)) stored,
        lead_score int not null default 0,
        estimated_value numeric(12,2),
        estimated_value_sort bigint generated always as (((estimated_value * (100)::numeric))::bigint) stored,
        assigned_to_id uuid,
        is_converted boolean not null default false,
        converted_at timestamptz(3),
        converted_by_id uuid,
        converted_customer_id uuid,
        tags text[] not null,
        description text,
        campaign text,
        referrer text,
        search_text text generated always as (lower((((((name || chr(31)) || COALESCE(company_name, ''::text)) || chr(31)) || email) COLLATE "und-x-icu"))) stored,
        primary key (id),
        constraint leads_code_key unique (organization_id, code),
        constraint leads_tenant_key unique (organization_id, id),
        constraint leads_converted_check check (((is_converted = (qualification_status = 'CONVERTED'::text)) AND (is_converted = (converted_at IS NOT NULL)))),
        constraint leads_status_check check (status in ('ACTIVE', 'INACTIVE')),
        constraint leads_source_check check (source in ('WEBSITE', 'REFERRAL', 'SOCIAL_MEDIA', 'EMAIL_CAMPAIGN', 'COLD_CALL', 'EVENT', 'PARTNER', 'OTHER')),
        constraint leads_qualification_status_check check (qualification_status in ('NEW', 'CONTACTED', 'QUALIFIED', 'UNQUALIFIED', 'CONVERTED', 'LOST')),
        constraint leads_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint leads_organization_id_assigned_to_id_foreign foreign key (organization_id, assigned_to_id) references employees (organization_id, id) on delete set null (assigned_to_id),
        constraint leads_organization_id_converted_by_id_foreign foreign key (organization_id, converted_by_id) references employees (organization_id, id) on delete set null (converted_by_id),
        constraint leads_organization_id_converted_customer_id_foreign foreign key (organization_id, converted_customer_id) references customers (organization_id, id) on delete set null (converted_customer_id)
      )`);
    this.addSql('create index leads_search_index on leads using gin (organization_id, search_text gin_trgm_ops)');
    this.addSql('create index leads_created_index on leads (organization_id, created_at, id)');
    this.addSql('create index leads_converted_index on leads (organization_id, is_converted)');
    this.addSql('create index leads_converted_customer_index on leads (organization_id, converted_customer_id)');
    this.addSql('create index leads_assigned_index on leads (organization_id, assigned_to_id)');
    this.addSql('create index leads_source_index on leads (organization_id, source)');
    this.addSql(
      'create index leads_qualification_index on leads (organization_id, qualification_status, created_at, id)',
    );
    this.addSql('create index leads_status_index on leads (organization_id, status)');
    this.addSql('create unique index leads_email_key on leads (organization_id, email) where not is_converted');
    this.addSql('alter table leads enable row level security, force row level security');
    this.addSql(tenantPolicy('leads'));
    this.addSql(definerPolicy('leads'));

    this.addSql(`
      create table deals (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        code text not null,
        title text not null,
        title_sort text generated always as (lower((title COLLATE "und-x-icu"))) stored collate "und-x-icu",
        description text,
        customer_id uuid,
        lead_id uuid,
        pipeline_id uuid,
        stage_id uuid,
        assigned_to_id uuid,
        value numeric(12,2),
        value_sort bigint generated always as (((value * (100)::numeric))::bigint) stored,
        currency text not null,
        probability numeric(5,2) not null,
        probability_sort bigint generated always as (((probability * (100)::numeric))::bigint) stored,
        expected_revenue numeric(12,2),
        expected_revenue_sort bigint generated always as (((expected_revenue * (100)::numeric))::bigint) stored,
        expected_close_date date,
        actual_close_date date,
        priority text not null default 'MEDIUM',
        priority_sort integer generated always as (array_position(ARRAY['LOW'::text, 'MEDIUM'::text, 'HIGH'::text, 'URGENT'::text], priority)) stored,
        status text not null default 'OPEN',
        status_sort integer generated always as (array_position(ARRAY['OPEN'::text, 'WON'::text, 'LOST'::text], status)) stored,
        lost_reason text,
        source text,
        tags text[] not null,
        search_text text generated always as (lower((title COLLATE "und-x-icu"))) stored,
        primary key (id),
        constraint deals_code_key unique (organization_id, code),
        constraint deals_tenant_key unique (organization_id, id),
        constraint deals_expected_revenue_check check ((NOT (expected_revenue IS DISTINCT FROM round(((value * probability) / (100)::numeric), 2)))),
        constraint deals_lost_check check (((status <> 'LOST'::text) OR ((probability = (0)::numeric) AND (actual_close_date IS NOT NULL)))),
        constraint deals_won_check check (((status <> 'WON'::text) OR ((probability = (100)::numeric) AND (actual_close_date IS NOT NULL) AND (lost_reason IS NULL)))),
        constraint deals_open_check check (((status <> 'OPEN'::text) OR ((actual_close_date IS NULL) AND (lost_reason IS NULL) AND (pipeline_id IS NOT NULL) AND (stage_id IS NOT NULL)))),
        constraint deals_priority_check check (priority in ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
        constraint deals_status_check check (status in ('OPEN', 'WON', 'LOST')),
        constraint deals_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint deals_organization_id_customer_id_foreign foreign key (organization_id, customer_id) references customers (organization_id, id) on delete set null (customer_id),
        constraint deals_organization_id_lead_id_foreign foreign key (organization_id, lead_id) references leads (organization_id, id) on delete set null (lead_id),
        constraint deals_organization_id_pipeline_id_foreign foreign key (organization_id, pipeline_id) references pipelines (organization_id, id) on delete set null (pipeline_id),
        constraint deals_organization_id_stage_id_foreign foreign key (organization_id, stage_id) references pipeline_stages (organization_id, id) on delete set null (stage_id),
        constraint deals_organization_id_assigned_to_id_foreign foreign key (organization_id, assigned_to_id) references employees (organization_id, id) on delete set null (assigned_to_id)
      )`);
    this.addSql('create index deals_search_index on deals using gin (organization_id, search_text gin_trgm_ops)');
    this.addSql(
      `create index deals_actual_close_index on deals (organization_id, actual_close_date, id) where (status = 'WON'::text)`,
    );
    this.addSql(
      `create index deals_expected_close_index on deals (organization_id, expected_close_date, id) where (status = 'OPEN'::text)`,
    );
    this.addSql('create index deals_created_index on deals (organization_id, created_at, id)');
    this.addSql('create index deals_assigned_index on deals (organization_id, assigned_to_id, status)');
    this.addSql('create index deals_lead_index on deals (organization_id, lead_id, created_at, id)');
    this.addSql('create index deals_customer_index on deals (organization_id, customer_id, created_at, id)');
    this.addSql('create index deals_pipeline_index on deals (organization_id, pipeline_id, status)');
    this.addSql('create index deals_stage_index on deals (organization_id, stage_id, created_at, id)');
    this.addSql('create index deals_status_index on deals (organization_id, status)');
    this.addSql('alter table deals enable row level security, force row level security');
    this.addSql(tenantPolicy('deals'));
    this.addSql(definerPolicy('deals'));

    this.addSql(`
      create table deal_stage_changes (
        id uuid not null,
        organization_id uuid not null,
        deal_id uuid not null,
        from_stage_id uuid,
        to_stage_id uuid,
        from_stage_name text,
        to_stage_name text not null,
        from_status text,
        to_status text not null,
        changed_by_id uuid,
        changed_at timestamptz(3) not null,
        primary key (id),
        constraint deal_stage_changes_from_status_check check (from_status in ('OPEN', 'WON', 'LOST')),
        constraint deal_stage_changes_to_status_check check (to_status in ('OPEN', 'WON', 'LOST')),
        constraint deal_stage_changes_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint deal_stage_changes_organization_id_deal_id_foreign foreign key (organization_id, deal_id) references deals (organization_id, id) on delete cascade,
        constraint deal_stage_changes_organization_id_from_stage_id_foreign foreign key (organization_id, from_stage_id) references pipeline_stages (organization_id, id) on delete set null (from_stage_id),
        constraint deal_stage_changes_organization_id_to_stage_id_foreign foreign key (organization_id, to_stage_id) references pipeline_stages (organization_id, id) on delete set null (to_stage_id),
        constraint deal_stage_changes_changed_by_id_foreign foreign key (changed_by_id) references users (id) on delete set null
      )`);
    this.addSql('create index deal_stage_changes_from_index on deal_stage_changes (organization_id, from_stage_id)');
    this.addSql(
      `create index deal_stage_changes_stage_index on deal_stage_changes (organization_id, to_stage_id, changed_at)`,
    );
    this.addSql(
      `create index deal_stage_changes_deal_index on deal_stage_changes (organization_id, deal_id, changed_at, id)`,
    );
    this.addSql('alter table deal_stage_changes enable row level security, force row level security');
    this.addSql(tenantPolicy('deal_stage_changes'));
    this.addSql(definerPolicy('deal_stage_changes'));

    this.addSql(`
      create table vendors (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        code text not null,
        name text not null,
        name_sort text generated always as (lower((name COLLATE "und-x-icu"))) stored collate "und-x-icu",
        company_name text not null,
        vendor_type text not null default 'SUPPLIER',
        vendor_type_sort integer generated always as (array_position(ARRAY['SUPPLIER'::text, 'SERVICE_PROVIDER'::text, 'CONTRACTOR'::text, 'CONSULTANT'::text], vendor_type)) stored,
        contact_person text,
        email text not null,
        phone text,
        street text,
        city text,
        state text,
        postal_code text,
        country text,
        website text,
        industry text,
        tax_id text,
        rating numeric(3,2),
        rating_sort bigint generated always as (((rating * (100)::numeric))::bigint) stored,
        assigned_to_id uuid,
        payment_terms text,
        credit_limit numeric(15,2),
        description text,
        status text not null default 'ACTIVE',
        status_sort integer generated always as (array_position(ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'PENDING'::text, 'BLACKLISTED'::text], status)) stored,
        user_id uuid,
        search_text text generated always as (lower((((((((name || chr(31)) || company_name) || chr(31)) || COALESCE(contact_person, ''::text)) || chr(31)) || email) COLLATE "und-x-icu"))) stored,
        primary key (id),
        constraint vendors_user_key unique (organization_id, user_id),
        constraint vendors_code_key unique (organization_id, code),
        constraint vendors_tenant_key unique (organization_id, id),
        constraint vendors_vendor_type_check check (vendor_type in ('SUPPLIER', 'SERVICE_PROVIDER', 'CONTRACTOR', 'CONSULTANT')),
        constraint vendors_status_check check (status in ('ACTIVE', 'INACTIVE', 'PENDING', 'BLACKLISTED')),
        constraint vendors_organization_id_foreign foreign key (organization_id) references organizations (id) on delete restrict,
        constraint vendors_organization_id_assigned_to_id_foreign foreign key (organization_id, assigned_to_id) references employees (organization_id, id) on delete set null (assigned_to_id),
        constraint vendors_user_id_foreign foreign key (user_id) references users (id) on delete set null
      )`);
    this.addSql('create index vendors_search_index on vendors using gin (organization_id, search_text gin_trgm_ops)');
    this.addSql('create index vendors_created_index on vendors (organization_id, created_at, id)');
    this.addSql('create index vendors_assigned_index on vendors (organization_id, assigned_to_id)');
    this.addSql('create index vendors_type_index on vendors (organization_id, vendor_type)');
    this.addSql('create index vendors_status_index on vendors (organization_id, status)');
    this.addSql('alter table vendors enable row level security, force row level security');
    this.addSql(tenantPolicy('vendors'));
    this.addSql(definerPolicy('vendors'));

    this.addSql(`
      alter table customers
        add converted_from_lead_id uuid,
        add constraint customers_organization_id_converted_from_lead_id_foreign foreign key (organization_id, converted_from_lead_id) references leads (organization_id, id) on delete set null (converted_from_lead_id)`);
    this.addSql('create index customers_converted_from_index on customers (organization_id, converted_from_lead_id)');
    this.addSql(`
      alter table activities
        add lead_id uuid,
        add deal_id uuid,
        add constraint activities_organization_id_lead_id_foreign foreign key (organization_id, lead_id) references leads (organization_id, id) on delete set null (lead_id),
        add constraint activities_organization_id_deal_id_foreign foreign key (organization_id, deal_id) references deals (organization_id, id) on delete set null (deal_id)`);
    this.addSql('create index activities_lead_index on activities (organization_id, lead_id, created_at, id)');
    this.addSql('create index activities_deal_index on activities (organization_id, deal_id, created_at, id)');

    this.addSql(`
      grant select, insert, update, delete
      on pipelines, pipeline_stages, leads, deals, deal_stage_changes, vendors to crm_app, crm_definer`);
  }
}
