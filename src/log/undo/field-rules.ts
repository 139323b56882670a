import { nameGiver } from '../../crm/activities/activity-about.js';
import { hasBuyer } from '../../crm/deals/sound-deals.js';
import { hasSoundDates } from '../../crm/employees/sound-employees.js';
import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { loggedFields } from '../field-changes.js';
import { type LoggedType, loggedKinds } from '../record-types.js';
import type { StoredRow } from './changed-record.js';
import { contradiction } from './invariants.js';
import { conflictsOver } from './rule-conflicts.js';
import type { Failure, UndoneRecord } from './undone-record.js';

/**
 * Fields of which a record may only have some combinations if it has or had them anyway. The database cannot hold these
 * rules, since e.g. the deletion of a customer leaves deals without one.
 */
interface Combination {
  fields: readonly string[];
  /** Equal for equal combinations; null for one that any record may have. */
  keyOf: (record: object) => string | null;
}

/** The types demand that `fields` names all that `keyOf` reads. */
const reading = <Field extends string>(
  fields: readonly Field[],
  keyOf: (record: Record<Field, never>) => string | null,
): Combination => ({ fields, keyOf: keyOf as Combination['keyOf'] });

const combinations: Partial<Record<LoggedType, Combination>> = {
  DEAL: reading(['customerId', 'leadId', 'status'], (deal) => (hasBuyer(deal) ? null : 'nobody buys')),
  EMPLOYEE: reading(['employmentType', 'hireDate', 'terminationDate'], (employee) =>
    hasSoundDates(employee) ? null : 'dates do not fit',
  ),
  ACTIVITY: reading(['customerId', 'leadId', 'customerName'], (activity) =>
    JSON.stringify([nameGiver(activity), activity.customerName]),
  ),
};

/** Records whose former fields do not fit beside the present ones, which others have changed. */
export async function misfits(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const suspects = undone.filter((one) => {
    if (!one.isEffective || one.effect !== 'UPDATED') return false;
    return newIn(one, afterUndo(one), [one.present!]);
  });
  if (!suspects.length) return [];
  const former = await formerRows(context, suspects);
  const broken = suspects.filter((one) => newIn(one, afterUndo(one), [one.present!, former.get(one.record.id)!]));
  const failures: Failure[] = [];
  for (const [type, ofType] of Map.groupBy(broken, ({ record }) => record.type)) {
    const { fields } = combinations[type]!;
    const columns = sql`select unnest(${fields.map((field) => columnIn(type, field))}::text[])`;
    const conflicts = await conflictsOver(context, ofType, columns);
    for (const one of ofType) failures.push({ one, error: contradiction(), conflicts: conflicts.get(one.record.id) });
  }
  return failures;
}

/** Whether a row has a combination that other rows of the record do not have. */
function newIn({ record: { type } }: UndoneRecord, row: StoredRow, others: readonly StoredRow[]): boolean {
  const combination = combinations[type];
  if (!combination) return false;
  const inRow = (any: StoredRow) => combination.keyOf(fieldsOf(type, any));
  const found = inRow(row);
  return found !== null && !others.some((other) => inRow(other) === found);
}

function columnIn(type: LoggedType, field: string): string {
  for (const [column, { name }] of loggedFields(loggedKinds[type].record)) if (name === field) return column;
  throw new Error(`${type} has no logged field ${field}`);
}

const fieldsOf = (type: LoggedType, row: StoredRow) =>
  Object.fromEntries([...loggedFields(loggedKinds[type].record)].map(([column, { name }]) => [name, row[column]]));

const afterUndo = ({ record, present }: UndoneRecord): StoredRow => ({
  ...present,
  ...Object.fromEntries([...record.columns].map(([column, { before }]) => [column, before])),
});

/** The rows as they were before the change set: all changes since then are taken back. */
async function formerRows(context: ActionContext, suspects: readonly UndoneRecord[]): Promise<Map<string, StoredRow>> {
  const rows = new Map(suspects.map(({ record, present }) => [record.id, { ...present }]));
  const changes = await context.query<{ id: string; before: StoredRow | null }>(sql`
    select c.record_id as id, c.before
    from unnest(
      ${suspects.map(({ record }) => record.id)}::uuid[],
      ${suspects.map(({ record }) => record.first.id)}::uuid[]
    ) as since(record_id, id)
    join changes c on c.organization_id = ${organizationOf(context).id}::uuid
      and c.record_id = since.record_id
      and c.id >= since.id
    order by c.id desc`);
  for (const { id, before } of changes) Object.assign(rows.get(id)!, before);
  return rows;
}
