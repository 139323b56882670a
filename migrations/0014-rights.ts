import { Migration } from '@mikro-orm/migrations';
import { asDefiner, definerFunction, refuseWhenClosed } from './policies.js';

/** Tables of tenants, except counters of codes, and profiles, which also belong to their users. */
const tables = [
  'activities',
  'customers',
  'deal_stage_changes',
  'deals',
  'employees',
  'leads',
  'memberships',
  'permissions',
  'pipeline_stages',
  'pipelines',
  'role_permissions',
  'roles',
  'user_roles',
  'vendors',
];

/** Protects the last owners, and refuses writes to closed organizations. */
export class Rights extends Migration {
  override up(): void {
    this.endOfClosed();
    for (const statement of asDefiner([
      ...this.owners(),
      // Runs at the end of each statement, so that a statement that waited sees whether the organization was closed.
      // It takes the lock of a foreign key, so that closing waits for all transactions that have written.
      ...definerFunction(
        'refuse_closed_organization()',
        `returns trigger language plpgsql as $$
           declare is_open boolean;
           begin
             select o.is_active into is_open from organizations o
             where o.id = nullif(current_setting('app.organization_id', true), '')::uuid for key share;
             if is_open = false then
               raise exception 'The organization is closed' using errcode = 'TGC01';
             end if;
             return null;
           end
         $$`,
      ),
      // Migrations that create a table must add the trigger.
      'grant execute on function refuse_closed_organization() to current_user',
    ]))
      this.addSql(statement);
    for (const table of tables) this.addSql(refuseWhenClosed(table));
  }

  /** Members who were added while the organization was closed could neither work there nor leave. */
  private endOfClosed(): void {
    const closed = 'organization_id in (select id from organizations where not is_active)';
    for (const table of ['organizations', 'memberships', 'user_profiles'])
      this.addSql(`alter table ${table} no force row level security`);
    this.addSql(
      `update memberships set is_active = false, left_at = now(), updated_at = now(), version = version + 1
       where is_active and ${closed}`,
    );
    this.addSql(
      `update user_profiles set status = 'INACTIVE', deactivated_at = now(), is_primary = false, updated_at = now(),
         version = version + 1
       where status <> 'INACTIVE' and ${closed}`,
    );
    // A user who lost the primary profile gets the next active one instead.
    this.addSql(
      `update user_profiles set is_primary = true, updated_at = now(), version = version + 1
       where id in (
         select distinct on (p.user_id) p.id
         from user_profiles p
         join memberships m on m.organization_id = p.organization_id and m.user_id = p.user_id and m.is_active
         where p.status = 'ACTIVE'
           and not exists (select from user_profiles other where other.user_id = p.user_id and other.is_primary)
         order by p.user_id, p.created_at, p.id
       )`,
    );
    for (const table of ['organizations', 'memberships', 'user_profiles'])
      this.addSql(`alter table ${table} force row level security`);
  }

  /** Owners with a closed account do not count, since they cannot act for the organization. */
  private owners(): string[] {
    return [
      // Locks the other owners' accounts, so that none is closed meanwhile.
      ...definerFunction(
        'owns_alone(p_organization uuid, p_user uuid)',
        `returns boolean language plpgsql volatile as $$
           begin
             perform from memberships m
             join users u on u.id = m.user_id
             where m.organization_id = p_organization and m.is_active and m.is_owner and m.user_id <> p_user
               and u.is_active
             order by u.id for share of u;
             return not found;
           end
         $$`,
      ),
      ...definerFunction(
        'owns_alone_anywhere(p_user uuid)',
        `returns boolean language sql volatile as $$
           select exists (
             select from memberships m
             join organizations o on o.id = m.organization_id and o.is_active
             where m.user_id = p_user and m.is_active and m.is_owner and owns_alone(m.organization_id, p_user)
           )
         $$`,
      ),
      ...definerFunction(
        'lock_ownerships(p_user uuid)',
        `returns void language plpgsql volatile as $$
           begin
             perform from organizations o
             where exists (select from memberships m
               where m.organization_id = o.id and m.user_id = p_user and m.is_active and m.is_owner)
             order by o.id for no key update;
           end
         $$`,
      ),
      // The user's own profile may belong to another organization than the active one. Locking that organization
      // serializes the change with its changes of access.
      ...definerFunction(
        'lock_organization_of_own_profile(p_profile uuid)',
        `returns uuid language plpgsql volatile as $$
           declare
             found_id uuid;
           begin
             select o.id into found_id
             from organizations o
             join user_profiles p on p.organization_id = o.id
             where p.id = p_profile and p.user_id = (select current_setting('app.user_id')::uuid)
             for no key update of o;
             return found_id;
           end
         $$`,
      ),
    ];
  }
}
