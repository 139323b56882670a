import { changesAfter } from './log-news.js';
import { activeOrganizationOrNull, type Definition } from './policies.js';

/**
 * Gives the webhook that has waited longest, and has something to send, to the server that asks. Nobody else gets it
 * for fifteen seconds: a server begins no request after three, and none takes more than ten. A webhook that has nothing
 * to send is given away once a day, so that its position does not grow old.
 *
 * A webhook sees what its responsible member sees now, as an API key does. It rests while nobody is responsible, and
 * while its organization is closed.
 */
export const leaseWebhook: Definition = [
  'lease_webhook(p_lease uuid)',
  `returns table (
     organization_id uuid, webhook_id uuid, url text, record_types text[], actions text[], secrets text[],
     "position" jsonb, failing_since timestamptz, replayed_at timestamptz,
     currency text, time_zone text, today text, is_suspended boolean, permissions text[]
   ) language plpgsql volatile as $$
     declare
       moment timestamptz := clock_timestamp();
       leased record;
     begin
       update webhook_readers r
       set lease = p_lease, lease_ends_at = moment + interval '15 s', looked_at = moment
       where (r.organization_id, r.webhook_id) = (
         select due.organization_id, due.webhook_id
         from webhook_readers due
         join webhooks w on w.organization_id = due.organization_id and w.id = due.webhook_id
         join organizations o on o.id = due.organization_id and o.is_active
         join memberships m on m.organization_id = w.organization_id and m.user_id = w.responsible_id and m.is_active
         join users u on u.id = w.responsible_id and u.is_active
         where w.disabled_at is null
           and coalesce(due.lease_ends_at <= moment, true)
           and coalesce(due.not_before <= moment, true)
           and (
             due.is_behind
             or due.retry_at <= moment
             or due.looked_at < moment - interval '1 day'
             -- The limits keep the planner from reading the log instead of looking into its index.
             or ${changesAfter('due.organization_id', "(due.position ->> 'lower')::pg_snapshot")}
           )
         order by due.looked_at
         limit 1
         for update of due skip locked
       )
       returning * into leased;
       if not found then
         return;
       end if;
       return query
       select w.organization_id, w.id, w.url, w.record_types, w.actions,
         array(
           select s.sealed
           from webhook_secrets s
           where s.organization_id = w.organization_id and s.webhook_id = w.id and coalesce(s.expires_at > moment, true)
           order by s.expires_at desc nulls first
         ),
         leased.position, leased.failing_since, leased.replayed_at,
         o.currency, o.timezone, (moment at time zone o.timezone)::date::text,
         not m.is_owner
         and exists (select from user_profiles p
           where p.organization_id = w.organization_id and p.user_id = w.responsible_id and p.status = 'SUSPENDED')
         and not exists (select from user_profiles p
           where p.organization_id = w.organization_id and p.user_id = w.responsible_id and p.status = 'ACTIVE'),
         array(
           select p.resource || ':' || p.action
           from permissions p
           where p.organization_id = w.organization_id and (
             m.is_owner or x.is_superuser
             or p.id in (
               select h.permission_id
               from roles r
               join role_permissions h on h.organization_id = r.organization_id and h.role_id = r.id
               where r.organization_id = w.organization_id and r.is_active and (
                 r.id in (select a.role_id from user_roles a
                   where a.organization_id = w.organization_id and a.user_id = w.responsible_id and a.is_active)
                 or r.id in (select e.role_id from employees e
                   where e.organization_id = w.organization_id and e.user_id = w.responsible_id
                     and e.status in ('ACTIVE', 'ON_LEAVE'))
               )
             )
           )
         )
       from webhooks w
       join organizations o on o.id = w.organization_id
       join memberships m on m.organization_id = w.organization_id and m.user_id = w.responsible_id
       join user_secrets x on x.user_id = w.responsible_id
       where w.organization_id = leased.organization_id and w.id = leased.webhook_id;
     end
   $$`,
];

/** Disables the webhook of a lease, and with `p_tells` queues a message to each owner of its organization. */
export const disableWebhook: Definition = [
  'disable_webhook(p_lease uuid, p_reason text, p_tells boolean)',
  `returns void language plpgsql volatile as $$
     declare
       disabled record;
     begin
       update webhooks w
       set disabled_at = now(), disabled_reason = p_reason, updated_at = now(), version = w.version + 1
       from webhook_readers r
       where r.lease = p_lease and w.organization_id = r.organization_id and w.id = r.webhook_id
         and w.disabled_at is null
       returning w.* into disabled;
       if found and p_tells then
         insert into outgoing_mails (id, template, user_id, variables, created_at, due_at)
         select gen_random_uuid(), 'WEBHOOK_DISABLED', u.id,
           jsonb_build_object(
             'to', u.email, 'organization', o.name, 'host', substring(disabled.url from '^[a-z]+://([^/?#]+)'),
             'reason', p_reason),
           clock_timestamp(), clock_timestamp()
         from memberships m
         join users u on u.id = m.user_id and u.is_active
         join organizations o on o.id = m.organization_id
         where m.organization_id = disabled.organization_id and m.is_active and m.is_owner;
       end if;
     end
   $$`,
];

/** Stores a webhook's new secret, which is sealed. Messages have the signature of the former one for a day more. */
export const replaceWebhookSecret: Definition = [
  'replace_webhook_secret(p_webhook uuid, p_sealed text)',
  `returns void language sql volatile as $$
     delete from webhook_secrets s
     where s.organization_id = ${activeOrganizationOrNull} and s.webhook_id = p_webhook and s.expires_at <= now();
     update webhook_secrets s
     set expires_at = now() + interval '1 day'
     where s.organization_id = ${activeOrganizationOrNull} and s.webhook_id = p_webhook and s.expires_at is null;
     insert into webhook_secrets (organization_id, id, webhook_id, sealed)
     select w.organization_id, gen_random_uuid(), w.id, p_sealed
     from webhooks w
     where w.organization_id = ${activeOrganizationOrNull} and w.id = p_webhook
   $$`,
];

/** A hundred secrets that another key has sealed, by id. */
export const webhookSecretsSealedOtherwise: Definition = [
  'webhook_secrets_sealed_otherwise(p_mark text, p_after uuid)',
  `returns table (id uuid, webhook_id uuid, sealed text) language sql stable as $$
     select s.id, s.webhook_id, s.sealed
     from webhook_secrets s
     where s.id > p_after and split_part(s.sealed, '.', 1) <> p_mark
     order by s.id
     limit 100
   $$`,
];

/** Replaces a sealed secret, unless it has changed. */
export const resealWebhookSecret: Definition = [
  'reseal_webhook_secret(p_id uuid, p_former text, p_sealed text)',
  `returns void language sql volatile as $$
     update webhook_secrets s set sealed = p_sealed where s.id = p_id and s.sealed = p_former
   $$`,
];

/** A trigger, as that of API keys. A webhook stays disabled if its member is readmitted. */
export const releaseWebhooks: Definition = [
  'release_webhooks()',
  `returns trigger language plpgsql as $$
     begin
       update webhooks w
       set responsible_id = null, disabled_at = coalesce(w.disabled_at, now()),
         disabled_reason = coalesce(w.disabled_reason, 'ABANDONED'), updated_at = now(), version = w.version + 1
       where w.organization_id = new.organization_id and w.responsible_id = new.user_id;
       return null;
     end
   $$`,
];
