import { holds } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import { columnOf } from '../../platform/records/property.js';
import { recordOf } from '../../platform/records/record.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { type LoggedType, loggedKinds } from '../record-types.js';
import { lockOrder } from './locks.js';
import type { Failure, UndoneRecord } from './undone-record.js';

interface Pointer {
  type: LoggedType;
  table: string;
  column: string;
}

/** The columns of other records that refer to records of a type. */
const pointersTo = (type: LoggedType): Pointer[] =>
  lockOrder.flatMap((pointing) => {
    const { table, properties } = recordOf(loggedKinds[pointing].record);
    return [...properties.values()].flatMap((property) =>
      property.reference?.record() === loggedKinds[type].record
        ? [{ type: pointing, table, column: columnOf(property) }]
        : [],
    );
  });

/** Created records to which others refer that the undo neither deletes nor detaches. */
export async function usedAmong(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const failures: Failure[] = [];
  const created = undone.filter((one) => one.isDeletion);
  for (const [type, ofType] of Map.groupBy(created, ({ record }) => record.type)) {
    const used = await usedOf(context, type, ofType, undone);
    for (const one of ofType) {
      const user = used.get(one.record.id);
      if (user) {
        const conflicts = [one.conflictOnRecord(one.record.obstacleOn(user.column, user.id))];
        failures.push({ one, error: inUse(context, user), conflicts });
      }
    }
  }
  return failures;
}

interface Use {
  type: LoggedType;
  id: string;
  /** The column that refers to the created record. */
  column: string;
}

/** Names one of the records that refer to the created one, if the caller may see it. */
function inUse({ viewer }: ActionContext, { type, id }: Use): Conflict {
  const isSeen = type !== 'DEAL_STAGE_CHANGE' && holds(viewer, loggedKinds[type].permission);
  const message = 'Other records refer to the record by now, so it is not deleted';
  return new Conflict('RECORD_IN_USE', message, isSeen ? { existingId: id } : {});
}

async function usedOf(
  context: ActionContext,
  type: LoggedType,
  ofType: readonly UndoneRecord[],
  undone: readonly UndoneRecord[],
): Promise<Map<string, Use>> {
  const ids = ofType.map(({ record }) => record.id);
  const asked = pointersTo(type).map(({ type: pointing, table, column }): Fragment => {
    const leaving = undone.filter((one) => one.record.type === pointing && (one.isDeletion || one.putsBack(column)));
    return sql`
      select ${sql.ref(column)} as used, ${pointing} as type, id, ${column} as column
      from ${sql.ref(table)}
      where organization_id = ${organizationOf(context).id}::uuid
        and ${sql.ref(column)} = any(${ids}::uuid[])
        and id <> all(${leaving.map(({ record }) => record.id)}::uuid[])`;
  });
  if (!asked.length) return new Map();
  const found = await context.query<Use & { used: string }>(sql`
    select distinct on (used) *
    from (${sql.join(asked, ' union all ')}) as uses
    order by used, type, id, "column"`);
  return new Map(found.map(({ used: created, ...use }) => [created, use]));
}
