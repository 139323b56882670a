import { Migration } from '@mikro-orm/migrations';
import { logged } from './log-triggers.js';
import {
  asDefiner,
  definerFunction,
  definerPolicy,
  lostReferences,
  notForApp,
  refuseWhenClosed,
  tenantPolicy,
} from './policies.js';
import {
  disableWebhook,
  leaseWebhook,
  releaseWebhooks,
  replaceWebhookSecret,
  resealWebhookSecret,
  webhookSecretsSealedOtherwise,
} from './webhook-functions.js';

const tables = ['webhooks', 'webhook_readers', 'webhook_secrets', 'webhook_deliveries'];

/**
 * Webhooks read the log, each at a position of its own. Sealed secrets stand apart, where crm_app cannot reach them.
 * Deliveries are kept only if their first try has failed.
 *
 * All tables are new, and no row of another is written. Servers of the previous version know no webhooks.
 */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table webhooks (
        id uuid not null,
        version int not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        organization_id uuid not null,
        url text not null,
        description text,
        record_types text[] not null default '{}',
        actions text[] not null default '{}',
        secret_prefix text not null,
        created_by_id uuid,
        responsible_id uuid,
        disabled_at timestamptz(3),
        disabled_reason text,
        primary key (organization_id, id),
        constraint webhooks_disabled_reason_check
          check (disabled_reason in ('MANUAL', 'ABANDONED', 'GONE', 'FAILING', 'CURSOR_EXPIRED', 'SECRET_LOST')),
        constraint webhooks_created_by_id_foreign foreign key (created_by_id)
          references users (id) on delete set null,
        constraint webhooks_responsible_id_foreign foreign key (responsible_id)
          references users (id) on delete set null
      )`);
    this.addSql('create index webhooks_responsible_index on webhooks (organization_id, responsible_id)');
    this.addSql(`
      create table webhook_readers (
        organization_id uuid not null,
        webhook_id uuid not null,
        "position" jsonb not null,
        is_behind boolean not null default false,
        looked_at timestamptz not null default now(),
        not_before timestamptz,
        retry_at timestamptz,
        failing_since timestamptz,
        replayed_at timestamptz,
        lease uuid,
        lease_ends_at timestamptz,
        primary key (organization_id, webhook_id)
      )`);
    this.addSql('create index webhook_readers_lease_index on webhook_readers (lease) where (lease is not null)');
    this.addSql(`
      create table webhook_secrets (
        organization_id uuid not null,
        id uuid not null,
        webhook_id uuid not null,
        sealed text not null,
        expires_at timestamptz,
        primary key (organization_id, id)
      )`);
    this.addSql('create index webhook_secrets_webhook_index on webhook_secrets (organization_id, webhook_id)');
    this.addSql(`
      create table webhook_deliveries (
        organization_id uuid not null,
        id uuid not null,
        webhook_id uuid not null,
        change_id uuid not null,
        record_type text not null,
        record_id uuid not null,
        action text not null,
        status text not null,
        tries int not null default 0,
        created_at timestamptz(3) not null default clock_timestamp(),
        tried_at timestamptz(3),
        next_try_at timestamptz(3),
        ended_at timestamptz(3),
        http_status int,
        duration_ms int,
        answer text,
        fault text,
        primary key (organization_id, id),
        constraint webhook_deliveries_change_key unique (organization_id, webhook_id, change_id),
        constraint webhook_deliveries_status_check check (status in ('WAITING', 'DELIVERED', 'FAILED'))
      )`);
    this.addSql(`
      create index webhook_deliveries_waiting_index on webhook_deliveries
        (organization_id, webhook_id, record_id, change_id) where (status = 'WAITING')`);
    this.addSql(`
      create index webhook_deliveries_ended_index on webhook_deliveries
        (organization_id, webhook_id, ended_at) where (status <> 'WAITING')`);
    for (const table of tables) {
      this.addSql(`
        alter table ${table} add constraint ${table}_organization_id_foreign
          foreign key (organization_id) references organizations (id) on delete restrict`);
      if (table !== 'webhooks')
        this.addSql(`
          alter table ${table} add constraint ${table}_organization_id_webhook_id_foreign
            foreign key (organization_id, webhook_id) references webhooks (organization_id, id) on delete cascade`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(tenantPolicy(table));
      this.addSql(definerPolicy(table));
      this.addSql(`grant select, insert, update, delete on ${table} to crm_definer`);
      if (table !== 'webhook_secrets') this.addSql(`grant select, insert, update, delete on ${table} to crm_app`);
      this.addSql(refuseWhenClosed(table));
    }
    this.addSql(lostReferences('webhooks', ['created_by_id', 'responsible_id']));

    const functions = [
      leaseWebhook,
      disableWebhook,
      replaceWebhookSecret,
      webhookSecretsSealedOtherwise,
      resealWebhookSecret,
      releaseWebhooks,
    ].flatMap((one) => definerFunction(...one));
    const triggers = [...logged('webhooks', 'WEBHOOK'), releasesWebhooks];
    for (const statement of asDefiner([...functions, ...triggers, notForApp('release_webhooks()')]))
      this.addSql(statement);
  }
}

const releasesWebhooks = `
  create trigger release_webhooks after update of is_active on memberships
    for each row
    when (old.is_active and not new.is_active)
    execute function release_webhooks()`;
