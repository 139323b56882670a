import { Migration } from '@mikro-orm/migrations';
import { definerFunction, search } from './policies.js';

/** Search over leads, deals and vendors, and the visible roles of users in other organizations. */
export class SalesFunctions extends Migration {
  override up(): void {
    this.addSql('grant crm_definer to current_user');
    this.addSql('grant create on schema public to crm_definer');

    this.define(...search('leads'));
    this.define(...search('vendors'));
    // Search also finds a deal by the name of its customer.
    this.define(
      ...search(
        'deals',
        `or t.customer_id in (
           select c.id from customers c
           where c.organization_id = current_setting('app.organization_id')::uuid
             and c.search_text like pattern.text and lower(c.name collate "und-x-icu") like pattern.text
         )`,
      ),
    );

    const visible = `(r.organization_id = current_setting('app.organization_id')::uuid
           or r.id in (select h.id from memberships m cross join lateral roles_held(m.user_id, m.organization_id) h
             where m.user_id = current_setting('app.user_id')::uuid and m.is_active))`;
    this.define(
      'permissions_of_role(p_role uuid)',
      `returns setof permissions language sql stable as $$
         select p.* from roles r
         join role_permissions g on g.organization_id = r.organization_id and g.role_id = r.id
         join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
         where r.id = p_role and ${visible}
       $$`,
    );
    this.define(
      'permission_count(p_role uuid)',
      `returns integer language sql stable as $$
         select count(*)::integer from role_permissions where role_id = p_role
       $$`,
    );
    this.define(
      'holder_count(p_role uuid)',
      `returns integer language sql stable as $$
         select count(*)::integer from (
           select user_id from user_roles where role_id = p_role and is_active
           union
           select user_id from employees
           where role_id = p_role and user_id is not null and status in ('ACTIVE', 'ON_LEAVE')
         ) holders
       $$`,
    );

    this.addSql('revoke create on schema public from crm_definer');
    this.addSql('revoke crm_definer from current_user');

    this.addSql(`
      create view role_holders with (security_invoker = true) as
      select h.user_id as id, h.organization_id, h.role_id, h.user_id,
        bool_or(h.assigned) as by_assignment, bool_or(not h.assigned) as by_employee,
        max(h.assigned_at) as assigned_at, (array_agg(h.assigned_by_id) filter (where h.assigned))[1] as assigned_by_id
      from (
        select organization_id, role_id, user_id, true as assigned, assigned_at, assigned_by_id
        from user_roles where is_active
        union all
        select organization_id, role_id, user_id, false, null, null
        from employees where role_id is not null and user_id is not null and status in ('ACTIVE', 'ON_LEAVE')
      ) h
      group by h.organization_id, h.role_id, h.user_id`);
    this.addSql('grant select on role_holders to crm_app');
  }

  private define(signature: string, definition: string): void {
    for (const statement of definerFunction(signature, definition)) this.addSql(statement);
  }
}
