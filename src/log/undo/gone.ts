import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { referenceGone } from './refusals.js';
import type { Failure, UndoneRecord } from './undone-record.js';

/** A reference within the organization. */
interface ForeignKey {
  column: string;
  target: string;
}

/**
 * Records that would refer to others that are not there, and that the undo does not put back. They fail in any case,
 * and thousands of them cost as many statements as one.
 */
export async function goneAmong(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const returning = undone.filter((one) => one.isEffective && !one.isDeletion);
  const back = new Set(returning.filter(({ effect }) => effect === 'CREATED').map(({ record }) => record.id));
  const failures: Failure[] = [];
  for (const [table, ofTable] of Map.groupBy(returning, ({ record }) => record.spec.table)) {
    for (const { column, target } of await foreignKeysOf(context, table)) {
      const referring = ofTable.flatMap((one) => {
        const value = one.putsBack(column) && one.former[column];
        return typeof value === 'string' && !back.has(value) ? [{ one, value }] : [];
      });
      if (!referring.length) continue;
      const missing = await missingIn(context, target, [...new Set(referring.map(({ value }) => value))]);
      for (const { one, value } of referring) if (missing.has(value)) failures.push(referenceGone(one, column, value));
    }
  }
  return failures;
}

const foreignKeysOf = (context: ActionContext, table: string): Promise<ForeignKey[]> =>
  context.query<ForeignKey>(sql`
    select a.attname as column, k.confrelid::regclass::text as target
    from pg_constraint k
    join pg_attribute tenant on tenant.attrelid = k.conrelid and tenant.attnum = k.conkey[1]
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[2]
    where k.conrelid = to_regclass(${table})
      and k.contype = 'f'
      and cardinality(k.conkey) = 2
      and tenant.attname = 'organization_id'`);

async function missingIn(context: ActionContext, table: string, ids: readonly string[]): Promise<Set<string>> {
  const missing = await context.query<{ id: string }>(sql`
    select wanted.id
    from unnest(${ids}::uuid[]) as wanted(id)
    where not exists (
      select from ${sql.ref(table)} t
      where t.organization_id = ${organizationOf(context).id}::uuid
        and t.id = wanted.id
    )`);
  return new Set(missing.map(({ id }) => id));
}
