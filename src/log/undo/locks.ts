import { changingAccess } from '../../crm/organizations/changing-access.js';
import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import type { LoggedType } from '../record-types.js';
import type { ChangedRecord, StoredRow } from './changed-record.js';

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
  const changesPlaces = byType.has('PIPELINE') || byType.has('PIPELINE_STAGE');
  // Changes of employees take turns, so two of them cannot close a cycle of managers together.
  if (byType.has('EMPLOYEE')) await changingAccess(context);
  for (const type of lockOrder) {
    // Changes of pipelines and stages, and deals that enter stages, lock the pipeline first.
    if (type === 'PIPELINE' && (changesPlaces || byType.has('DEAL'))) await lockPipelines(context, changesPlaces);
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

const lockPipelines = (context: ActionContext, toChange: boolean) =>
  context.query(sql`
    select from pipelines
    where organization_id = ${organizationOf(context).id}::uuid
    order by id
    ${toChange ? sql`for update` : sql`for share`}`);
