import { activeUserOrNull, type Definition } from './policies.js';

/**
 * Whether the inviter of the invitation `i` could send it now: nobody comes back, or brings somebody in, by an
 * invitation from before a revocation. The triggers below revoke it as soon as this is false.
 */
const mayInvite = `exists (
    select from memberships m
    join organizations o on o.id = m.organization_id and o.is_active
    join users u on u.id = m.user_id and u.is_active
    join user_secrets s on s.user_id = u.id
    where m.organization_id = i.organization_id and m.user_id = i.invited_by_id and m.is_active
      and (m.is_owner or s.is_superuser)
  )`;

/** Whether the invitation `i` can be accepted. */
const isOpen = `(i.outcome is null and i.expires_at > now() and ${mayInvite})`;

/** Whether the active user has the address of the invitation `i`, and has confirmed it. */
const isTheirs = `exists (
  select from users own
  join user_secrets own_secrets on own_secrets.user_id = own.id and own_secrets.verified_email = own.email
  where own.id = ${activeUserOrNull} and own.email = i.email and own.is_active)`;

/** Finds the invitations to the active user by their index. */
const ownEmail = `(select own.email from users own where own.id = ${activeUserOrNull})`;

/** The names in an invitation that recipients see. */
const names = `o.name, coalesce(u.first_name || ' ' || u.last_name, u.username)`;
const sides = `
  join organizations o on o.id = i.organization_id
  join users u on u.id = i.invited_by_id`;

/** Tells the bearer of a token what it is for. */
export const openInvitation: Definition = [
  'open_invitation(p_hash text)',
  `returns table (id uuid, email text, organization_name text, invited_by_name text, expires_at timestamptz)
   language sql stable as $$
     select i.id, i.email, ${names}, i.expires_at
     from invitation_tokens t
     join invitations i on i.organization_id = t.organization_id and i.id = t.invitation_id ${sides}
     where t.hash = p_hash and ${isOpen}
   $$`,
];

/** The open invitations to the confirmed address of the active user, newest first. */
export const myInvitations: Definition = [
  'my_invitations()',
  `returns table (id uuid, email text, organization_name text, invited_by_name text, expires_at timestamptz)
   language sql stable as $$
     select i.id, i.email, ${names}, i.expires_at
     from invitations i ${sides}
     where i.email = ${ownEmail} and ${isTheirs} and ${isOpen}
     order by i.created_at desc, i.id desc
   $$`,
];

/**
 * Locks an open invitation, found by its token, or by its id if it is for the active user; no row if there is none.
 * Locks its organization first, as every change of access does.
 */
export const lockInvitation: Definition = [
  'lock_invitation(p_hash text, p_id uuid)',
  `returns table (id uuid, organization_id uuid, is_theirs boolean) language plpgsql volatile as $$
     declare
       found_id uuid;
       organization uuid;
     begin
       if p_hash is null then
         select i.id, i.organization_id into found_id, organization
         from invitations i
         where i.email = ${ownEmail} and i.id = p_id and ${isTheirs};
       else
         select t.invitation_id, t.organization_id into found_id, organization
         from invitation_tokens t
         where t.hash = p_hash;
       end if;
       perform from organizations o where o.id = organization for no key update;
       return query
       select i.id, i.organization_id, ${isTheirs}
       from invitations i
       where i.organization_id = organization and i.id = found_id and ${isOpen}
       for update of i;
     end
   $$`,
];

/** A person who has just registered with an address, and bears a token that was mailed there, has confirmed it. */
export const verifyInvitedEmail: Definition = [
  'verify_invited_email(p_hash text)',
  `returns void language sql volatile as $$
     update user_secrets s
     set verified_email = u.email
     from users u
     where s.user_id = ${activeUserOrNull} and u.id = s.user_id
       and u.email = (select o.email from open_invitation(p_hash) o)
   $$`,
];

/**
 * Stores the hash of a new token for the message of a lease, and returns what the message says; no row if it is not to
 * be sent: the invitation is not open any more, somebody else has sent it again, or its address has had twenty messages
 * within an hour, since anybody can found organizations and invite from each.
 */
export const issueInvitationToken: Definition = [
  'issue_invitation_token(p_lease uuid, p_hash text)',
  `returns table (recipient text, organization_name text, invited_by_name text) language plpgsql volatile as $$
     declare
       found_id uuid;
       organization uuid;
     begin
       select i.id, i.organization_id, i.email, ${names}
       into found_id, organization, recipient, organization_name, invited_by_name
       from outgoing_mails mail
       join invitations i on i.organization_id = (mail.variables->>'organization')::uuid
         and i.id = (mail.variables->>'invitation')::uuid and i.invited_by_id = mail.user_id ${sides}
       where mail.lease = p_lease and mail.template = 'INVITATION' and ${isOpen};
       if found_id is null then
         return;
       end if;
       -- Messages to the same address take turns, so that they are counted.
       perform pg_advisory_xact_lock(hashtextextended('invitation ' || recipient, 0));
       if 20 <= (
         select count(*)
         from invitations other
         join invitation_tokens sent
           on sent.organization_id = other.organization_id and sent.invitation_id = other.id
         where other.email = recipient and sent.created_at > now() - interval '1 hour'
       ) then
         return;
       end if;
       insert into invitation_tokens (hash, organization_id, invitation_id, created_at)
       values (p_hash, organization, found_id, clock_timestamp());
       return next;
     end
   $$`,
];

/** Revokes the open invitations `i` that meet a condition. */
const revoke = (condition: string) => `
       update invitations i
       set outcome = 'REVOKED', version = i.version + 1, updated_at = now()
       where i.outcome is null and ${condition};`;

/**
 * Triggers, since memberships end in several ways, accounts are closed and rights of superusers end, also by servers of
 * the previous version and by commands. Nobody who may not invite any more has open invitations, and nobody whose
 * membership ends can come back by one.
 */
export const revokeInvitations: Definition = [
  'revoke_invitations()',
  `returns trigger language plpgsql as $$
     declare
       sender uuid;
     begin
       if tg_table_name = 'users' then
         sender := new.id;
       else
         sender := new.user_id;
       end if;${revoke(`i.invited_by_id = sender and not ${mayInvite}`)}
       if tg_table_name = 'memberships' then${revoke(`i.organization_id = new.organization_id and not new.is_active
         and i.email = (select u.email from users u where u.id = new.user_id)`)}
       end if;
       return null;
     end
   $$`,
];

const revoking = (table: string, columns: string, condition: string) => `
  create trigger revoke_invitations after update of ${columns} on ${table}
    for each row
    when (${condition})
    execute function revoke_invitations()`;

export const revokesInvitations = [
  revoking(
    'memberships',
    'is_active, is_owner',
    'old.is_active and (not new.is_active or (old.is_owner and not new.is_owner))',
  ),
  revoking('users', 'is_active', 'old.is_active and not new.is_active'),
  revoking('user_secrets', 'is_superuser', 'old.is_superuser and not new.is_superuser'),
];
