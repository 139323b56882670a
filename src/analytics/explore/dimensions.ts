import { demand, membershipOf, type Viewer } from '../../platform/auth/viewer.js';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import type { Fault } from '../../platform/errors.js';
import { columnOf, constantCase, type PropertySpec } from '../../platform/records/property.js';
import { type RecordSpec, recordOf } from '../../platform/records/record.js';
import { declarationOf } from '../../platform/schema/enums.js';
import type { PeriodUnit } from '../periods.js';

/** Properties that a call can group by: filterable enums, relations and dates, keyed by the names of their sort keys. */
export function groupFieldsOf(record: RecordSpec): Map<string, PropertySpec> {
  const kinds = new Set(['enum', 'reference', 'date', 'instant']);
  const groupable = [...record.properties.values()].filter(
    ({ kind, filter, sql }) => filter && !sql && kinds.has(kind),
  );
  return new Map(groupable.map((spec) => [constantCase(spec.name), spec]));
}

export const isDate = ({ kind }: PropertySpec) => kind === 'date' || kind === 'instant';

export interface Grouping {
  field: string;
  granularity?: PeriodUnit | null;
}

/** The dimensions of a call: at most one category and one date, in the requested order. */
export interface Dimensions {
  category?: { field: string; spec: PropertySpec };
  date?: { field: string; spec: PropertySpec; unit: PeriodUnit };
  order: ('category' | 'date')[];
}

/** Appends conflicts between entries to `faults`; the result is only valid if there are none. */
export function dimensionsOf(record: RecordSpec, groupBy: Grouping[], viewer: Viewer, faults: Fault[]): Dimensions {
  const fields = groupFieldsOf(record);
  const dimensions: Dimensions = { order: [] };
  groupBy.forEach(({ field, granularity }, n) => {
    const spec = fields.get(field)!;
    const kind = isDate(spec) ? 'date' : 'category';
    const complain = (place: string, code: Fault['code'], message: string) =>
      faults.push({ path: `groupBy.${n}.${place}`, code, message });
    if (dimensions[kind]) complain('field', 'NOT_ALLOWED', `is a second ${kind}; group by one only`);
    if (kind === 'date' && !granularity) complain('granularity', 'REQUIRED', 'must be given for a date');
    if (kind === 'category' && granularity) complain('granularity', 'NOT_ALLOWED', 'belongs to dates');
    const resource = spec.reference && recordOf(spec.reference.record()).resource;
    if (resource) demand(viewer, `${resource}:read`);
    dimensions.order.push(kind);
    if (kind === 'date') dimensions.date = { field, spec, unit: granularity ?? 'DAY' };
    else dimensions.category = { field, spec };
  });
  return dimensions;
}

/** The day of a date or an instant in a time zone. */
export const dayOfProperty = (spec: PropertySpec, alias: string, zone: string): Fragment =>
  spec.kind === 'date'
    ? column(alias, columnOf(spec))
    : sql`(${column(alias, columnOf(spec))} at time zone ${zone}::text)::date`;

/** SQL for the group of a row. Rows are grouped by stored values, since grouping by text takes twice as long. */
export interface Parts {
  /** Enum value or id; null for rows without a value and in the group `Other`. */
  category: Fragment;
  isOther: Fragment;
  /** First day of the period; null without a date. */
  bucket: Fragment;
}

/** The group of all categories beyond the limit; never an enum value or an id. */
const others = '~';

/** The unique name of a group, equal to that of `partText` in SQL. */
export const partName = (category: string | null, bucket: string) => `${category ?? others}|${bucket}`;

export const partText = ({ category, isOther, bucket }: Parts): Fragment =>
  sql`
    case when ${isOther} then ${others} else coalesce(${category}::text, '') end
    || '|' || coalesce(${bucket}::text, '')`;

/** The groups of rows `alias`. If `kept` is given, all other categories form one group. */
export function partsOf({ category, date }: Dimensions, alias: string, zone: string, kept?: string[]): Parts {
  const stored = category ? column(alias, columnOf(category.spec)) : sql`null::text`;
  const bucket = date ? bucketOf(date, alias, zone) : sql`null::date`;
  if (!category || !kept) return { category: stored, isOther: sql`false`, bucket };
  const values = kept.filter((value) => value !== '');
  const type = sql.raw(category.spec.reference ? 'uuid[]' : 'text[]');
  const isKept = sql`${stored} = any(${values}::${type})`;
  const isOther = sql`case when ${stored} is null then ${!kept.includes('')}::boolean else not ${isKept} end`;
  return { category: sql`case when ${isKept} then ${stored} end`, isOther, bucket };
}

function bucketOf({ spec, unit }: NonNullable<Dimensions['date']>, alias: string, zone: string): Fragment {
  const stored = column(alias, columnOf(spec));
  const local = spec.kind === 'date' ? sql`${stored}::timestamp` : sql`(${stored} at time zone ${zone}::text)`;
  return sql`date_trunc(${unit.toLowerCase()}, ${local})::date`;
}

/** The property that names records of a type. */
function nameOf(record: RecordSpec): PropertySpec {
  const { properties } = record;
  return (properties.get('fullName') ?? properties.get('name') ?? properties.get('title'))!;
}

/** SQL for sorting categories: enums in the order of their declaration, records by name. */
export function categoryOrder({ category }: Dimensions, value: Fragment, viewer: Viewer): Fragment {
  if (!category) return sql`1`;
  const { spec } = category;
  if (!spec.reference) return sql`array_position(${declarationOf(spec.enum!).values}::text[], ${value})`;
  const target = recordOf(spec.reference.record());
  const scope = target.tenant ? sql`o.organization_id = ${membershipOf(viewer).id}::uuid and ` : sql``;
  return sql`
    (
      select folded(${nameIn(target, 'o', viewer)}) collate "und-x-icu"
      from ${sql.ref(target.table)} as o
      where ${scope}o.id = nullif(${value}, '')::uuid
    )`;
}

function nameIn(record: RecordSpec, alias: string, viewer: Viewer): Fragment {
  const spec = nameOf(record);
  return spec.sql?.({ table: sql.ref(alias), viewer }) ?? column(alias, columnOf(spec));
}

export const namePropertyOf = (spec: PropertySpec): string => nameOf(recordOf(spec.reference!.record())).name;
