const here = `current_setting('app.organization_id')::uuid`;

/** A text as an escaped pattern between wildcards; and the digits of a (partial) phone number, or null. */
const patterns = (more = '') => `(
       select '%' || regexp_replace(folded(p_text), '([\\\\%_])', '\\\\\\1', 'g') || '%' as text${more}
     ) pattern`;
const digits = `,
         case when p_text ~ '^[0-9 ()./+-]+$' and p_text ~ '([^0-9]*[0-9]){3}'
           then '%' || chr(30) || '%' || regexp_replace(p_text, '[^0-9]', '', 'g') || '%' end as digits`;

/**
 * Signature and definition of the function that finds the active organization's rows of a table that contain a text, by
 * its trigram index. A text that looks like a phone number also matches by its digits.
 */
export const foldedSearch = (table: string): [signature: string, definition: string] => [
  `search_${table}(p_text text)`,
  `returns setof uuid language sql stable rows 100 as $$
     select t.id from ${table} t, ${patterns(digits)}
     where t.organization_id = ${here}
       and (t.search_text like pattern.text or t.search_text like pattern.digits)
   $$`,
];

/**
 * Search also finds a deal by the name of its customer, with two index look-ups: one condition would read all deals.
 */
export const searchDeals: [signature: string, definition: string] = [
  'search_deals(p_text text)',
  `returns setof uuid language sql stable rows 100 as $$
     select t.id from deals t, ${patterns()}
     where t.organization_id = ${here}
       and t.search_text like pattern.text
     union
     select t.id from ${patterns()}, customers c
     join deals t on t.organization_id = c.organization_id and t.customer_id = c.id
     where c.organization_id = ${here}
       and c.search_text like pattern.text
       and c.name_sort like pattern.text
   $$`,
];

export const takenNames: [signature: string, definition: string] = [
  'taken_names(p_email text, p_username text)',
  `returns table (email_taken boolean, username_taken boolean) language sql stable as $$
     select exists (select from users where email = p_email),
       exists (select from users where username_sort = folded(p_username))
   $$`,
];

/** As before, but compares names by the case folding of `folded`. */
export const beginAttempt: [signature: string, definition: string] = [
  'begin_attempt(p_name text, p_unknown text)',
  `returns table (attempt_key text, user_id uuid, password_hash text, retry_after_ms integer)
   language plpgsql volatile as $$
     declare
       account record;
       attempts sign_in_attempts;
     begin
       select u.id, u.password_hash, u.is_active into account from users u
       where case when p_name like '%@%' then u.email = p_name else u.username_sort = folded(p_name) end;
       attempt_key := coalesce('user ' || account.id, 'name ' || p_unknown);
       insert into sign_in_attempts (key, failures, retry_at) values (attempt_key, 0, date_trunc('milliseconds', clock_timestamp()))
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
         password_hash := case when account.is_active then account.password_hash end;
       end if;
       -- Names that nobody has would pile up.
       if random() < 0.01 then
         delete from sign_in_attempts a where a.key like 'name %' and a.retry_at < now() - interval '1 day';
       end if;
       return next;
     end
   $$`,
];
