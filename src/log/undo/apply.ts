import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { StoredRow } from './plan.js';
import type { Step } from './steps.js';

/** The columns of a table that can be written; the log may have older ones. */
async function writable(context: ActionContext, table: string): Promise<Set<string>> {
  const rows = await context.query<{ name: string }>(sql`
    select attname as name
    from pg_attribute
    where attrelid = ${table}::regclass
      and attnum > 0
      and attgenerated = ''
      and not attisdropped`);
  return new Set(rows.map(({ name }) => name));
}

/** Takes back one change. */
export async function takeBack(context: ActionContext, { record, change, columns }: Step): Promise<void> {
  const { table, tenant } = record.spec;
  const name = sql.ref(table);
  const isRecord = tenant
    ? sql`organization_id = ${organizationOf(context).id}::uuid and id = ${record.id}::uuid`
    : sql`id = ${record.id}::uuid`;
  if (change.action === 'CREATED') {
    await context.query(sql`delete from ${name} where ${isRecord}`);
    return;
  }
  const known = await context.once(`columns of ${table}`, () => writable(context, table));
  const version = known.has('version');
  const row: StoredRow = change.before!;
  const values = JSON.stringify(version && row.version ? { ...row, version: Number(row.version) + 1 } : row);
  const names = Object.keys(row).filter((column) => known.has(column));
  if (change.action === 'DELETED') {
    const list = sql.join(names.map((column) => sql.ref(column)));
    await context.query(sql`
      insert into ${name} (${list})
      select ${list}
      from jsonb_populate_record(null::${name}, ${values}::jsonb)`);
    return;
  }
  const changed = names.filter((column) => columns.has(column));
  if (!changed.length) return;
  const list = sql.join(changed.map((column) => sql.ref(column)));
  await context.query(sql`
    update ${name}
    set (${list}) = (select ${list} from jsonb_populate_record(null::${name}, ${values}::jsonb))
      ${version ? sql`, version = version + 1, updated_at = now()` : sql``}
    where ${isRecord}`);
}
