import { NIL } from 'uuid';
import type { Viewer } from '../platform/auth/viewer.js';
import type { Class } from '../platform/class.js';
import { columnOf, type PropertySpec } from '../platform/records/property.js';
import { recordOf } from '../platform/records/record.js';
import { type LoggedType, loggedKinds } from './record-types.js';

/** The values of a change as the log stores them, by column. */
export interface LoggedValues {
  type: LoggedType;
  id: string;
  before: StoredValues | null;
  after: StoredValues | null;
}

type StoredValues = Readonly<Record<string, unknown>>;

/** A change of one field. */
export interface ChangedField {
  name: string;
  before: unknown;
  after: unknown;
  /** The record to which the values refer, if they are ids. */
  refersTo: Class | null;
}

/** Fields that changes do not show: the change itself tells them, or each change has them. */
const untold = new Set(['id', 'version', 'createdAt', 'updatedAt', 'organizationId']);

interface LoggedField {
  name: string;
  property: PropertySpec;
}

const known = new Map<Class, Map<string, LoggedField>>();

/** The fields of a record in the API, by the columns that the log stores. */
export function loggedFields(record: Class): Map<string, LoggedField> {
  const found = known.get(record) ?? fieldsByColumn(record);
  known.set(record, found);
  return found;
}

function fieldsByColumn(record: Class): Map<string, LoggedField> {
  const fields = new Map<string, LoggedField>();
  for (const property of recordOf(record).properties.values()) {
    const name = property.reference?.id ?? property.name;
    // A renamed property comes before its regular name, which replaces it.
    if (!property.sql && !property.hidden && !untold.has(name)) fields.set(columnOf(property), { name, property });
  }
  return fields;
}

/**
 * The names of a record's fields by type and column, as JSON; without those that only some viewers see, and this one
 * does not. `id` is the record's; without it, the record is not the viewer's own.
 */
export const namesByType = (viewer: Viewer, id: string = NIL): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(loggedKinds).map(([type, { record, sees }]) => [
        type,
        Object.fromEntries(
          [...loggedFields(record)].flatMap(([column, { name, property }]) =>
            property.seenAs && !sees?.(viewer, id) ? [] : [[column, name]],
          ),
        ),
      ]),
    ),
  );

/** The fields that changed and that the viewer may see, in the order of their declaration; none of an erased record. */
export function changedFields({ type, id, before, after }: LoggedValues, viewer: Viewer): ChangedField[] {
  const { record, sees } = loggedKinds[type];
  const changed: ChangedField[] = [];
  // A page has some 30,000 fields, so nothing is made for those that did not change.
  for (const [column, { name, property }] of loggedFields(record)) {
    const [stored, present] = [before?.[column] ?? null, after?.[column] ?? null];
    if (stored === present) continue;
    const [was, is] = [wireForm(property, stored), wireForm(property, present)];
    if (was === is || (property.seenAs && !sees?.(viewer, id))) continue;
    changed.push({ name, before: was, after: is, refersTo: property.reference?.record() ?? null });
  }
  return changed;
}

/** A stored value as the API tells it. Decimals have two places and at most 15 digits, which a double keeps. */
export function wireForm(property: PropertySpec | undefined, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (property?.kind === 'decimal') return (value as number).toFixed(2);
  return property?.kind === 'instant' ? new Date(value as string).toISOString() : value;
}
