import { expect, test } from '@jest/globals';
import { sql } from '../support/database.js';
import { tables } from '../support/tables.js';

/** Tables of tenants whose changes the log does not have. */
const unlogged: Record<string, string> = {
  changes: 'are the log',
  change_sets: 'are the log',
  code_counters: 'are not records: numbers are drawn outside of the transaction',
  api_key_secrets: 'are secrets',
  api_key_answers: 'are kept for a day, for retries',
  invitations: 'are addresses of people who may have nothing to do with the organization',
  invitation_roles: 'belong to invitations',
  invitation_tokens: 'are secrets',
  webhook_readers: 'change with every page that is sent',
  webhook_secrets: 'are secrets',
  webhook_deliveries: 'tell what happened to changes, which would be changes themselves',
};

interface Trigger {
  table: string;
  definition: string;
  source: string;
  /** Generated columns, and those that others than their change write. */
  omitted: string[];
  columns: string[];
}

const triggers = await sql<Trigger>(`
  select c.relname as table, pg_get_triggerdef(t.oid) as definition, p.prosrc as source, a.*
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  join pg_proc p on p.oid = t.tgfoid
  cross join lateral (
    select coalesce(array_agg(attname::text) filter (where generated), '{}') as omitted,
      array_agg(attname::text) filter (where not generated) as columns
    from (
      select attname, attgenerated <> '' or c.relname = 'api_keys' and attname like 'last_%' as generated
      from pg_attribute
      where attrelid = c.oid and attnum > 0 and not attisdropped
    ) as of_table
  ) as a
  where t.tgname = 'log_change'`);

test('every table of tenants writes its changes to the log, or is named here with its reason', async () => {
  const tenant = (await tables()).filter((table) => table.tenant).map(({ name }) => name);
  const logged = triggers.map(({ table }) => table);
  expect([...tenant, 'organizations'].filter((name) => !logged.includes(name)).sort()).toEqual(
    Object.keys(unlogged).sort(),
  );
});

test('each write of a row is logged, with all of its columns but generated ones', () => {
  for (const { table, definition, source, omitted, columns } of triggers) {
    expect(definition).toContain(
      `AFTER INSERT OR DELETE OR UPDATE ON public.${table} FOR EACH ROW EXECUTE FUNCTION log_change_of_${table}()`,
    );
    const whole = [...source.matchAll(/to_jsonb\((?:new|old)\) - '\{(.*)\}'/g)].map(([, without]) =>
      without!.split(','),
    );
    expect(whole).toHaveLength(2);
    for (const without of whole) expect(without.filter(Boolean).sort()).toEqual([...omitted].sort());
    const compared = [...source.matchAll(/if old\.(\S+) is distinct/g)].map(([, name]) => name!.replaceAll('"', ''));
    const expected = columns.filter((name) => !['version', 'updated_at'].includes(name));
    expect([table, compared.sort()]).toEqual([table, expected.sort()]);
  }
});

test('the serving role reads its own part of the log and writes nothing', async () => {
  const rights = await sql(`
    select table_name as table, privilege_type as right
    from information_schema.role_table_grants
    where grantee = 'crm_app' and table_name in ('changes', 'change_sets')
    order by 1`);
  expect(rights).toEqual([
    { table: 'change_sets', right: 'SELECT' },
    { table: 'changes', right: 'SELECT' },
  ]);
});
