import { Migration } from '@mikro-orm/migrations';
import {
  activeOrganizationOrNull,
  activeUserOrNull,
  asDefiner,
  type Definition,
  replacedFunction,
} from './policies.js';

/**
 * Functions of crm_definer act for the active user and the active organization only: without these settings for nobody,
 * and for other users only as far as the API lets the active user. So their callers cannot learn whether a foreign id
 * exists, lock its row or change it.
 *
 * Servers of the previous version draw codes and sign out without these settings: neither has an effect any more.
 */
export class ActiveCallers extends Migration {
  override up(): void {
    const functions = [
      isSuperuser,
      rolesHeld,
      permissionsOfRole,
      lockOrganizationOfOwnProfile,
      ownsOrganization,
      ownsAlone,
      ownsAloneAnywhere,
      lockOwnerships,
      endSessions,
      drawCodes,
      findUser,
      createUserSecrets,
      endAttempt,
      rotateSession,
    ].flatMap((one) => replacedFunction(...one));
    for (const statement of asDefiner([...unused, ...functions])) this.addSql(statement);
  }
}

const unused = [
  // Only servers that no longer run on this database call it.
  'drop function rotate_session(uuid, text, text, boolean)',
  // A trigger fires without this right. With it, crm_app could attach the function to a temporary table of its own.
  'revoke execute on function keep_snapshot(), refuse_closed_organization() from crm_app',
];

const isFellow = `exists (
    select from memberships fellow
    where fellow.organization_id = ${activeOrganizationOrNull} and fellow.user_id = p_user and fellow.is_active
  )`;

/** The active user or, for superusers, a member of the active organization: the accounts that one may close. */
const mayClose = `(p_user = ${activeUserOrNull} or (${isFellow} and is_superuser(${activeUserOrNull})))`;

/** The active organization, or another one in which the active user is a member. */
const isOwn = `(p_organization = ${activeOrganizationOrNull} or exists (
    select from memberships own
    where own.organization_id = p_organization and own.user_id = ${activeUserOrNull} and own.is_active
  ))`;

/** As before, but without an error. */
const isSuperuser: Definition = [
  'is_superuser(p_user uuid)',
  `returns boolean language sql stable as $$
     select coalesce((
       select s.is_superuser
       from user_secrets s
       where s.user_id = p_user
         and (p_user = ${activeUserOrNull} or ${isFellow})
     ), false)
   $$`,
];

/** As before, but without an error. */
const rolesHeld: Definition = [
  'roles_held(p_user uuid, p_organization uuid)',
  `returns setof roles language sql stable as $$
     select r.* from roles r
     where r.organization_id = p_organization and r.is_active
       and (p_organization = ${activeOrganizationOrNull} or p_user = ${activeUserOrNull})
       and exists (select from memberships m
         where m.organization_id = p_organization and m.user_id = p_user and m.is_active)
       and (
         r.id in (select a.role_id from user_roles a
           where a.organization_id = p_organization and a.user_id = p_user and a.is_active)
         or r.id in (select e.role_id from employees e
           where e.organization_id = p_organization and e.user_id = p_user and e.status in ('ACTIVE', 'ON_LEAVE'))
       )
   $$`,
];

/** As before, but without an error. */
const permissionsOfRole: Definition = [
  'permissions_of_role(p_role uuid)',
  `returns setof permissions language sql stable as $$
     select p.* from (
       select ${activeOrganizationOrNull} as organization_id, p_role as id
       union
       select h.organization_id, h.id
       from memberships m
       cross join lateral roles_held(m.user_id, m.organization_id) h
       where m.user_id = ${activeUserOrNull} and m.is_active and h.id = p_role
     ) r
     join role_permissions g on g.organization_id = r.organization_id and g.role_id = r.id
     join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
   $$`,
];

/** As before, but without an error. */
const lockOrganizationOfOwnProfile: Definition = [
  'lock_organization_of_own_profile(p_profile uuid)',
  `returns uuid language plpgsql volatile as $$
     declare
       found_id uuid;
     begin
       select o.id into found_id
       from organizations o
       join user_profiles p on p.organization_id = o.id
       where p.id = p_profile and p.user_id = ${activeUserOrNull}
       for no key update of o;
       return found_id;
     end
   $$`,
];

/** As before, but false instead of null. */
const ownsOrganization: Definition = [
  'owns_organization(p_user uuid, p_organization uuid)',
  `returns boolean language sql stable as $$
     select exists (select from memberships
       where organization_id = p_organization and user_id = p_user and is_active and is_owner and ${isOwn})
   $$`,
];

/** Of an organization that the caller knows, and of users who own it. */
const ownsAlone: Definition = [
  'owns_alone(p_organization uuid, p_user uuid)',
  `returns boolean language plpgsql volatile as $$
     begin
       if ${isOwn} and exists (select from memberships m
           where m.organization_id = p_organization and m.user_id = p_user and m.is_active and m.is_owner) then
         perform from memberships m
         join users u on u.id = m.user_id
         where m.organization_id = p_organization and m.is_active and m.is_owner and m.user_id <> p_user
           and u.is_active
         order by u.id for share of u;
         return not found;
       end if;
       return false;
     end
   $$`,
];

/** Locks the other owners of all organizations of the user, in the order in which others do. */
const ownsAloneAnywhere: Definition = [
  'owns_alone_anywhere(p_user uuid)',
  `returns boolean language plpgsql volatile as $$
     begin
       if ${mayClose} then
         perform from memberships m
         join organizations o on o.id = m.organization_id and o.is_active
         join memberships other on other.organization_id = o.id and other.is_active and other.is_owner
           and other.user_id <> p_user
         join users u on u.id = other.user_id and u.is_active
         where m.user_id = p_user and m.is_active and m.is_owner
         order by u.id for share of u;
         return exists (
           select from memberships m
           join organizations o on o.id = m.organization_id and o.is_active
           where m.user_id = p_user and m.is_active and m.is_owner and not exists (
             select from memberships other
             join users u on u.id = other.user_id and u.is_active
             where other.organization_id = o.id and other.is_active and other.is_owner and other.user_id <> p_user
           )
         );
       end if;
       return false;
     end
   $$`,
];

const lockOwnerships: Definition = [
  'lock_ownerships(p_user uuid)',
  `returns void language plpgsql volatile as $$
     begin
       perform from organizations o
       where ${mayClose} and exists (select from memberships m
         where m.organization_id = o.id and m.user_id = p_user and m.is_active and m.is_owner)
       order by o.id for no key update;
     end
   $$`,
];

const endSessions: Definition = [
  'end_sessions(p_user uuid, p_only uuid default null)',
  `returns integer language sql volatile as $$
     with ended as (
       update sessions set revoked_at = now()
       where user_id = p_user and revoked_at is null and expires_at > now() and (p_only is null or id = p_only)
         and ${mayClose}
       returning id
     ) select count(*)::integer from ended
   $$`,
];

export const drawCodes: Definition = [
  'draw_codes(p_organization uuid, p_kind text, p_count integer)',
  `returns setof text language sql volatile as $$
     with drawn as (
       insert into code_counters (organization_id, kind, last)
       select p_organization, p_kind, p_count
       where p_organization = ${activeOrganizationOrNull}
       on conflict (organization_id, kind) do update set last = code_counters.last + p_count
       returning last
     )
     select p_kind || '-' || lpad(number::text, greatest(4, length(number::text)), '0')
     from drawn, generate_series(last - p_count + 1, last) as number
     order by number
   $$`,
];

/** For members of the active organization, who add members to it. */
const findUser: Definition = [
  'find_user(p_id uuid, p_email text)',
  `returns uuid language sql stable as $$
     select u.id from users u
     where (u.id = p_id or u.email = p_email) and exists (
       select from memberships own
       where own.organization_id = ${activeOrganizationOrNull} and own.user_id = ${activeUserOrNull} and own.is_active
     )
   $$`,
];

/** The primary key refuses a second first password. */
const createUserSecrets: Definition = [
  'create_user_secrets(p_user uuid, p_hash text)',
  `returns void language plpgsql volatile as $$
     begin
       if p_user is distinct from ${activeUserOrNull} then
         raise exception 'Only users themselves set their first password' using errcode = '42501';
       end if;
       insert into user_secrets (user_id, password_hash) values (p_user, p_hash);
     end
   $$`,
];

/** As before, but locks an account only for a caller who knows its hash. */
const endAttempt: Definition = [
  'end_attempt(p_user uuid, p_hash text, p_typed text, p_next text)',
  `returns boolean language plpgsql volatile as $$
     begin
       if not exists (select from user_secrets s
           where s.user_id = p_user and s.password_hash in (p_hash, p_typed)) then
         return false;
       end if;
       perform from user_secrets s
       join users u on u.id = s.user_id
       where s.user_id = p_user and u.is_active and s.password_hash in (p_hash, p_typed)
       for no key update of s;
       if not found then
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

/** As before, but tells the user of a session only to a caller who has a refresh token of it. */
const rotateSession: Definition = [
  'rotate_session(p_session uuid, p_hash text, p_new_hash text, p_successor text, p_authentic boolean)',
  `returns table (outcome text, user_id uuid, successor text) language plpgsql volatile as $$
     declare found_session record;
     begin
       select s.*, u.is_active into found_session from sessions s join users u on u.id = s.user_id
       where s.id = p_session for update of s;
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
       if outcome <> 'invalid' then
         user_id := found_session.user_id;
       end if;
       return next;
     end
   $$`,
];
