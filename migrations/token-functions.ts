import { activeUserOrNull, type Definition } from './policies.js';
import { countAttempt, forgetNames, nameKey, withoutDevice } from './throttle.js';

/** Tells the bearer of a token for a new password whose it is, and leaves the token valid. */
export const tokenAccount: Definition = [
  'token_account(p_hash text)',
  `returns table (email text, username text, salt text) language sql stable as $$
     select u.email, u.username, substring(s.password_hash from '^.*[$]')
     from account_tokens t
     join users u on u.id = t.user_id and u.email = t.email and u.is_active
     join user_secrets s on s.user_id = u.id
     where t.hash = p_hash and t.kind = 'RESET_PASSWORD' and t.expires_at > now()
   $$`,
];

/** Uses a token: whoever deletes it may use it. An address that has changed since is not verified. */
export const verifyEmail: Definition = [
  'verify_email(p_hash text)',
  `returns text language sql volatile as $$
     with used as (
       delete from account_tokens t
       where t.hash = p_hash and t.kind = 'VERIFY_EMAIL' and t.expires_at > now()
       returning t.user_id, t.email
     )
     update user_secrets s
     set verified_email = u.email
     from used
     join users u on u.id = used.user_id and u.email = used.email and u.is_active
     where s.user_id = u.id
     returning u.email
   $$`,
];

/** Uses a token and takes the new address for verified. The account itself changes its address. */
export const confirmEmailChange: Definition = [
  'confirm_email_change(p_hash text)',
  `returns table (user_id uuid, email text) language sql volatile as $$
     with used as (
       delete from account_tokens t
       where t.hash = p_hash and t.kind = 'CHANGE_EMAIL' and t.expires_at > now()
       returning t.user_id, t.email
     )
     update user_secrets s
     set verified_email = used.email
     from used
     join users u on u.id = used.user_id and u.is_active
     where s.user_id = u.id
     returning u.id, used.email
   $$`,
];

/**
 * Uses a token, sets the password, and lifts the waits after failed sign-ins; no row if the token is not valid. Only
 * says so if the hashes that were made with the salt of the stored one show that the password would stay the same.
 */
export const resetPassword: Definition = [
  'reset_password(p_hash text, p_next text, p_same text, p_typed text)',
  `returns table (user_id uuid, is_same boolean) language plpgsql volatile as $$
     begin
       delete from account_tokens t
       using users u
       where t.hash = p_hash and t.kind = 'RESET_PASSWORD' and t.expires_at > now()
         and u.id = t.user_id and u.is_active and u.email = t.email
       returning t.user_id into user_id;
       if user_id is null then
         return;
       end if;
       select s.password_hash = p_same or s.password_hash is not distinct from p_typed into is_same
       from user_secrets s
       where s.user_id = reset_password.user_id
       for no key update;
       if not is_same then
         update user_secrets s set password_hash = p_next where s.user_id = reset_password.user_id;
         ${forgetNames('reset_password.user_id')}
         delete from sign_in_attempts a where ${withoutDevice('a.key')} = 'user ' || reset_password.user_id;
       end if;
       return next;
     end
   $$`,
];

/** Makes worthless the links that could still change the password or the address of the active user. */
export const discardAccountTokens: Definition = [
  'discard_account_tokens()',
  `returns void language sql volatile as $$
     delete from account_tokens t
     where t.user_id = ${activeUserOrNull} and t.kind in ('RESET_PASSWORD', 'CHANGE_EMAIL');
     delete from outgoing_mails m
     where m.user_id = ${activeUserOrNull} and m.template in ('RESET_PASSWORD', 'CHANGE_EMAIL') and m.sent_at is null
   $$`,
];

/** Null for anybody but the active user. */
export const isEmailVerified: Definition = [
  'is_email_verified(p_user uuid)',
  `returns boolean language sql stable as $$
     select s.verified_email is not distinct from u.email
     from users u
     join user_secrets s on s.user_id = u.id
     where u.id = p_user and p_user = ${activeUserOrNull}
   $$`,
];

/**
 * As before, but attempts count by the name in any case, known or not, and apart from that by account, so that they
 * are the same few under all its names. Only the wait of the name is told: while the account waits for attempts under
 * another name, every password is wrong, as it would be for an unknown name. Attempts from a device on which the
 * account has signed in count apart, so that strangers cannot make its owner wait.
 */
export const beginAttempt: Definition = [
  'begin_attempt(p_name text, p_device_user uuid, p_device uuid)',
  `returns table (user_id uuid, salt text, retry_after_ms integer)
   language plpgsql volatile as $$
     declare
       account record;
       attempts sign_in_attempts;
       attempt_key text;
       account_waits boolean := false;
     begin
       select u.id, u.is_active, substring(s.password_hash from '^.*[$]') as salt into account
       from users u
       join user_secrets s on s.user_id = u.id
       where case when p_name like '%@%' then u.email = p_name else u.username_sort = folded(p_name) end;
       if account.id = p_device_user then
         attempt_key := 'user ' || account.id || ' device ' || p_device;${countAttempt}
       else
         attempt_key := ${nameKey('p_name')};${countAttempt}
         if retry_after_ms = 0 and account.id is not null then
           attempt_key := 'user ' || account.id;${countAttempt}
           account_waits := retry_after_ms > 0;
           retry_after_ms := 0;
         end if;
       end if;
       if retry_after_ms = 0 and not account_waits then
         user_id := account.id;
         salt := case when account.is_active then account.salt end;
       end if;
       return next;
     end
   $$`,
];

/**
 * As before, but resets the count of the device alone, if there is one, otherwise those of the account and its names.
 * Locks an account only for a caller who knows its hash.
 */
export const endAttempt: Definition = [
  'end_attempt(p_user uuid, p_hash text, p_typed text, p_next text, p_device uuid)',
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
       if p_device is null then
         ${forgetNames('p_user')}
       end if;
       delete from sign_in_attempts a where a.key = 'user ' || p_user || coalesce(' device ' || p_device, '');
       return true;
     end
   $$`,
];
