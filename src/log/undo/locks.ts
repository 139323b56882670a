import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { LoggedType } from '../record-types.js';
import type { ChangedRecord, StoredRow } from './plan.js';

/** The order in which records are locked, as everywhere; see docs/decisions/0010. */
export const lockOrder: readonly LoggedType[] = [
  ...(['ORGANIZATION', 'LEAD', 'CUSTOMER', 'EMPLOYEE', 'PIPELINE', 'PIPELINE_STAGE', 'DEAL'] as const),
  ...(['DEAL_STAGE_CHANGE', 'VENDOR', 'ACTIVITY'] as const),
];

/** Locks the records that are there, and returns their rows as the log would store them, by id. */
export async function lockedRows(
  context: ActionContext,
  records: readonly ChangedRecord[],
): Promise<Map<string, StoredRow>> {
  const found = new Map<string, StoredRow>();
  const byType = Map.groupBy(records, ({ type }) => type);
  for (const type of lockOrder) {
    const ofType = byType.get(type);
    if (!ofType) continue;
    const { table, tenant } = ofType[0]!.spec;
    const scope = tenant ? sql`t.organization_id = ${organizationOf(context).id}::uuid and` : sql``;
    const rows = await context.query<{ id: string; row: StoredRow }>(sql`
      select t.id, to_jsonb(t) as row
      from ${sql.ref(table)} as t
      where ${scope} t.id = any(${ofType.map(({ id }) => id)}::uuid[])
      order by t.id
      for update`);
    for (const { id, row } of rows) found.set(id, row);
  }
  return found;
}
