import { Migration } from '@mikro-orm/migrations';
import { asDefiner, replacedFunction } from './policies.js';

const ofTenants = `
  c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and exists (
    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and a.attnotnull)`;

/**
 * Tables of tenants had two unique indexes, on the id and on organization and id. Only the primary key remains, and it
 * starts with the organization.
 */
export class OneKey extends Migration {
  override async up(): Promise<void> {
    await this.changeKeys();
    // The user's own profiles in other organizations were found by id alone, or by reading all rows.
    await this.execute('create index user_profiles_user_index on user_profiles (user_id)');
    await this.replaceFunctions();
  }

  /**
   * Foreign keys depend on the index of the second key. PostgreSQL neither turns the index of a constraint into a
   * primary key, nor lets a foreign key change its index. So this drops the foreign keys, replaces the indexes of each
   * table in one statement, and adds the foreign keys again, which checks them.
   *
   * No row is written. A million rows take a second, half for the index and half for the checks. Meanwhile the tables
   * are locked. Building the indexes concurrently beforehand would save half of that, but outside the transaction, so
   * that a failed migration would leave some of them behind.
   */
  private async changeKeys(): Promise<void> {
    const tables = await this.rows<{ name: string; keys: string[] }>(`
      select quote_ident(c.relname) as name, json_agg(quote_ident(k.conname)) as keys
      from pg_class c
      join pg_constraint k on k.conrelid = c.oid and k.contype in ('p', 'u')
      where ${ofTenants}
        and (
          select array_agg(a.attname order by a.attname) from pg_attribute a
          where a.attrelid = c.oid and a.attnum = any(k.conkey)
        ) in ('{id}', '{id,organization_id}')
      group by c.relname
      order by c.relname`);
    const references = await this.rows<{ table: string; name: string; definition: string }>(`
      select k.conrelid::regclass::text as "table", quote_ident(k.conname) as name,
        pg_get_constraintdef(k.oid) as definition
      from pg_constraint k
      join pg_class c on c.oid = k.confrelid
      where k.contype = 'f' and ${ofTenants}
      order by 1, 2`);
    for (const { table, name } of references) await this.execute(`alter table ${table} drop constraint ${name}`);
    for (const { name, keys } of tables) {
      const drops = keys.map((key) => `drop constraint ${key}`);
      // The policies would hide the rows that the foreign keys check from the owner.
      await this.execute(`
        alter table ${name} no force row level security, ${drops.join(', ')}, add primary key (organization_id, id)`);
    }
    for (const { table, name, definition } of references)
      await this.execute(`alter table ${table} add constraint ${name} ${definition}`);
    for (const { name } of tables) await this.execute(`alter table ${name} force row level security`);
  }

  /** Replaces functions that took an id without its organization; servers of the previous version call the old ones. */
  private async replaceFunctions(): Promise<void> {
    const handOver = replacedFunction(
      'hand_over_primary_profile(p_user uuid)',
      `returns void language sql volatile as $$
         select from users where id = p_user for no key update;
         update user_profiles set is_primary = true, updated_at = now(), version = version + 1
         where (organization_id, id) = (
           select p.organization_id, p.id from user_profiles p
           join memberships m on m.organization_id = p.organization_id and m.user_id = p.user_id and m.is_active
           where p.user_id = p_user and p.status = 'ACTIVE'
           order by p.created_at, p.id limit 1
         ) and not exists (select from user_profiles where user_id = p_user and is_primary)
       $$`,
    );
    const permissionsOfRole = replacedFunction(
      'permissions_of_role(p_role uuid)',
      `returns setof permissions language sql stable as $$
         select p.* from (
           select current_setting('app.organization_id')::uuid as organization_id, p_role as id
           union
           select h.organization_id, h.id
           from memberships m
           cross join lateral roles_held(m.user_id, m.organization_id) h
           where m.user_id = current_setting('app.user_id')::uuid and m.is_active and h.id = p_role
         ) r
         join role_permissions g on g.organization_id = r.organization_id and g.role_id = r.id
         join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
       $$`,
    );
    const permissionCount = replacedFunction(
      'permission_count(p_organization uuid, p_role uuid)',
      `returns integer language sql stable as $$
         select count(*)::integer from role_permissions where organization_id = p_organization and role_id = p_role
       $$`,
    );
    const holderCount = replacedFunction(
      'holder_count(p_organization uuid, p_role uuid)',
      `returns integer language sql stable as $$
         select count(*)::integer from memberships
         where organization_id = p_organization and is_active and user_id in (
           select user_id from user_roles where organization_id = p_organization and role_id = p_role and is_active
           union all
           select user_id from employees
           where organization_id = p_organization and role_id = p_role and status in ('ACTIVE', 'ON_LEAVE')
         )
       $$`,
    );
    for (const statement of asDefiner([...handOver, ...permissionsOfRole, ...permissionCount, ...holderCount]))
      await this.execute(statement);
  }

  private async rows<Row>(query: string): Promise<Row[]> {
    return (await this.execute(query)) as Row[];
  }
}
