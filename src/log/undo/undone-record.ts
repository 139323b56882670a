import type { Viewer } from '../../platform/auth/viewer.js';
import { type CodedError, Conflict } from '../../platform/errors.js';
import { loggedFields, wireForm } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import { type ChangedRecord, type FieldConflict, isSame, type Obstacle, type StoredRow } from './changed-record.js';

/** The fate of a record: it is put back, its fields are, or it is deleted; nothing if it is as before already. */
type Effect = 'CREATED' | 'UPDATED' | 'DELETED' | 'UNCHANGED';

/** A record of the change set, and whether it can be undone. */
export class UndoneRecord {
  effect: Effect;
  error: CodedError | null = null;
  conflicts: readonly FieldConflict[] = [];
  /** The change behind the error, if it is known. */
  obstacle: Obstacle | null = null;

  constructor(
    readonly record: ChangedRecord,
    readonly present: StoredRow | undefined,
    viewer: Viewer,
  ) {
    this.effect = record.wasCreated ? 'DELETED' : record.wasDeleted ? 'CREATED' : 'UPDATED';
    if (record.isErased) this.fail(new Conflict('RECORD_ERASED', 'The values of the record were erased for good'));
    else if (this.isAsBefore()) this.effect = 'UNCHANGED';
    else if (this.effect === 'DELETED') this.demandAsLeft(viewer);
    else if (this.effect === 'UPDATED') this.demandFields(viewer);
  }

  /** Whether the undo changes the record. */
  get isEffective(): boolean {
    return !this.error && this.effect !== 'UNCHANGED';
  }

  /** Whether the undo deletes the record. */
  get isDeletion(): boolean {
    return this.isEffective && this.effect === 'DELETED';
  }

  /** Whether the undo gives a column its former values, but for one that was changed back, and then by others. */
  putsBack(column: string): boolean {
    if (!this.isEffective || this.effect === 'DELETED') return false;
    const touched = this.record.touched.get(column);
    return this.effect === 'CREATED' || (touched !== undefined && isSame(this.present![column], touched.after));
  }

  /** Its first error stays. */
  fail(error: CodedError, { conflicts = [], obstacle = conflicts[0]?.obstacle ?? null }: Grounds = {}): void {
    if (this.error) return;
    this.error = error;
    this.conflicts = conflicts;
    this.obstacle = obstacle;
  }

  /** Rights come before conflicts. */
  forbid(error: CodedError): void {
    this.error = error;
    this.conflicts = [];
    this.obstacle = null;
  }

  /** The row with its former values; columns that follow from others keep their present ones. */
  get former(): StoredRow {
    const { record, present } = this;
    const columns = [...record.columns].map(([column, { before }]) => [column, before]);
    return { ...(present ?? record.last.before), ...Object.fromEntries(columns) };
  }

  /**
   * A conflict on a column. `obstacle` is by default a later change of the column; `expected` counts if the change set
   * did not touch the column.
   */
  conflictOn(
    column: string,
    { obstacle = this.record.obstacleOn(column), expected: untouched = null as unknown } = {},
  ) {
    const { record, present } = this;
    const known = loggedFields(loggedKinds[record.type].record).get(column);
    if (!known) return [];
    const { name: field, property } = known;
    const [expected, found] = [record.touched.get(column)?.after ?? untouched, present?.[column]].map((value) =>
      wireForm(property, value ?? null),
    );
    const refersTo = property.reference?.record() ?? null;
    return [{ field, expected, found, refersTo, obstacle }] satisfies FieldConflict[];
  }

  /** A conflict on the record as a whole: it is gone, or others refer to it. */
  conflictOnRecord(obstacle: Obstacle): FieldConflict {
    const { id } = this.record;
    return { field: 'id', expected: id, found: this.present ? id : null, refersTo: null, obstacle };
  }

  private isAsBefore(): boolean {
    const { record, present } = this;
    if (record.wasCreated) return !present;
    if (record.wasDeleted) return present !== undefined;
    // Deleting a deal cascades to its history.
    if (!present) return record.type === 'DEAL_STAGE_CHANGE';
    return [...record.columns].every(([name, { before }]) => isSame(present[name], before));
  }

  private demandAsLeft(viewer: Viewer): void {
    const { record, present } = this;
    if (!('version' in present!) || record.isAsLeft(present)) return;
    const conflicts = record.conflictsWith(present, viewer);
    this.fail(new Conflict('RECORD_CHANGED', 'The record has changed since, so it is not deleted'), { conflicts });
  }

  private demandFields(viewer: Viewer): void {
    const { record, present } = this;
    if (!present) {
      const conflicts = [this.conflictOnRecord(record.obstacleOn('id'))];
      this.fail(new Conflict('RECORD_GONE', 'The record was deleted since'), { conflicts });
      return;
    }
    const conflicts = record.conflictsWith(present, viewer);
    const names = conflicts.map(({ field }) => field).join(', ');
    if (names) this.fail(new Conflict('FIELD_CHANGED', `Changed again since: ${names}`), { conflicts });
  }
}

interface Grounds {
  conflicts?: readonly FieldConflict[];
  /** Of the first conflict, if there is one. */
  obstacle?: Obstacle | null;
}

/** A record that cannot be undone, and why not. */
export interface Failure extends Grounds {
  one: UndoneRecord;
  error: CodedError;
}

/**
 * A deal and its history stay together: if one cannot be undone, neither can the other, and a deal that somebody has
 * put back already keeps the history of that.
 */
export function keepHistories(undone: readonly UndoneRecord[]): void {
  const byId = new Map(undone.map((one) => [one.record.id, one]));
  const histories = undone.flatMap((one) => {
    const deal = byId.get(dealOf(one)!);
    return deal ? [{ one, deal }] : [];
  });
  for (const { one, deal } of histories) if (one.error) deal.fail(one.error, { obstacle: one.obstacle });
  for (const { one, deal } of histories) {
    if (deal.error) one.fail(deal.error, { obstacle: deal.obstacle });
    else if (deal.effect === 'UNCHANGED' && deal.record.columns.size) one.effect = 'UNCHANGED';
  }
}

/** Lets a conflict with a record that cannot be undone itself name the change in the way of that record. */
export function traceObstacles(undone: readonly UndoneRecord[]): void {
  const failed = new Map(undone.filter(({ obstacle }) => obstacle).map((one) => [one.record.id, one.obstacle!]));
  const sourceOf = (obstacle: Obstacle, passed: readonly Obstacle[] = []): Obstacle => {
    const cause = failed.get(obstacle.recordId);
    return !cause || passed.includes(cause) ? obstacle : sourceOf(cause, [...passed, cause]);
  };
  for (const one of undone) {
    one.conflicts = one.conflicts.map((conflict) =>
      conflict.obstacle.recordId === one.record.id ? conflict : { ...conflict, obstacle: sourceOf(conflict.obstacle) },
    );
  }
}

/** Id of the deal to whose history the change set added a record, or of which it removed one. */
export function dealOf({ record: { type, wasCreated, first, last } }: UndoneRecord): string | undefined {
  const row = wasCreated ? first.after : last.before;
  return type === 'DEAL_STAGE_CHANGE' ? (row?.deal_id as string | undefined) : undefined;
}
