import type { Definition } from './policies.js';

/** Deletes at most `p_limit` rows `e` that have expired, the oldest first, and none that another server works on. */
const batch = (table: string, key: string, expired: string, deadline: string) => `
       delete from ${table} t
       where t.${key} = any(array(
         select e.${key} from ${table} e
         where ${expired}
         order by e.${deadline}
         limit p_limit
         for update of e skip locked
       ));
       get diagnostics deleted = row_count;
       is_full := is_full or deleted = p_limit;`;

/** An invitation that was sent again keeps its earlier links, which are therefore as old as the invitation allows. */
const isClosed = `not exists (
           select from invitations i
           where i.organization_id = e.organization_id and i.id = e.invitation_id
             and i.outcome is null and i.expires_at > now()
         )`;

/**
 * Deletes a batch of what has expired from each table that would grow forever otherwise: messages a day after they were
 * sent or 30 days after they failed, links, tickets, and failed sign-ins a day after the last one. True if there may be
 * more.
 */
export const purgeExpired: Definition = [
  'purge_expired(p_limit integer)',
  `returns boolean language plpgsql volatile as $$
     declare
       deleted integer;
       is_full boolean := false;
     begin${[
       batch('outgoing_mails', 'id', `e.sent_at < now() - interval '1 day'`, 'sent_at'),
       batch('outgoing_mails', 'id', `e.failed_at < now() - interval '30 days'`, 'failed_at'),
       batch('account_tokens', 'hash', 'e.expires_at < now()', 'expires_at'),
       batch('invitation_tokens', 'hash', `e.created_at < now() - interval '7 days' and ${isClosed}`, 'created_at'),
       batch('sign_in_tickets', 'hash', 'e.expires_at < now()', 'expires_at'),
       batch('sign_in_attempts', 'key', `e.retry_at < now() - interval '1 day'`, 'retry_at'),
     ].join('')}
       return is_full;
     end
   $$`,
];
