import type { Viewer } from '../../platform/auth/viewer.js';
import type { Class } from '../../platform/class.js';
import { sql } from '../../platform/database/sql.js';
import { type RecordSpec, recordOf } from '../../platform/records/record.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { organizationOf } from '../../platform/tenancy/action-context.js';
import { isAboutAccess } from '../access-changes.js';
import type { ChangeAction } from '../change-action.js';
import { loggedFields, wireForm } from '../field-changes.js';
import { type LoggedType, loggedKinds } from '../record-types.js';
import { mostUndone } from '../undo-limits.js';
import { derivedColumns } from './derived-columns.js';

export type StoredRow = Readonly<Record<string, unknown>>;

/** A change as the log stores it. */
export interface LoggedChange {
  id: string;
  type: LoggedType;
  recordId: string;
  action: ChangeAction;
  version: number | null;
  before: StoredRow | null;
  after: StoredRow | null;
  isErased: boolean;
  /** Whether the change decides who may do what. */
  isAboutAccess: boolean;
}

/** A column whose value differs before and after the change set. */
export interface ChangedColumn {
  before: unknown;
  after: unknown;
}

/** A field in the way of an undo, with its values after the change set and now, as the API writes them. */
export interface FieldConflict {
  field: string;
  expected: unknown;
  found: unknown;
  /** The record to which the values refer, if they are ids. */
  refersTo: Class | null;
  obstacle: Obstacle;
}

/** A change in the way of an undo: somebody changed this column of a record after this change, or deleted it. */
export interface Obstacle {
  recordId: string;
  column: string;
  /** Id of a change. */
  after: string;
}

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

  /** Whether the record was neither there before the change set nor after it. */
  get wasTransient(): boolean {
    return this.wasCreated && this.wasDeleted;
  }

  /** The columns that have another value after the change set than before it; before a creation they had none. */
  get columns(): Map<string, ChangedColumn> {
    return new Map([...this.touched].filter(([, { before, after }]) => !isSame(before, after)));
  }

  /** The columns that the change set changed or changed back; without those that follow from others. */
  get touched(): Map<string, ChangedColumn> {
    const touched = new Map<string, ChangedColumn>();
    const derived = derivedColumns(this.type);
    for (const { before, after } of this.changes)
      for (const name of Object.keys(after ?? {}).filter((column) => !(column in derived)))
        touched.set(name, {
          before: touched.has(name) ? touched.get(name)!.before : before?.[name],
          after: after![name],
        });
    return touched;
  }

  /** Whether the record is as the change set left it, also if others have changed it and changed it back. */
  isAsLeft(present: StoredRow): boolean {
    return present.version === this.last.version || !this.changedSince(present).length;
  }

  /** The fields that are not as the change set left them, without those that the viewer may not see. */
  conflictsWith(present: StoredRow, viewer: Viewer): FieldConflict[] {
    const { record, sees } = loggedKinds[this.type];
    return this.changedSince(present).flatMap(([column, { after }]) => {
      const { name: field, property } = loggedFields(record).get(column) ?? { name: column };
      if (property?.seenAs && !sees?.(viewer, this.id)) return [];
      const [expected, found] = [after, present[column]].map((value) => wireForm(property, value));
      const refersTo = property?.reference?.record() ?? null;
      return [{ field, expected, found, refersTo, obstacle: this.obstacleOn(column) }];
    });
  }

  /** A later change of a column, of this record or of the one with this id. */
  obstacleOn(column: string, recordId = this.id): Obstacle {
    return { recordId, column, after: this.last.id };
  }

  /** The columns that others have changed since; a creation gives values to all columns, also to those without any. */
  private changedSince(present: StoredRow): [string, ChangedColumn][] {
    return [...(this.wasCreated ? this.touched : this.columns)].filter(
      ([column, { after }]) => !isSame(present[column], after) && column !== 'version' && column !== 'updated_at',
    );
  }
}

/** Whether two values of JSON columns are the same; both come from PostgreSQL, which orders the keys of objects. */
export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** The changes of a change set in the order in which they happened; one more than can be undone at most. */
export const changesOf = (context: ActionContext, changeSetId: string): Promise<LoggedChange[]> =>
  context.query<LoggedChange>(sql`
    select id, record_type as type, record_id as "recordId", action, version, before, after, is_erased as "isErased",
      ${isAboutAccess('c')} as "isAboutAccess"
    from changes c
    where organization_id = ${organizationOf(context).id}::uuid
      and change_set_id = ${changeSetId}::uuid
    order by id
    limit ${sql.raw(String(mostUndone + 1))}`);

/** The changed records, in the order of their first changes. */
export const recordsIn = (changes: readonly LoggedChange[]): ChangedRecord[] =>
  [...Map.groupBy(changes, ({ type, recordId }) => `${type} ${recordId}`).values()].map(
    (ofRecord) => new ChangedRecord(ofRecord[0]!.type, ofRecord[0]!.recordId, ofRecord),
  );
