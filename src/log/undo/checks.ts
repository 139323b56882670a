import type { Class } from '../../platform/class.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { type CodedError, Conflict } from '../../platform/errors.js';
import { columnOf } from '../../platform/records/property.js';
import { recordOf } from '../../platform/records/record.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { type LoggedType, loggedKinds } from '../record-types.js';
import { type ChangedRecord, type Effect, isSame, type StoredRow } from './plan.js';

/** A field that has another value than the change set gave it. */
export interface FieldConflict {
  field: string;
  expected: unknown;
  found: unknown;
  /** The record to which the values refer, if they are ids. */
  refersTo: Class | null;
  /** The column, to find the change set that changed it. */
  column: string;
}

export interface Verdict {
  effect: Effect;
  /** The columns to be put back. */
  columns: ReadonlySet<string>;
  error: CodedError | null;
  conflicts: readonly FieldConflict[];
}

/** A record of the change set, and whether it can be undone. */
export interface UndoneRecord {
  record: ChangedRecord;
  verdict: Verdict;
}

/** The order in which records are locked, as everywhere; see docs/decisions/0010. */
const lockOrder: readonly LoggedType[] = [
  ...(['ORGANIZATION', 'LEAD', 'CUSTOMER', 'EMPLOYEE', 'PIPELINE', 'PIPELINE_STAGE', 'DEAL'] as const),
  ...(['DEAL_STAGE_CHANGE', 'VENDOR', 'ACTIVITY'] as const),
];

const idsOf = (records: readonly ChangedRecord[]): string[] => records.map(({ id }) => id);

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
      where ${scope} t.id = any(${idsOf(ofType)}::uuid[])
      order by t.id
      for update`);
    for (const { id, row } of rows) found.set(id, row);
  }
  return found;
}

const verdict = (effect: Effect, columns: Iterable<string> = []): Verdict => ({
  effect,
  columns: new Set(columns),
  error: null,
  conflicts: [],
});

const refused = (effect: Effect, error: CodedError, conflicts: readonly FieldConflict[] = []): Verdict => ({
  effect,
  columns: new Set(),
  error,
  conflicts,
});

/** Whether and how a record can be undone, from its present row; without references from other records. */
export function verdictOn(record: ChangedRecord, present: StoredRow | undefined): Verdict {
  if (record.isErased)
    return refused('UNCHANGED', new Conflict('RECORD_ERASED', 'The values of the record were erased for good'));
  if (record.wasCreated) {
    if (!present || record.wasDeleted) return verdict('UNCHANGED');
    return 'version' in present && present.version !== record.last.version
      ? refused('DELETED', new Conflict('RECORD_CHANGED', 'The record has changed since, so it is not deleted'))
      : verdict('DELETED');
  }
  if (record.wasDeleted) return verdict(present ? 'UNCHANGED' : 'CREATED');
  if (!present) return refused('UPDATED', new Conflict('RECORD_GONE', 'The record was deleted since'));
  return verdictOnFields(record, present);
}

function verdictOnFields(record: ChangedRecord, present: StoredRow): Verdict {
  const columns = [...record.columns].filter(([name, { before }]) => !isSame(present[name], before));
  const conflicts = columns.flatMap(([column, { after }]): FieldConflict[] =>
    isSame(present[column], after)
      ? []
      : [
          {
            field: record.nameOf(column),
            expected: record.valueOf(column, after),
            found: record.valueOf(column, present[column]),
            refersTo: record.refersTo(column),
            column,
          },
        ],
  );
  if (conflicts.length) {
    const names = conflicts.map(({ field }) => field).join(', ');
    return refused('UPDATED', new Conflict('FIELD_CHANGED', `Changed again since: ${names}`), conflicts);
  }
  return columns.length
    ? verdict(
        'UPDATED',
        columns.map(([name]) => name),
      )
    : verdict('UNCHANGED');
}

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

/** Fails created records to which others refer that the undo neither deletes nor detaches. */
export async function refuseUsed(context: ActionContext, undone: readonly UndoneRecord[]): Promise<void> {
  const sound = undone.filter(({ verdict }) => !verdict.error);
  const created = sound.filter(({ verdict }) => verdict.effect === 'DELETED');
  for (const [type, ofType] of Map.groupBy(created, ({ record }) => record.type)) {
    const ids = ofType.map(({ record }) => record.id);
    const asked = pointersTo(type).map(({ type: pointing, table, column }): Fragment => {
      const leaving = sound.filter(
        ({ record, verdict }) =>
          record.type === pointing && (verdict.effect === 'DELETED' || verdict.columns.has(column)),
      );
      return sql`
        select ${sql.ref(column)} as id
        from ${sql.ref(table)}
        where organization_id = ${organizationOf(context).id}::uuid
          and ${sql.ref(column)} = any(${ids}::uuid[])
          and id <> all(${leaving.map(({ record }) => record.id)}::uuid[])`;
    });
    if (!asked.length) continue;
    const used = new Set((await context.query<{ id: string }>(sql.join(asked, ' union '))).map(({ id }) => id));
    for (const one of ofType) if (used.has(one.record.id)) one.verdict = { ...one.verdict, error: inUse() };
  }
}

const inUse = () => new Conflict('RECORD_IN_USE', 'Other records refer to the record by now, so it is not deleted');
