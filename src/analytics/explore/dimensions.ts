import { demand, type Viewer } from '../../platform/auth/viewer.js';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import type { Fault } from '../../platform/errors.js';
import { columnOf, constantCase, type PropertySpec } from '../../platform/records/property.js';
import { type RecordSpec, recordOf } from '../../platform/records/record.js';
import type { PeriodUnit } from '../periods.js';

/** Name of the tags among the fields to group by: a group has one tag. */
export const tagField = 'TAG';

/**
 * Properties that a call can group by, by the names of their sort keys: filterable enums, relations and dates, and
 * texts and tags that are marked.
 */
export function groupFieldsOf(record: RecordSpec): Map<string, PropertySpec> {
  const kinds = new Set(['enum', 'reference', 'date', 'instant']);
  const groupable = [...record.properties.values()].filter(
    ({ kind, filter, sql, group }) => filter && !sql && (group || kinds.has(kind)),
  );
  return new Map(groupable.map((spec) => [spec.kind === 'tags' ? tagField : constantCase(spec.name), spec]));
}

export const isDate = ({ kind }: PropertySpec) => kind === 'date' || kind === 'instant';

/** Properties whose distinct values a call can count. */
export const distinctFieldsOf = (record: RecordSpec): Map<string, PropertySpec> =>
  new Map([...groupFieldsOf(record)].filter(([, spec]) => !isDate(spec) && spec.kind !== 'tags'));

export interface Grouping {
  field: string;
  granularity?: PeriodUnit | null;
}

interface Dimension {
  field: string;
  spec: PropertySpec;
}

/** The dimensions of a call: two categories, or one category and one date, or one of them, or none. */
export interface Dimensions {
  categories: Dimension[];
  date?: Dimension & { unit: PeriodUnit };
  /** Positions of categories and the date, as requested. */
  order: (number | 'date')[];
}

/** Throws FORBIDDEN if the property refers to records that the viewer may not read. */
export function demandToRead({ reference }: PropertySpec, viewer: Viewer): void {
  const resource = reference && recordOf(reference.record()).resource;
  if (resource) demand(viewer, `${resource}:read`);
}

const mostDimensions = 2;

/** Appends conflicts between entries to `faults`; the result is only valid if there are none. */
export function dimensionsOf(record: RecordSpec, groupBy: Grouping[], viewer: Viewer, faults: Fault[]): Dimensions {
  const fields = groupFieldsOf(record);
  const dimensions: Dimensions = { categories: [], order: [] };
  groupBy.forEach(({ field, granularity }, n) => {
    const spec = fields.get(field)!;
    const complain = (place: string, code: Fault['code'], message: string) =>
      faults.push({ path: `groupBy.${n}.${place}`, code, message });
    if (n >= mostDimensions) complain('field', 'NOT_ALLOWED', 'is a third field; group by two at most');
    if (isDate(spec)) {
      if (dimensions.date) complain('field', 'NOT_ALLOWED', 'is a second date; group by one only');
      if (!granularity) complain('granularity', 'REQUIRED', 'must be given for a date');
      dimensions.date = { field, spec, unit: granularity ?? 'DAY' };
      dimensions.order.push('date');
      return;
    }
    if (dimensions.categories.some((other) => other.field === field))
      complain('field', 'NOT_ALLOWED', 'is named twice');
    if (granularity) complain('granularity', 'NOT_ALLOWED', 'belongs to dates');
    demandToRead(spec, viewer);
    dimensions.order.push(dimensions.categories.length);
    dimensions.categories.push({ field, spec });
  });
  return dimensions;
}

/** The day of a date or an instant in a time zone. */
export const dayOfProperty = (spec: PropertySpec, alias: string, zone: string): Fragment =>
  spec.kind === 'date'
    ? column(alias, columnOf(spec))
    : sql`(${column(alias, columnOf(spec))} at time zone ${zone}::text)::date`;
