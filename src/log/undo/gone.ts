import { sql } from '../../platform/database/sql.js';
import { columnOf } from '../../platform/records/property.js';
import { type RecordSpec, recordOf } from '../../platform/records/record.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { referenceGone } from './refusals.js';
import type { Failure, UndoneRecord } from './undone-record.js';

/**
 * Records that would refer to others that are not there, and that the undo does not put back. They fail in any case,
 * and thousands of them cost as many statements as one.
 */
export async function goneAmong(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const returning = undone.filter((one) => one.isEffective && !one.isDeletion);
  const back = new Set(returning.filter(({ effect }) => effect === 'CREATED').map(({ record }) => record.id));
  const failures: Failure[] = [];
  for (const [spec, ofSpec] of Map.groupBy(returning, ({ record }) => record.spec)) {
    for (const { column, target } of referencesOf(spec)) {
      const referring = ofSpec.flatMap((one) => {
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

/** The columns that refer to records of the organization, with their tables. */
const referencesOf = ({ properties }: RecordSpec): { column: string; target: string }[] =>
  [...properties.values()].flatMap((property) => {
    const referred = property.reference && recordOf(property.reference.record());
    return referred?.tenant ? [{ column: columnOf(property), target: referred.table }] : [];
  });

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
