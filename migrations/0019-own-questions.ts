import { Migration } from '@mikro-orm/migrations';
import { asDefiner, replacedFunction } from './policies.js';

/**
 * Functions of crm_definer that took any organization or user now answer only about those that their caller may know:
 * the active organization and those in which the active user is a member; the active user and the people of the active
 * organization. Row-level security does not bind them, so that nothing else would stop a statement with a foreign id.
 */
export class OwnQuestions extends Migration {
  override up(): void {
    const functions = [
      memberCount,
      permissionCount,
      holderCount,
      ownsOrganization,
      ownsAlone,
      ownsAloneAnywhere,
      lockOwnerships,
      handOverPrimaryProfile,
      endSessions,
      drawCodes,
    ].flatMap((one) => replacedFunction(...one));
    for (const statement of asDefiner([...unused, ...functions])) this.addSql(statement);
  }
}

type Definition = [signature: string, definition: string];

/** No release has called these. */
const unused = [
  'drop function draw_code(uuid, text)',
  'drop function permission_count(uuid)',
  'drop function holder_count(uuid)',
];

// Null where they are not set, so that nothing equals them.
const activeUser = `nullif(current_setting('app.user_id', true), '')::uuid`;
const activeOrganization = `nullif(current_setting('app.organization_id', true), '')::uuid`;

/** The active organization, or another one in which the active user is a member. */
const isOwn = `(p_organization = ${activeOrganization} or exists (
    select from memberships own
    where own.organization_id = p_organization and own.user_id = ${activeUser} and own.is_active
  ))`;

/** The active user, or a present or former member of the active organization. */
const isKnown = `(p_user = ${activeUser} or exists (
    select from memberships own
    where own.organization_id = ${activeOrganization} and own.user_id = p_user
  ))`;

const memberCount: Definition = [
  'member_count(p_organization uuid)',
  `returns integer language sql stable as $$
     select count(*)::integer from memberships where organization_id = p_organization and is_active and ${isOwn}
   $$`,
];

const permissionCount: Definition = [
  'permission_count(p_organization uuid, p_role uuid)',
  `returns integer language sql stable as $$
     select count(*)::integer from role_permissions
     where organization_id = p_organization and role_id = p_role and ${isOwn}
   $$`,
];

const holderCount: Definition = [
  'holder_count(p_organization uuid, p_role uuid)',
  `returns integer language sql stable as $$
     select count(*)::integer from memberships
     where organization_id = p_organization and is_active and ${isOwn} and user_id in (
       select user_id from user_roles where organization_id = p_organization and role_id = p_role and is_active
       union all
       select user_id from employees
       where organization_id = p_organization and role_id = p_role and status in ('ACTIVE', 'ON_LEAVE')
     )
   $$`,
];

const ownsOrganization: Definition = [
  'owns_organization(p_user uuid, p_organization uuid)',
  `returns boolean language sql stable as $$
     select exists (select from memberships
       where organization_id = p_organization and user_id = p_user and is_active and is_owner) and ${isOwn}
   $$`,
];

const ownsAlone: Definition = [
  'owns_alone(p_organization uuid, p_user uuid)',
  `returns boolean language plpgsql volatile as $$
     begin
       if not ${isKnown} then
         return false;
       end if;
       perform from memberships m
       join users u on u.id = m.user_id
       where m.organization_id = p_organization and m.is_active and m.is_owner and m.user_id <> p_user
         and u.is_active
       order by u.id for share of u;
       return not found;
     end
   $$`,
];

const ownsAloneAnywhere: Definition = [
  'owns_alone_anywhere(p_user uuid)',
  `returns boolean language sql volatile as $$
     select ${isKnown} and exists (
       select from memberships m
       join organizations o on o.id = m.organization_id and o.is_active
       where m.user_id = p_user and m.is_active and m.is_owner and owns_alone(m.organization_id, p_user)
     )
   $$`,
];

const lockOwnerships: Definition = [
  'lock_ownerships(p_user uuid)',
  `returns void language plpgsql volatile as $$
     begin
       perform from organizations o
       where ${isKnown} and exists (select from memberships m
         where m.organization_id = o.id and m.user_id = p_user and m.is_active and m.is_owner)
       order by o.id for no key update;
     end
   $$`,
];

const handOverPrimaryProfile: Definition = [
  'hand_over_primary_profile(p_user uuid)',
  `returns void language sql volatile as $$
     select from users where id = p_user and ${isKnown} for no key update;
     update user_profiles set is_primary = true, updated_at = now(), version = version + 1
     where ${isKnown} and (organization_id, id) = (
       select p.organization_id, p.id from user_profiles p
       join memberships m on m.organization_id = p.organization_id and m.user_id = p.user_id and m.is_active
       where p.user_id = p_user and p.status = 'ACTIVE'
       order by p.created_at, p.id limit 1
     ) and not exists (select from user_profiles where user_id = p_user and is_primary)
   $$`,
];

/** Without an active user it is called for the caller of a request that signs out. */
const endSessions: Definition = [
  'end_sessions(p_user uuid, p_only uuid default null)',
  `returns integer language sql volatile as $$
     with ended as (
       update sessions set revoked_at = now()
       where user_id = p_user and revoked_at is null and expires_at > now() and (p_only is null or id = p_only)
         and (${activeUser} is null or ${isKnown})
       returning id
     ) select count(*)::integer from ended
   $$`,
];

/** Without an active organization it is called on a connection beside that of the transaction. */
const drawCodes: Definition = [
  'draw_codes(p_organization uuid, p_kind text, p_count integer)',
  `returns setof text language sql volatile as $$
     with drawn as (
       insert into code_counters (organization_id, kind, last)
       select p_organization, p_kind, p_count
       where p_organization = coalesce(${activeOrganization}, p_organization)
       on conflict (organization_id, kind) do update set last = code_counters.last + p_count
       returning last
     )
     select p_kind || '-' || lpad(number::text, greatest(4, length(number::text)), '0')
     from drawn, generate_series(last - p_count + 1, last) as number
     order by number
   $$`,
];
