/**
 * Attempts of an account count by the key `user ID`, or `code ID` for codes, and those from a device of its user by
 * `user ID device ID`. This is the key without the device. An index finds all keys of an account by it.
 */
export const withoutDevice = (key: string) => `split_part(${key}, ' device ', 1)`;

/** The key by which attempts under a name count, whether or not an account has it, in any case. */
export const nameKey = (name: string) => `'name ' || encode(sha256(convert_to(folded(${name}), 'UTF8')), 'base64')`;

/** Lifts the waits of the names of an account, before those of the account, as attempts begin in this order. */
export const forgetNames = (account: string) =>
  `delete from sign_in_attempts a
         using users u
         where u.id = ${account} and a.key in (${nameKey('u.email')}, ${nameKey('u.username')});`;

/**
 * Counts an attempt of `attempt_key` as failed in advance, so that attempts at the same time are all counted. Sets
 * `retry_after_ms`: 0, or the milliseconds to wait, and then counts nothing. Uses the variable `attempts`.
 */
export const countAttempt = `
       insert into sign_in_attempts (key, failures, retry_at)
       values (attempt_key, 0, date_trunc('milliseconds', clock_timestamp()))
       on conflict (key) do nothing;
       select * into attempts from sign_in_attempts a where a.key = attempt_key for update;
       retry_after_ms := ceil(greatest(0, extract(epoch from attempts.retry_at - clock_timestamp())) * 1000);
       if retry_after_ms = 0 then
         update sign_in_attempts a
         set failures = a.failures + 1,
             retry_at = date_trunc('milliseconds', clock_timestamp()) + interval '1 s'
               * case when a.failures < 4 then 0 else least(900, 2 ^ least(a.failures - 4, 10)) end
         where a.key = attempt_key;
       end if;`;
