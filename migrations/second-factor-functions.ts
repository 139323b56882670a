import { activeUserOrNull, type Definition } from './policies.js';
import { countAttempt, withoutDevice } from './throttle.js';

/** Differs once the password does, so that a ticket of the old password is not worth anything. */
const markOf = (secrets: string) => `encode(sha256(convert_to(${secrets}.password_hash, 'UTF8')), 'base64')`;

/** Null for anybody but the active user. */
export const hasSecondFactor: Definition = [
  'has_second_factor(p_user uuid)',
  `returns boolean language sql stable as $$
     select s.second_factor_at is not null
     from user_secrets s
     where s.user_id = p_user and p_user = ${activeUserOrNull}
   $$`,
];

/** The sealed secret that the active user is setting up; null if there is none. */
export const pendingSecondFactor: Definition = [
  'pending_second_factor()',
  `returns text language sql stable as $$
     select s.second_factor
     from user_secrets s
     where s.user_id = ${activeUserOrNull} and s.second_factor_at is null
   $$`,
];

/** Keeps a sealed secret for the active user until it is confirmed; false if one is in force already. */
export const beginSecondFactor: Definition = [
  'begin_second_factor(p_secret text)',
  `returns boolean language plpgsql volatile as $$
     begin
       update user_secrets s set second_factor = p_secret
       where s.user_id = ${activeUserOrNull} and s.second_factor_at is null;
       return found;
     end
   $$`,
];

/** Puts the secret in force, if it is still the one that is being set up. */
export const confirmSecondFactor: Definition = [
  'confirm_second_factor(p_secret text, p_step bigint, p_recovery_codes text[])',
  `returns boolean language plpgsql volatile as $$
     begin
       update user_secrets s
       set second_factor_at = clock_timestamp(), last_code_step = p_step, recovery_codes = p_recovery_codes
       where s.user_id = ${activeUserOrNull} and s.second_factor = p_secret and s.second_factor_at is null;
       return found;
     end
   $$`,
];

/**
 * Removes a second factor, with the sign-ins that await its codes and the waits after wrong ones; false if there is
 * none. `remove_second_factor` and the operator's command call it.
 */
export const forgetSecondFactor: Definition = [
  'forget_second_factor(p_user uuid)',
  `returns boolean language plpgsql volatile as $$
     declare
       was_there boolean;
     begin
       update user_secrets s
       set second_factor = null, second_factor_at = null, last_code_step = null, recovery_codes = '{}'
       where s.user_id = p_user and s.second_factor_at is not null;
       was_there := found;
       delete from sign_in_tickets t where t.user_id = p_user;
       delete from sign_in_attempts a where ${withoutDevice('a.key')} = 'code ' || p_user;
       return was_there;
     end
   $$`,
];

/** Needs the password, since `app.user_id` proves nothing. False if it is wrong, or there is no second factor. */
export const removeSecondFactor: Definition = [
  'remove_second_factor(p_hash text, p_typed text)',
  `returns boolean language plpgsql volatile as $$
     begin
       perform from user_secrets s
       where s.user_id = ${activeUserOrNull} and s.password_hash in (p_hash, p_typed)
       for no key update;
       if not found then
         return false;
       end if;
       return forget_second_factor(${activeUserOrNull});
     end
   $$`,
];

/** Stores the hash of a new ticket of the active user; null if the user has no second factor. */
export const issueTicket: Definition = [
  'issue_ticket(p_hash text, p_device uuid)',
  `returns timestamptz language plpgsql volatile as $$
     declare
       ends timestamptz;
     begin
       insert into sign_in_tickets (hash, user_id, device_id, password_mark, expires_at)
       select p_hash, s.user_id, p_device, ${markOf('s')},
         date_trunc('milliseconds', clock_timestamp() + interval '5 min')
       from user_secrets s
       where s.user_id = ${activeUserOrNull} and s.second_factor_at is not null
       returning expires_at into ends;
       return ends;
     end
   $$`,
];

/**
 * Counts a code as wrong in advance, so that codes sent at the same time are all counted, and returns the sealed secret
 * by which to check it. The code is of a ticket, or of the active user if `p_ticket` is null. No row if the ticket is
 * not valid, or there is no second factor. Wrong codes count by account, or by device, apart from wrong passwords.
 */
export const beginCode: Definition = [
  'begin_code(p_ticket text, p_device uuid)',
  `returns table (user_id uuid, device_id uuid, secret text, retry_after_ms integer)
   language plpgsql volatile as $$
     declare
       attempts sign_in_attempts;
       attempt_key text;
     begin
       if p_ticket is null then
         select s.user_id, p_device, s.second_factor into user_id, device_id, secret
         from user_secrets s
         where s.user_id = ${activeUserOrNull} and s.second_factor_at is not null;
       else
         select t.user_id, t.device_id, s.second_factor into user_id, device_id, secret
         from sign_in_tickets t
         join users u on u.id = t.user_id and u.is_active
         join user_secrets s on s.user_id = t.user_id
         where t.hash = p_ticket and t.expires_at > now() and t.failures < 5
           and s.second_factor_at is not null and t.password_mark = ${markOf('s')}
         for no key update of t;
       end if;
       if user_id is null then
         return;
       end if;
       attempt_key := 'code ' || user_id || coalesce(' device ' || device_id, '');${countAttempt}
       if retry_after_ms = 0 then
         update sign_in_tickets t set failures = t.failures + 1 where t.hash = p_ticket;
       else
         secret := null;
       end if;
       return next;
     end
   $$`,
];

/**
 * Uses the code of the active user, by its time step or by its hash, and the ticket if there is one; false if either
 * was used before. Earlier steps count as used. The lock makes codes, and changes of the password, take turns.
 */
export const endCode: Definition = [
  'end_code(p_ticket text, p_step bigint, p_recovery_code text, p_device uuid)',
  `returns boolean language plpgsql volatile as $$
     declare
       mine user_secrets;
     begin
       select s.* into mine
       from user_secrets s
       join users u on u.id = s.user_id and u.is_active
       where s.user_id = ${activeUserOrNull} and s.second_factor_at is not null
       for no key update of s;
       if not coalesce(p_step > mine.last_code_step or p_recovery_code = any(mine.recovery_codes), false) then
         return false;
       end if;
       if p_ticket is not null then
         delete from sign_in_tickets t
         where t.hash = p_ticket and t.user_id = mine.user_id and t.password_mark = ${markOf('mine')};
         if not found then
           return false;
         end if;
       end if;
       update user_secrets s
       set last_code_step = coalesce(p_step, s.last_code_step),
           recovery_codes = array_remove(s.recovery_codes, p_recovery_code)
       where s.user_id = mine.user_id;
       delete from sign_in_attempts a where a.key = 'code ' || mine.user_id || coalesce(' device ' || p_device, '');
       return true;
     end
   $$`,
];

/** Secrets that are not sealed with the key of this mark, in the order of their users. */
export const sealedOtherwise: Definition = [
  'second_factors_sealed_otherwise(p_mark text, p_after uuid)',
  `returns table (user_id uuid, secret text) language sql stable as $$
     select s.user_id, s.second_factor
     from user_secrets s
     where s.second_factor is not null and s.user_id > p_after and s.second_factor not like p_mark || '.%'
     order by s.user_id
     limit 500
   $$`,
];

/** Replaces a sealed secret by the same, sealed with another key. */
export const resealSecondFactor: Definition = [
  'reseal_second_factor(p_user uuid, p_from text, p_to text)',
  `returns void language sql volatile as $$
     update user_secrets s set second_factor = p_to where s.user_id = p_user and s.second_factor = p_from
   $$`,
];
