import { demand, membershipOf, type Viewer } from '../../platform/auth/viewer.js';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { BadInput, type Fault } from '../../platform/errors.js';
import { declarationOf } from '../../platform/records/enums.js';
import { columnOf, constantCase, type PropertySpec } from '../../platform/records/property.js';
import { type RecordSpec, recordOf } from '../../platform/records/record.js';
import type { PeriodUnit } from '../periods.js';

/** What groups can be made by: every filterable enum, relation and date of a record, by the name of its sort key. */
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

/** What a call groups by: at most a category and at most a date, in the order asked for. */
export interface Dimensions {
  category?: { field: string; spec: PropertySpec };
  date?: { field: string; spec: PropertySpec; unit: PeriodUnit };
  order: ('category' | 'date')[];
}

export const fault = (path: string, code: Fault['code'], message: string) => new BadInput([{ path, code, message }]);

export function dimensionsOf(record: RecordSpec, groupBy: Grouping[], viewer: Viewer): Dimensions {
  const fields = groupFieldsOf(record);
  const dimensions: Dimensions = { order: [] };
  groupBy.forEach(({ field, granularity }, n) => {
    const spec = fields.get(field)!;
    const kind = isDate(spec) ? 'date' : 'category';
    if (dimensions[kind]) throw fault(`groupBy.${n}.field`, 'NOT_ALLOWED', `is a second ${kind}; group by one only`);
    if (kind === 'date' && !granularity)
      throw fault(`groupBy.${n}.granularity`, 'REQUIRED', 'must be given for a date');
    if (kind === 'category' && granularity) throw fault(`groupBy.${n}.granularity`, 'NOT_ALLOWED', 'belongs to dates');
    const resource = spec.reference && recordOf(spec.reference.record()).resource;
    if (resource) demand(viewer, `${resource}:read`);
    dimensions.order.push(kind);
    if (kind === 'date') dimensions.date = { field, spec, unit: granularity! };
    else dimensions.category = { field, spec };
  });
  return dimensions;
}

/** The day of a date or instant, in a time zone. */
export const dayOfProperty = (spec: PropertySpec, alias: string, zone: string): Fragment =>
  spec.kind === 'date'
    ? column(alias, columnOf(spec))
    : sql`(${column(alias, columnOf(spec))} at time zone ${zone}::text)::date`;

/** Text of a row's category: an enum value or an id; empty without one. */
export const categoryOf = ({ category }: Dimensions, alias: string): Fragment =>
  category ? sql`coalesce(${column(alias, columnOf(category.spec))}::text, '')` : sql`''`;

/** First day of a row's period as text; empty without a date. */
export const bucketOf = ({ date }: Dimensions, alias: string, zone: string): Fragment =>
  date
    ? sql`coalesce(date_trunc(${date.unit.toLowerCase()}, ${dayOfProperty(date.spec, alias, zone)}::timestamp)::date::text, '')`
    : sql`''`;

/** The property by which records of a type are called. */
function nameOf(record: RecordSpec): PropertySpec {
  const { properties } = record;
  return (properties.get('fullName') ?? properties.get('name') ?? properties.get('title'))!;
}

/** SQL by which categories sort: enums in order of declaration, records by name. */
export function categoryOrder({ category }: Dimensions, value: Fragment, viewer: Viewer): Fragment {
  if (!category) return sql`1`;
  const { spec } = category;
  if (!spec.reference) return sql`array_position(${declarationOf(spec.enum!).values}::text[], ${value})`;
  const target = recordOf(spec.reference.record());
  const scope = target.tenant ? sql`o.organization_id = ${membershipOf(viewer).id}::uuid and ` : sql``;
  return sql`(select lower(${nameIn(target, 'o', viewer)} collate "und-x-icu") from ${sql.table(target.table)} as o where ${scope}o.id = nullif(${value}, '')::uuid)`;
}

function nameIn(record: RecordSpec, alias: string, viewer: Viewer): Fragment {
  const spec = nameOf(record);
  return spec.sql?.({ table: sql.ref(alias), viewer }) ?? column(alias, columnOf(spec));
}

export const namePropertyOf = (spec: PropertySpec): string => nameOf(recordOf(spec.reference!.record())).name;
