import { sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import type { Step } from './steps.js';
import type { Failure, UndoneRecord } from './undone-record.js';

export const schemaChanged = () =>
  new Conflict('SCHEMA_CHANGED', 'The record has former values that the present version of the server cannot store');

/** The columns that can be written; the log may have others, of older versions of the server. */
async function writable(context: ActionContext, tables: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await context.query<{ table: string; columns: string[] }>(sql`
    select attrelid::regclass::text as table, array_agg(attname::text) as columns
    from pg_attribute
    where attrelid = any(${tables}::text[]::regclass[])
      and attnum > 0
      and attgenerated = ''
      and not attisdropped
    group by attrelid`);
  return new Map(rows.map(({ table, columns }) => [table, new Set(columns)]));
}

/** The steps without empty columns that are gone, and the records that would lose a former value of such a column. */
export async function storable(
  context: ActionContext,
  steps: readonly Step[],
): Promise<{ steps: Step[]; lossy: Failure[] }> {
  const columns = await writable(context, [...new Set(steps.map(({ of }) => of.record.spec.table))]);
  const isGone = ({ of }: Step, name: string) => !columns.get(of.record.spec.table)!.has(name);
  const lossy = new Set<UndoneRecord>();
  const found = steps.map((step) => {
    const kept = Object.entries(step.row).filter(([name, value]) => {
      if (isGone(step, name) && value !== null) lossy.add(step.of);
      return !isGone(step, name);
    });
    return { ...step, row: Object.fromEntries(kept) };
  });
  return { steps: found, lossy: [...lossy].map((one) => ({ one, error: schemaChanged() })) };
}
