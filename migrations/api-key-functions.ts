import { activeOrganizationOrNull, type Definition } from './policies.js';

/**
 * The key of a secret, with its permissions as far as its responsible member holds them now; no row for a key that does
 * not work, for whatever reason.
 */
export const requestApiKey: Definition = [
  'request_api_key(p_hash text)',
  `returns table (
     session_live boolean, api_key_id uuid, is_superuser boolean, organization_id uuid, currency text, time_zone text,
     today text, is_owner boolean, is_suspended boolean, employee_id uuid, permissions text[]
   ) language sql stable as $$
     select true, k.id, false, k.organization_id, o.currency, o.timezone, (now() at time zone o.timezone)::date::text,
       false,
       not m.is_owner
       and exists (select from user_profiles p
         where p.organization_id = k.organization_id and p.user_id = k.responsible_id and p.status = 'SUSPENDED')
       and not exists (select from user_profiles p
         where p.organization_id = k.organization_id and p.user_id = k.responsible_id and p.status = 'ACTIVE'),
       null::uuid,
       array(
         select p.resource || ':' || p.action
         from api_key_permissions g
         join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
         where g.organization_id = k.organization_id and g.api_key_id = k.id and (
           m.is_owner or x.is_superuser
           or g.permission_id in (
             select h.permission_id
             from roles r
             join role_permissions h on h.organization_id = r.organization_id and h.role_id = r.id
             where r.organization_id = k.organization_id and r.is_active and (
               r.id in (select a.role_id from user_roles a
                 where a.organization_id = k.organization_id and a.user_id = k.responsible_id and a.is_active)
               or r.id in (select e.role_id from employees e
                 where e.organization_id = k.organization_id and e.user_id = k.responsible_id
                   and e.status in ('ACTIVE', 'ON_LEAVE'))
             )
           )
         )
       )
     from api_key_secrets s
     join api_keys k on k.organization_id = s.organization_id and k.id = s.api_key_id
     join organizations o on o.id = k.organization_id and o.is_active
     join memberships m on m.organization_id = k.organization_id and m.user_id = k.responsible_id and m.is_active
     join users u on u.id = k.responsible_id and u.is_active
     join user_secrets x on x.user_id = u.id
     where s.hash = p_hash
       and coalesce(s.expires_at > now(), true)
       and coalesce(k.expires_at > now(), true)
       and k.revoked_at is null
   $$`,
];

/**
 * Stores the hash of a key's new secret, or of none. The former secret works for `p_grace` seconds more; without any,
 * all former ones end.
 */
export const replaceApiKeySecret: Definition = [
  'replace_api_key_secret(p_key uuid, p_hash text, p_grace integer)',
  `returns void language sql volatile as $$
     delete from api_key_secrets s
     where s.organization_id = ${activeOrganizationOrNull} and s.api_key_id = p_key
       and (p_grace = 0 or s.expires_at <= now());
     update api_key_secrets s
     set expires_at = now() + p_grace * interval '1 s'
     where s.organization_id = ${activeOrganizationOrNull} and s.api_key_id = p_key and s.expires_at is null;
     insert into api_key_secrets (hash, organization_id, api_key_id)
     select p_hash, k.organization_id, k.id
     from api_keys k
     where k.organization_id = ${activeOrganizationOrNull} and k.id = p_key and p_hash is not null
   $$`,
];

/** Waits for no change of the key, and is none itself, so that the version stays. */
export const noteApiKeyUse: Definition = [
  'note_api_key_use(p_key uuid, p_address text)',
  `returns void language sql volatile as $$
     update api_keys k
     set last_used_at = now(), last_ip_address = p_address
     where (k.organization_id, k.id) = (
       select found.organization_id, found.id
       from api_keys found
       where found.organization_id = ${activeOrganizationOrNull} and found.id = p_key
       for no key update skip locked
     )
   $$`,
];

/** A trigger, since memberships end in several ways, also by servers of the previous version. */
export const releaseApiKeys: Definition = [
  'release_api_keys()',
  `returns trigger language plpgsql as $$
     begin
       update api_keys k
       set responsible_id = null, updated_at = now(), version = k.version + 1
       where k.organization_id = new.organization_id and k.responsible_id = new.user_id;
       return null;
     end
   $$`,
];
