import { Migration } from '@mikro-orm/migrations';
import { adoptChanges, afterRestore, eraseFromLog, logPosition, openChangeSet, pruneLog } from './log-functions.js';
import { logged } from './log-triggers.js';
import { asDefiner, definerFunction, definerPolicy, innerFunction, tenantPolicy } from './policies.js';

/** Tables of records, with their types in the log and the columns that it leaves out. */
const records: Record<string, [type: string, ...unlogged: string[]]> = {
  organizations: ['ORGANIZATION'],
  memberships: ['MEMBERSHIP'],
  user_profiles: ['USER_PROFILE'],
  roles: ['ROLE'],
  permissions: ['PERMISSION'],
  role_permissions: ['ROLE_PERMISSION'],
  user_roles: ['USER_ROLE'],
  api_keys: ['API_KEY', 'last_used_at', 'last_ip_address'],
  api_key_permissions: ['API_KEY_PERMISSION'],
  employees: ['EMPLOYEE'],
  customers: ['CUSTOMER'],
  vendors: ['VENDOR'],
  pipelines: ['PIPELINE'],
  pipeline_stages: ['PIPELINE_STAGE'],
  leads: ['LEAD'],
  deals: ['DEAL'],
  deal_stage_changes: ['DEAL_STAGE_CHANGE'],
  activities: ['ACTIVITY'],
};

/**
 * The log: triggers write every change of a record, in the transaction of the change. Nobody changes or deletes what is
 * written but functions that erase a record or end what is too old.
 *
 * The tables are new and begin empty: what happened before is not in the log. Creating a trigger waits for the writes
 * that are under way on its table. No row of another table is written.
 */
export class Log extends Migration {
  override up(): void {
    this.addSql('create sequence change_number');
    // The number is an id as well: bytes of a UUID compare in the order of the numbers, so one index serves both.
    this.addSql(`
      create table changes (
        organization_id uuid not null,
        id uuid not null default ('00000000-0000-8000-8000-' || lpad(to_hex(nextval('change_number')), 12, '0'))::uuid,
        xid xid8 not null default pg_current_xact_id(),
        at timestamptz(3) not null default now(),
        change_set_id uuid not null,
        record_type text not null,
        record_id uuid not null,
        action text not null,
        version int,
        before jsonb,
        after jsonb,
        is_erased boolean not null default false,
        primary key (organization_id, id)
      )`);
    this.addSql('create index changes_xid_index on changes (organization_id, xid, id)');
    this.addSql('create index changes_record_index on changes (organization_id, record_id, id)');
    this.addSql('create index changes_change_set_index on changes (organization_id, change_set_id, id)');
    this.addSql(`create index changes_deleted_index on changes (organization_id, id) where (action = 'DELETED')`);
    this.addSql(`
      create table change_sets (
        organization_id uuid not null,
        id uuid not null,
        at timestamptz(3) not null,
        user_id uuid,
        api_key_id uuid,
        actor_name text not null,
        operations text[] not null,
        request_id text,
        source text not null,
        undoes_id uuid,
        primary key (organization_id, id)
      )`);
    this.addSql('create index change_sets_user_index on change_sets (organization_id, user_id, id)');
    this.addSql(`
      create index change_sets_undoes_index on change_sets (organization_id, undoes_id) where (undoes_id is not null)`);
    for (const table of ['changes', 'change_sets']) {
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(tenantPolicy(table));
      this.addSql(definerPolicy(table));
      this.addSql(`grant select on ${table} to crm_app`);
      this.addSql(`grant select, insert, update, delete on ${table} to crm_definer`);
    }
    this.addSql('grant usage on sequence change_number to crm_definer');
    for (const table of ['idempotency_keys', 'api_key_answers'])
      this.addSql(`alter table ${table} add change_set_id uuid`);
    this.addSql(logPosition);
    this.addSql(afterRestore);
    const functions = [eraseFromLog, pruneLog, adoptChanges].flatMap((one) => definerFunction(...one));
    const triggers = Object.entries(records).flatMap(([table, [type, ...unlogged]]) => logged(table, type, unlogged));
    for (const statement of asDefiner([...innerFunction(...openChangeSet), ...functions, ...triggers]))
      this.addSql(statement);
  }
}
