import { type Fragment, sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { derivedColumns } from './derived-columns.js';
import type { Step } from './steps.js';

/** Takes back changes of the same kind, each of another record, by one statement. */
export async function send(context: ActionContext, steps: readonly Step[]): Promise<void> {
  const [{ change, of }] = steps as [Step];
  const { table, tenant, properties } = of.record.spec;
  const name = sql.ref(table);
  const areOurs = tenant ? sql`t.organization_id = ${organizationOf(context).id}::uuid and` : sql``;
  if (change.action === 'CREATED') {
    await context.query(sql`
      delete from ${name} as t
      where ${areOurs} t.id = any(${steps.map((step) => step.change.recordId)}::uuid[])`);
    return;
  }
  const columns = [...new Set(steps.flatMap(({ row }) => Object.keys(row)))];
  if (!columns.length) return;
  const isVersioned = properties.has('version');
  if (change.action === 'DELETED') {
    const rows = steps.map(({ row }) => (isVersioned ? { ...row, version: Number(row.version) + 1 } : row));
    await context.query(sql`
      insert into ${name} (${listOf(columns)})
      select ${listOf(columns)}
      from jsonb_populate_recordset(null::${name}, ${JSON.stringify(rows)}::jsonb)`);
    return;
  }
  const rows = steps.map(({ change: { recordId }, row }) => ({ id: recordId, row }));
  const derived = Object.entries(derivedColumns(change.type)).map(
    ([column, value]) =>
      sql`, ${sql.ref(column)} = (select ${value} from jsonb_populate_record(t, former.row) as later)`,
  );
  await context.query(sql`
    update ${name} as t
    set (${listOf(columns)}) = (select ${listOf(columns)} from jsonb_populate_record(t, former.row))
      ${sql.join(derived, '')}
      ${isVersioned ? sql`, version = t.version + 1, updated_at = now()` : sql``}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as former(id uuid, row jsonb)
    where ${areOurs} t.id = former.id`);
}

const listOf = (columns: readonly string[]): Fragment => sql.join(columns.map((column) => sql.ref(column)));
