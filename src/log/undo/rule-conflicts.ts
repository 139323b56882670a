import { type Fragment, sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { FieldConflict } from './changed-record.js';
import { isLaterByOthers } from './later-sets.js';
import type { UndoneRecord } from './undone-record.js';

/**
 * The conflicts of records whose former values break a rule: its columns that others have changed since, by record.
 * `columns` is a statement for the names of the columns that the rule reads.
 */
export async function conflictsOver(
  context: ActionContext,
  broken: readonly UndoneRecord[],
  columns: Fragment,
): Promise<Map<string, FieldConflict[]>> {
  const changed = await context.query<{ id: string; name: string; expected: unknown }>(sql`
    select broken.id, rule.name, later.before -> rule.name as expected
    from unnest(
      ${broken.map(({ record }) => record.id)}::uuid[],
      ${broken.map(({ record }) => record.last.id)}::uuid[]
    ) as broken(id, last)
    cross join (${columns}) as rule(name)
    cross join lateral (
      select c.before
      from changes c
      where c.organization_id = ${organizationOf(context).id}::uuid
        and c.record_id = broken.id
        and ${isLaterByOthers('c', sql`broken.last`)}
        and c.after ? rule.name
      order by c.id
      limit 1
    ) as later`);
  const byRecord = Map.groupBy(changed, ({ id }) => id);
  return new Map(
    broken.map((one) => {
      const found = byRecord.get(one.record.id) ?? [];
      return [one.record.id, found.flatMap(({ name, expected }) => one.conflictOn(name, { expected }))];
    }),
  );
}
