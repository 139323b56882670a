import { v7 } from 'uuid';
import { sql } from './database.js';

/** Stored columns of all tables. */
async function columnsByTable(): Promise<Map<string, string[]>> {
  const rows = await sql<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public' and is_generated = 'NEVER' and table_name in (
       select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE')`,
  );
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return new Map([...byTable].map(([table, columns]) => [table, columns.map(({ column }) => column)]));
}

/** Names of the tables of tenants. */
export const tenantTables = async (): Promise<string[]> =>
  [...(await columnsByTable())].filter(([, columns]) => columns.includes('organization_id')).map(([table]) => table);

/**
 * Copies an organization with all its rows, which keep their ids. Its members become other people, so that nobody
 * belongs to both. Answers the id of the copy.
 */
export async function twinOf(organizationId: string): Promise<string> {
  const twin = v7();
  const all = await columnsByTable();
  const copy = (table: string, condition: string, changed: Record<string, string>) => {
    const columns = all.get(table)!;
    const names = columns.map((column) => `"${column}"`);
    return `insert into ${table} (${names.join(', ')})
      select ${columns.map((column, n) => changed[column] ?? names[n]).join(', ')} from ${table} where ${condition}`;
  };
  const own = `organization_id = '${organizationId}'`;
  const other = { user_id: 'md5(user_id::text)::uuid' };
  const statements = (await tenantTables()).map((table) =>
    copy(table, own, {
      organization_id: `'${twin}'`,
      ...(['memberships', 'user_profiles'].includes(table) && other),
    }),
  );
  statements.push(
    copy('organizations', `id = '${organizationId}'`, { id: `'${twin}'`, slug: `'${twin}'` }),
    copy('users', `id in (select user_id from memberships where ${own})`, {
      id: 'md5(id::text)::uuid',
      username: `'t' || username`,
      email: `'t' || email`,
    }),
  );
  // As a replica, so that rows may come in any order.
  await sql(`set session_replication_role = replica; ${statements.join('; ')}; set session_replication_role = default`);
  return twin;
}

/** All rows of an organization, by table. */
export async function contentOf(organizationId: string): Promise<Record<string, unknown>> {
  const rows = (await tenantTables()).map(async (table) => [
    table,
    await sql(`select * from ${table} t where organization_id = $1 order by t::text`, [organizationId]),
  ]);
  return Object.fromEntries(await Promise.all(rows));
}
