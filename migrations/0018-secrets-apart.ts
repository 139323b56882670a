import { Migration } from '@mikro-orm/migrations';
import { activeUser, asDefiner, definerFunction, definerPolicy } from './policies.js';

/**
 * Password hashes and superuser rights move to a table that crm_app can neither read nor write. The functions below are
 * the only way there. None of them returns a hash: the server hashes the password as typed with the salt of the stored
 * hash, and the database compares.
 *
 * Servers of the previous version find nothing in the old place: they fail to sign people in, to register them and to
 * change their accounts. A copy of the hashes for them would undo the separation.
 */
export class SecretsApart extends Migration {
  override up(): void {
    this.addSql(`
      create table user_secrets (
        user_id uuid not null,
        password_hash text not null,
        is_superuser boolean not null default false,
        primary key (user_id)
      )`);
    // This locks the table, so that no account changes between the copy and the removal. Policies also bind the owner.
    this.addSql('alter table users no force row level security');
    this.addSql(`
      insert into user_secrets (user_id, password_hash, is_superuser)
      select id, password_hash, is_superuser
      from users`);
    this.addSql(`
      alter table user_secrets add constraint user_secrets_user_id_foreign
        foreign key (user_id) references users (id) on delete cascade`);
    this.addSql('alter table user_secrets enable row level security, force row level security');
    this.addSql(definerPolicy('user_secrets'));
    this.addSql('grant select, insert, update, delete on user_secrets to crm_definer');

    this.addSql('drop view known_users');
    // This removes the columns from the catalogue only and writes no row.
    this.addSql('alter table users drop column password_hash, drop column is_superuser');
    this.addSql('alter table users force row level security');
    // An account that is deleted and created again could get another password.
    this.addSql('revoke delete on users from crm_app');

    const functions = [isSuperuser, requestViewer, createUserSecrets, beginAttempt, endAttempt].flatMap((one) =>
      definerFunction(...one),
    );
    for (const statement of asDefiner([...replaced, ...functions])) this.addSql(statement);
    this.addSql(knownUsers);
    this.addSql('grant select on known_users to crm_app');
  }
}

type Definition = [signature: string, definition: string];

const replaced = [
  'drop function request_viewer(uuid, uuid, uuid)',
  'drop function begin_attempt(text, text)',
  'drop function end_attempts(text)',
];

/** Answers about the same users as the policy of `users`: oneself, and the active organization's members. */
const isSuperuser: Definition = [
  'is_superuser(p_user uuid)',
  `returns boolean language sql stable as $$
     select coalesce((
       select s.is_superuser
       from user_secrets s
       where s.user_id = p_user
         and (p_user = current_setting('app.user_id')::uuid
           or exists (select from memberships m
             where m.user_id = p_user
               and m.organization_id = current_setting('app.organization_id')::uuid
               and m.is_active))
     ), false)
   $$`,
];

/** As before, with the right from its new place. */
export const requestViewer: Definition = [
  'request_viewer(p_user uuid, p_session uuid, p_organization uuid)',
  `returns table (
     session_live boolean, is_superuser boolean, organization_id uuid, currency text, time_zone text, today text,
     is_owner boolean, is_suspended boolean, employee_id uuid, permissions text[]
   ) language sql stable as $$
     select
       u.is_active and s.revoked_at is null and s.expires_at > now(),
       x.is_superuser, m.organization_id, m.currency, m.timezone, (now() at time zone m.timezone)::date::text,
       m.is_owner,
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
     join user_secrets x on x.user_id = u.id
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
];

/** A new account's first password. The primary key refuses a second one. */
const createUserSecrets: Definition = [
  'create_user_secrets(p_user uuid, p_hash text)',
  `returns void language sql volatile as $$
     insert into user_secrets (user_id, password_hash) values (p_user, p_hash)
   $$`,
];

/** As before, but returns the salt instead of the hash: the hash up to and including its last dollar sign. */
const beginAttempt: Definition = [
  'begin_attempt(p_name text, p_unknown text)',
  `returns table (user_id uuid, salt text, retry_after_ms integer)
   language plpgsql volatile as $$
     declare
       account record;
       attempts sign_in_attempts;
       attempt_key text;
     begin
       select u.id, u.is_active, substring(s.password_hash from '^.*[$]') as salt into account
       from users u
       join user_secrets s on s.user_id = u.id
       where case when p_name like '%@%' then u.email = p_name else u.username_sort = folded(p_name) end;
       attempt_key := coalesce('user ' || account.id, 'name ' || p_unknown);
       insert into sign_in_attempts (key, failures, retry_at)
       values (attempt_key, 0, date_trunc('milliseconds', clock_timestamp()))
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
         salt := case when account.is_active then account.salt end;
       end if;
       -- Names that nobody has would pile up.
       if random() < 0.01 then
         delete from sign_in_attempts a where a.key like 'name %' and a.retry_at < now() - interval '1 day';
       end if;
       return next;
     end
   $$`,
];

/**
 * Whether the hash of the password as typed is the stored one; if so, resets the count of failures. `p_typed` is the
 * hash without normalization, as old ones are: the normalized one replaces it. `p_next` replaces either, so that
 * nobody changes a password without the old one. The lock makes sign-ins and changes of the password take turns.
 */
const endAttempt: Definition = [
  'end_attempt(p_user uuid, p_hash text, p_typed text, p_next text)',
  `returns boolean language plpgsql volatile as $$
     declare
       stored text;
     begin
       select s.password_hash into stored
       from user_secrets s
       join users u on u.id = s.user_id
       where s.user_id = p_user and u.is_active
       for no key update of s;
       if not coalesce(stored = p_hash or stored = p_typed, false) then
         return false;
       end if;
       update user_secrets s
       set password_hash = coalesce(p_next, p_hash)
       where s.user_id = p_user and s.password_hash <> coalesce(p_next, p_hash);
       delete from sign_in_attempts a where a.key = 'user ' || p_user;
       return true;
     end
   $$`,
];

/** As before, with the right from its new place. */
const knownUsers = `
  create view known_users with (security_invoker = true) as
  select m.organization_id, m.user_id as id, coalesce(u.version, 1) as version,
    coalesce(u.created_at, m.left_at) as created_at, coalesce(u.updated_at, m.left_at) as updated_at,
    coalesce(u.username, m.member_username) as username, coalesce(u.email, m.member_email) as email,
    u.first_name, u.last_name,
    coalesce(u.first_name || ' ' || u.last_name, u.username, m.member_full_name) as full_name,
    u.profile_image, u.phone, u.title, u.department, u.bio, u.location,
    coalesce(u.timezone, 'UTC') as timezone, coalesce(u.language, 'en') as language,
    coalesce(u.is_active, false) as is_active, u.id is not null and is_superuser(u.id) as is_superuser,
    u.last_login_at, u.password_changed_at, m.member_full_name, u.id is null as is_snapshot
  from memberships m
  left join users u on u.id = m.user_id and (m.is_active or u.id = ${activeUser})`;
