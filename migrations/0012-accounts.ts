import { Migration } from '@mikro-orm/migrations';
import { asDefiner, replacedFunction } from './policies.js';

/** A refreshed session keeps its successor for a moment, and a role counts only present members. */
export class Accounts extends Migration {
  override up(): void {
    this.addSql('alter table sessions add successor text');

    // Servers of the previous version do not store a successor, and may still rotate in their own way.
    const olderRotation = `
      do $$ begin
        execute replace(pg_get_functiondef('rotate_session(uuid, text, text, boolean)'::regprocedure),
          'rotated_at = now()', 'rotated_at = now(), successor = null');
      end $$`;
    const rotation = replacedFunction(
      'rotate_session(p_session uuid, p_hash text, p_new_hash text, p_successor text, p_authentic boolean)',
      `returns table (outcome text, user_id uuid, successor text) language plpgsql volatile as $$
         declare found_session record;
         begin
           select s.*, u.is_active into found_session from sessions s join users u on u.id = s.user_id
           where s.id = p_session for update of s;
           user_id := found_session.user_id;
           if found_session.id is null or not found_session.is_active or found_session.revoked_at is not null
             or found_session.expires_at <= now() or found_session.last_used_at <= now() - interval '7 days' then
             outcome := 'invalid';
           elsif p_hash = found_session.token_hash or (p_hash = found_session.previous_token_hash
               and found_session.successor is null and found_session.rotated_at > now() - interval '10 s') then
             update sessions s set previous_token_hash = s.token_hash, token_hash = p_new_hash,
               successor = case when p_hash = s.token_hash then p_successor end,
               rotated_at = now(), last_used_at = now()
             where s.id = p_session;
             outcome := 'rotated';
           elsif p_hash = found_session.previous_token_hash and found_session.rotated_at > now() - interval '10 s' then
             successor := found_session.successor;
             outcome := 'repeated';
           elsif p_authentic then
             update sessions s set revoked_at = now() where s.id = p_session;
             outcome := 'reused';
           else
             outcome := 'invalid';
           end if;
           return next;
         end
       $$`,
    );
    const holderCount = replacedFunction(
      'holder_count(p_role uuid)',
      `returns integer language sql stable as $$
         select count(*)::integer from (
           select user_id, organization_id from user_roles where role_id = p_role and is_active
           union
           select user_id, organization_id from employees
           where role_id = p_role and user_id is not null and status in ('ACTIVE', 'ON_LEAVE')
         ) holders
         join memberships m using (organization_id, user_id)
         where m.is_active
       $$`,
    );
    for (const statement of asDefiner([olderRotation, ...rotation, ...holderCount])) this.addSql(statement);

    this.addSql(`
      create or replace view role_holders with (security_invoker = true) as
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
      join memberships m on m.organization_id = h.organization_id and m.user_id = h.user_id and m.is_active
      group by h.organization_id, h.role_id, h.user_id`);
  }
}
