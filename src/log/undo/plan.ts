import type { Class } from '../../platform/class.js';
import { sql } from '../../platform/database/sql.js';
import { columnOf } from '../../platform/records/property.js';
import { type RecordSpec, recordOf } from '../../platform/records/record.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { organizationOf } from '../../platform/tenancy/action-context.js';
import { loggedFields, told } from '../field-changes.js';
import { type LoggedType, loggedKinds } from '../record-types.js';

export type StoredRow = Readonly<Record<string, unknown>>;

/** A change as the log stores it. */
export interface LoggedChange {
  id: string;
  type: LoggedType;
  recordId: string;
  action: 'CREATED' | 'UPDATED' | 'DELETED';
  version: number | null;
  before: StoredRow | null;
  after: StoredRow | null;
  isErased: boolean;
}

/** What happens to a record: it is put back, its fields are, or it is deleted; nothing if it is as before already. */
export type Effect = 'CREATED' | 'UPDATED' | 'DELETED' | 'UNCHANGED';

/** A record that the change set changed. */
export class ChangedRecord {
  readonly spec: RecordSpec;

  /** The changes are in the order in which they happened. */
  constructor(
    readonly type: LoggedType,
    readonly id: string,
    readonly changes: readonly LoggedChange[],
  ) {
    this.spec = recordOf(loggedKinds[type].record);
  }

  get first(): LoggedChange {
    return this.changes[0]!;
  }

  get last(): LoggedChange {
    return this.changes.at(-1)!;
  }

  get isErased(): boolean {
    return this.changes.some((change) => change.isErased);
  }

  /** Whether the record was not there before the change set. */
  get wasCreated(): boolean {
    return this.first.action === 'CREATED';
  }

  get wasDeleted(): boolean {
    return this.last.action === 'DELETED';
  }

  /** Columns whose value differs before and after the change set, with both values; of records that were there. */
  get columns(): Map<string, { before: unknown; after: unknown }> {
    const columns = new Map<string, { before: unknown; after: unknown }>();
    for (const { before, after } of this.changes)
      for (const name of Object.keys(after ?? {}))
        columns.set(name, {
          before: columns.has(name) ? columns.get(name)!.before : before![name],
          after: after![name],
        });
    for (const [name, { before, after }] of columns) if (isSame(before, after)) columns.delete(name);
    return columns;
  }

  /** The column of a property, by its name in the API. */
  nameOf(column: string): string {
    const property = [...this.spec.properties.values()].find((one) => !one.sql && columnOf(one) === column);
    return property?.reference?.id ?? property?.name ?? column;
  }

  /** A stored value as the API tells it. */
  valueOf(column: string, value: unknown): unknown {
    const field = loggedFields(this.spec.type).get(column);
    return field ? told(field.property, value) : (value ?? null);
  }

  /** The record to which the ids of a column refer; null for other values. */
  refersTo(column: string): Class | null {
    return loggedFields(this.spec.type).get(column)?.property.reference?.record() ?? null;
  }
}

/** Whether two values of JSON columns are the same; both come from PostgreSQL, which orders the keys of objects. */
export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Changes of the longest change set that can be undone. */
export const mostChanges = 5000;

/** The changes of a change set in the order in which they happened; one more than can be undone at most. */
export const changesOf = (context: ActionContext, changeSetId: string): Promise<LoggedChange[]> =>
  context.query<LoggedChange>(sql`
    select id, record_type as type, record_id as "recordId", action, version, before, after, is_erased as "isErased"
    from changes
    where organization_id = ${organizationOf(context).id}::uuid
      and change_set_id = ${changeSetId}::uuid
    order by id
    limit ${sql.raw(String(mostChanges + 1))}`);

/** The changed records, in the order of their first changes. */
export const recordsIn = (changes: readonly LoggedChange[]): ChangedRecord[] =>
  [...Map.groupBy(changes, ({ type, recordId }) => `${type} ${recordId}`).values()].map(
    (ofRecord) => new ChangedRecord(ofRecord[0]!.type, ofRecord[0]!.recordId, ofRecord),
  );
