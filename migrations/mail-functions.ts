import { activeUserOrNull, type Definition } from './policies.js';

/** Null also in transactions of nobody, which act as the nil UUID. */
const signedInUser = `nullif(${activeUserOrNull}, '00000000-0000-0000-0000-000000000000')`;

/**
 * Queues a message about, or caused by, the active user; about nobody if nobody is signed in. Does not if the user has
 * had one of its kind within `p_apart` seconds: then returns the milliseconds to wait, otherwise 0.
 */
export const queueMail: Definition = [
  'queue_mail(p_id uuid, p_template text, p_variables jsonb, p_apart integer)',
  `returns integer language plpgsql volatile as $$
     declare
       wait integer := 0;
     begin
       if p_apart > 0 then
         -- Requests of the user take turns, so that each sees what the others have queued.
         perform from users u where u.id = ${signedInUser} for no key update;
         select ceil(extract(epoch from max(m.created_at) + p_apart * interval '1 s' - clock_timestamp()) * 1000)
         into wait
         from outgoing_mails m
         where m.user_id = ${signedInUser} and m.template = p_template;
       end if;
       if coalesce(wait, 0) > 0 then
         return wait;
       end if;
       insert into outgoing_mails (id, template, user_id, variables, created_at, due_at)
       values (p_id, p_template, ${signedInUser}, p_variables, clock_timestamp(), clock_timestamp());
       return 0;
     end
   $$`,
];

const firstDue = (which: string) => `(
         select due.id from outgoing_mails due
         where due.due_at <= moment and due.sent_at is null and due.failed_at is null and ${which}
         order by due.due_at, due.id
         limit 1
         for update skip locked
       )`;

/**
 * Gives the message that is due first to the server that asks. Nobody else gets it for two minutes, which is longer
 * than a server tries to send it. Invitations, which come by the thousand, wait for all others.
 */
export const leaseMail: Definition = [
  'lease_mail(p_lease uuid)',
  `returns table (id uuid, template text, variables jsonb, tries integer, is_stale boolean)
   language plpgsql volatile as $$
     declare
       -- The index stops at a constant, but not at a function of the clock.
       moment timestamptz := clock_timestamp();
     begin
       return query
       update outgoing_mails m
       set lease = p_lease, due_at = moment + interval '2 min', tries = m.tries + 1
       where m.id = coalesce(${firstDue(`due.template <> 'INVITATION'`)}, ${firstDue(`due.template = 'INVITATION'`)})
       returning m.id, m.template, m.variables, m.tries, m.created_at < now() - interval '1 day';
     end
   $$`,
];

/**
 * Ends a lease: the message was sent, is not to be sent, failed for good, or is due again in `p_wait` seconds. Does
 * nothing if another server has the message by now. A message that was sent keeps no addresses.
 */
export const endMail: Definition = [
  'end_mail(p_lease uuid, p_outcome text, p_fault text, p_wait integer)',
  `returns void language plpgsql volatile as $$
     begin
       if p_outcome = 'discarded' then
         delete from outgoing_mails m where m.lease = p_lease;
       else
         update outgoing_mails m
         set lease = null,
             sent_at = case when p_outcome = 'sent' then clock_timestamp() end,
             failed_at = case when p_outcome = 'failed' then clock_timestamp() end,
             variables = case when p_outcome = 'sent' then '{}' else m.variables end,
             due_at = clock_timestamp() + coalesce(p_wait, 0) * interval '1 s',
             fault = p_fault
         where m.lease = p_lease;
       end if;
     end
   $$`,
];

/**
 * Stores the hash of a new token for the message of a lease, and returns the address to which it goes; no row if the
 * message is not to be sent. So the queue holds no token, and its time runs from when it is sent.
 */
export const issueMailToken: Definition = [
  'issue_mail_token(p_lease uuid, p_hash text)',
  `returns table (recipient text) language plpgsql volatile as $$
     declare
       mail outgoing_mails;
       account record;
     begin
       select * into mail from outgoing_mails m where m.lease = p_lease for update;
       if mail.template = 'RESET_PASSWORD' then
         select u.id into mail.user_id from users u where u.email = mail.variables->>'email';
       end if;
       -- Messages about the same account take turns, so that they are counted.
       select u.id, u.email into account from users u where u.id = mail.user_id and u.is_active for no key update;
       if account.id is null then
         return;
       end if;
       recipient := case when mail.template = 'CHANGE_EMAIL' then mail.variables->>'newEmail' else account.email end;
       if (case mail.template
         when 'VERIFY_EMAIL' then exists (select from user_secrets s
           where s.user_id = account.id and s.verified_email = account.email)
         when 'RESET_PASSWORD' then 3 <= (select count(*) from outgoing_mails other
           where other.user_id = account.id and other.template = mail.template and other.id <> mail.id
             and other.created_at > now() - interval '1 hour')
         -- Only the latest request for another address counts.
         else exists (select from outgoing_mails later
           where later.user_id = account.id and later.template = mail.template
             and (later.created_at, later.id) > (mail.created_at, mail.id))
       end) then
         return;
       end if;
       update outgoing_mails m set user_id = account.id where m.id = mail.id;
       delete from account_tokens t
       where t.user_id = account.id and t.kind = 'CHANGE_EMAIL' and mail.template = 'CHANGE_EMAIL';
       insert into account_tokens (hash, kind, user_id, email, created_at, expires_at)
       values (p_hash, mail.template, account.id, recipient, clock_timestamp(), clock_timestamp()
         + case when mail.template = 'RESET_PASSWORD' then interval '30 min' else interval '24 h' end);
       return next;
     end
   $$`,
];
