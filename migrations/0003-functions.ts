import { Migration } from '@mikro-orm/migrations';
import { definerFunction, search } from './policies.js';

/** Functions that read beyond the active organization, and search, whose indexes row-level security would not use. */
export class Functions extends Migration {
  override up(): void {
    // Both grants are revoked at the end: crm_definer owns functions, and has no other rights in the schema.
    this.addSql('grant crm_definer to current_user');
    this.addSql('grant create on schema public to crm_definer');

    this.define(
      'request_viewer(p_user uuid, p_session uuid, p_organization uuid)',
      `returns table (
         session_live boolean, is_superuser boolean, organization_id uuid, currency text, time_zone text,
         is_owner boolean, is_suspended boolean, employee_id uuid, permissions text[]
       ) language sql stable as $$
         select
           u.is_active and s.revoked_at is null and s.expires_at > now(),
           u.is_superuser, m.organization_id, m.currency, m.timezone, m.is_owner,
           exists (select from user_profiles p
             where p.organization_id = m.organization_id and p.user_id = u.id and p.status = 'SUSPENDED')
           and not exists (select from user_profiles p
             where p.organization_id = m.organization_id and p.user_id = u.id and p.status = 'ACTIVE'),
           e.id,
           array(
             select distinct p.resource || ':' || p.action
             from roles r
             join role_permissions g on g.organization_id = r.organization_id and g.role_id = r.id
             join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
             where r.organization_id = m.organization_id and r.is_active and (
               (r.id = e.role_id and e.status in ('ACTIVE', 'ON_LEAVE'))
               or r.id in (select a.role_id from user_roles a
                 where a.organization_id = m.organization_id and a.user_id = u.id and a.is_active)
             )
           )
         from users u
         join sessions s on s.id = p_session and s.user_id = u.id
         left join lateral (
           select c.organization_id, c.is_owner, o.currency, o.timezone
           from memberships c
           join organizations o on o.id = c.organization_id and o.is_active
           where c.user_id = u.id and c.is_active and (p_organization is null or c.organization_id = p_organization)
           order by
             exists (select from user_profiles p
               where p.organization_id = c.organization_id and p.user_id = u.id and p.is_primary) desc,
             c.joined_at, c.id
           limit 1
         ) m on true
         left join employees e on e.organization_id = m.organization_id and e.user_id = u.id
         where u.id = p_user
       $$`,
    );

    this.define(
      'member_count(p_organization uuid)',
      `returns integer language sql stable as $$
         select count(*)::integer from memberships where organization_id = p_organization and is_active
       $$`,
    );

    this.define(
      'owns_organization(p_user uuid, p_organization uuid)',
      `returns boolean language sql stable as $$
         select exists (select from memberships
           where organization_id = p_organization and user_id = p_user and is_active and is_owner)
       $$`,
    );

    this.define(
      'roles_held(p_user uuid, p_organization uuid)',
      `returns setof roles language sql stable as $$
         select r.* from roles r
         where r.organization_id = p_organization and r.is_active
           and (p_organization = current_setting('app.organization_id')::uuid
             or p_user = current_setting('app.user_id')::uuid)
           and (
             r.id in (select a.role_id from user_roles a
               where a.organization_id = p_organization and a.user_id = p_user and a.is_active)
             or r.id in (select e.role_id from employees e
               where e.organization_id = p_organization and e.user_id = p_user and e.status in ('ACTIVE', 'ON_LEAVE'))
           )
       $$`,
    );

    this.define(
      'taken_names(p_email text, p_username text)',
      `returns table (email_taken boolean, username_taken boolean) language sql stable as $$
         select exists (select from users where email = p_email),
           exists (select from users where username_sort = lower(p_username))
       $$`,
    );

    this.define(
      'has_users()',
      `returns boolean language sql stable as $$
         select exists (select from users)
       $$`,
    );

    this.define(
      'find_user(p_id uuid, p_email text)',
      `returns uuid language sql stable as $$
         select id from users where id = p_id or email = p_email
       $$`,
    );

    // Organizations whose slugs differ at most by a number are created one after the other, so that each sees the
    // earlier slugs.
    this.define(
      'free_slug(p_wanted text)',
      `returns text language plpgsql volatile as $$
         begin
           perform pg_advisory_xact_lock(hashtextextended('slug ' || regexp_replace(p_wanted, '(-[0-9]+)+$', ''), 0));
           return (
             select candidate from (
               select p_wanted as candidate, 1 as place
               union all select p_wanted || '-' || n, n from generate_series(2, 2 + (select count(*) from organizations
                 where slug like p_wanted || '-%')) n
             ) candidates
             where not exists (select from organizations o where o.slug = candidate)
             order by place limit 1
           );
         end
       $$`,
    );

    // Serialized per user, since a user may be added to several organizations at the same time.
    this.define(
      'hand_over_primary_profile(p_user uuid)',
      `returns void language sql volatile as $$
         select from users where id = p_user for no key update;
         update user_profiles set is_primary = true, updated_at = now(), version = version + 1
         where id = (
           select p.id from user_profiles p
           join memberships m on m.organization_id = p.organization_id and m.user_id = p.user_id and m.is_active
           where p.user_id = p_user and p.status = 'ACTIVE'
           order by p.created_at, p.id limit 1
         ) and not exists (select from user_profiles where user_id = p_user and is_primary)
       $$`,
    );

    // Runs on a separate connection and commits immediately, so that it never waits for an open transaction.
    this.define(
      'draw_code(p_organization uuid, p_kind text)',
      `returns text language sql volatile as $$
         insert into code_counters (organization_id, kind, last) values (p_organization, p_kind, 1)
         on conflict (organization_id, kind) do update set last = code_counters.last + 1
         returning kind || '-' || lpad(last::text, greatest(4, length(last::text)), '0')
       $$`,
    );

    this.defineSignIn();
    this.define(...search('customers'));
    this.define(...search('activities'));

    this.addSql('revoke create on schema public from crm_definer');
    this.addSql('revoke crm_definer from current_user');
    this.addSql('grant select, insert, update, delete on all tables in schema public to crm_definer');
    this.addSql('grant select, insert, update, delete on all tables in schema public to crm_app');
    // Users may change their own profiles in all organizations, but never move them to another one.
    this.addSql('revoke update on user_profiles from crm_app');
    this.addSql(
      'grant update (version, created_at, updated_at, is_primary, status, activated_at, deactivated_at) on user_profiles to crm_app',
    );
    this.addSql('revoke all on sign_in_attempts from crm_app');
    this.addSql('revoke all on migrations from crm_app, crm_definer');
  }

  private defineSignIn(): void {
    // An attempt counts as failed until end_attempts resets it. From the fifth on each failure delays the next attempt.
    // Times are truncated to the stored precision: rounded up, they could lie after the time of the next attempt.
    this.define(
      'begin_attempt(p_name text, p_unknown text)',
      `returns table (attempt_key text, user_id uuid, password_hash text, retry_after_ms integer)
       language plpgsql volatile as $$
         declare
           account record;
           attempts sign_in_attempts;
         begin
           select u.id, u.password_hash, u.is_active into account from users u
           where case when p_name like '%@%' then u.email = p_name else u.username_sort = p_name end;
           attempt_key := coalesce('user ' || account.id, 'name ' || p_unknown);
           insert into sign_in_attempts (key, failures, retry_at) values (attempt_key, 0, date_trunc('milliseconds', clock_timestamp()))
           on conflict (key) do nothing;
           select * into attempts from sign_in_attempts a where a.key = attempt_key for update;
           retry_after_ms := ceil(greatest(0, extract(epoch from attempts.retry_at - clock_timestamp())) * 1000);
           if retry_after_ms = 0 then
             update sign_in_attempts a
             set failures = a.failures + 1,
                 retry_at = date_trunc('milliseconds', clock_timestamp())
                   + case when a.failures < 4 then interval '0' else least(900, 2 ^ least(a.failures - 4, 10)) * interval '1 s' end
             where a.key = attempt_key;
             user_id := account.id;
             password_hash := case when account.is_active then account.password_hash end;
           end if;
           -- Names that nobody has would pile up.
           if random() < 0.01 then
             delete from sign_in_attempts a where a.key like 'name %' and a.retry_at < now() - interval '1 day';
           end if;
           return next;
         end
       $$`,
    );

    this.define(
      'end_attempts(p_key text)',
      'returns void language sql volatile as $$ delete from sign_in_attempts where key = p_key $$',
    );

    this.define(
      'rotate_session(p_session uuid, p_hash text, p_new_hash text, p_authentic boolean)',
      `returns table (outcome text, user_id uuid) language plpgsql volatile as $$
         declare found_session record;
         begin
           select s.*, u.is_active into found_session from sessions s join users u on u.id = s.user_id
           where s.id = p_session for update of s;
           user_id := found_session.user_id;
           if found_session.id is null or not found_session.is_active or found_session.revoked_at is not null
             or found_session.expires_at <= now() or found_session.last_used_at <= now() - interval '7 days' then
             outcome := 'invalid';
           elsif p_hash = found_session.token_hash or (p_hash = found_session.previous_token_hash
               and found_session.rotated_at > now() - interval '10 s') then
             update sessions s set previous_token_hash = s.token_hash, token_hash = p_new_hash,
               rotated_at = now(), last_used_at = now() where s.id = p_session;
             outcome := 'rotated';
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

    this.define(
      'end_sessions(p_user uuid, p_only uuid default null)',
      `returns integer language sql volatile as $$
         with ended as (
           update sessions set revoked_at = now()
           where user_id = p_user and revoked_at is null and expires_at > now() and (p_only is null or id = p_only)
           returning id
         ) select count(*)::integer from ended
       $$`,
    );
  }

  private define(signature: string, definition: string): void {
    for (const statement of definerFunction(signature, definition)) this.addSql(statement);
  }
}
