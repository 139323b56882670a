import { demandMembership, type Viewer } from '../../platform/auth/viewer.js';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { columnOf, type PropertySpec, snakeCase } from '../../platform/records/property.js';
import { type RecordSpec, recordOf, targetOf } from '../../platform/records/record.js';
import { declarationOf } from '../../platform/schema/enums.js';
import type { Dimensions } from './dimensions.js';

/** The category of a row. */
interface CategoryPart {
  /** Enum value, id, text or tag; null for rows without a value and in the group `Other`. */
  value: Fragment;
  isOther: Fragment;
}

/** SQL for the group of a row. Rows are grouped by stored values, since grouping by text takes twice as long. */
export interface Parts {
  categories: CategoryPart[];
  /** First day of the period; null without a date. */
  bucket: Fragment;
  /** Joins the tags of a row, each of which puts it into a group. */
  join: Fragment;
}

/** The categories and period of a group: '' stands for rows without a value, null for the group `Other`. */
export interface Place {
  categories: (string | null)[];
  bucket: string;
}

/** A control character, which no text contains. */
const separator = '\u001f';

/** The unique name of a group, equal to that of `partText` in SQL. */
export const partName = ({ categories, bucket }: Place): string =>
  [...categories.map((value) => (value === null ? '~' : value && `=${value}`)), bucket].join(separator);

export const partText = ({ categories, bucket }: Omit<Parts, 'join'>): Fragment =>
  sql.join(
    [
      ...categories.map(
        ({ value, isOther }) => sql`case when ${isOther} then '~' else coalesce('=' || ${value}::text, '') end`,
      ),
      sql`coalesce(${bucket}::text, '')`,
    ],
    ' || chr(31) || ',
  );

/** The groups of rows `alias`. If `kept` is given, all other values of a category form one group. */
export function partsOf({ categories, date }: Dimensions, alias: string, zone: string, kept?: string[][]): Parts {
  const joins: Fragment[] = [];
  const parts = categories.map(({ spec }, n): CategoryPart => {
    if (spec.kind !== 'tags') return storedPart(spec, column(alias, columnOf(spec)), kept?.[n]);
    const tags = `g${n}`;
    joins.push(
      sql`left join lateral (${tagParts(column(alias, columnOf(spec)), kept?.[n])}) as ${sql.ref(tags)} on true`,
    );
    const untagged = sql`${kept !== undefined && !kept[n]!.includes('')}::boolean`;
    return { value: column(tags, 'value'), isOther: sql`coalesce(${column(tags, 'is_other')}, ${untagged})` };
  });
  const bucket = date ? bucketOf(date, alias, zone) : sql`null::date`;
  return { categories: parts, bucket, join: sql.join(joins, ' ') };
}

function storedPart(spec: PropertySpec, stored: Fragment, kept: string[] | undefined): CategoryPart {
  if (!kept) return { value: stored, isOther: sql`false` };
  const values = kept.filter((value) => value !== '');
  const isKept = sql`${stored} = any(${values}::${sql.raw(spec.reference ? 'uuid[]' : 'text[]')})`;
  const isOther = sql`case when ${stored} is null then ${!kept.includes('')}::boolean else not ${isKept} end`;
  return { value: sql`case when ${isKept} then ${stored} end`, isOther };
}

/** The groups that a row is in by its tags: one for each kept tag, and at most once the group `Other`. */
function tagParts(tags: Fragment, kept: string[] | undefined): Fragment {
  const isKept = kept ? sql`u.tag = any(${kept}::text[])` : sql`true`;
  return sql`
    select distinct case when ${isKept} then u.tag end as value, not ${isKept} as is_other
    from unnest(${tags}) as u(tag)`;
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

/** SQL for sorting categories: enums in the order of their declaration, records by name, texts alphabetically. */
export function categoryOrder(spec: PropertySpec, value: Fragment, viewer: Viewer): Fragment {
  if (spec.enum) return sql`array_position(${declarationOf(spec.enum).values}::text[], ${value})`;
  if (!spec.reference) return sql`folded(nullif(${value}, '')) collate "und-x-icu"`;
  const { name, source } = namesOf(recordOf(spec.reference.record()), viewer);
  return sql`(select folded(${name}) collate "und-x-icu" from ${source} and o.id = nullif(${value}, '')::uuid)`;
}

/** Names of records of the organization, with the snapshots of users whose membership has ended. */
export function namesOf(record: RecordSpec, viewer: Viewer): { name: Fragment; source: Fragment } {
  const spec = nameOf(record);
  const { name, byOrganization } = targetOf(record);
  const scope = byOrganization ? sql`o.organization_id = ${demandMembership(viewer).id}::uuid` : sql`true`;
  // A view has a column for each computed property.
  const computed = record.referenceView
    ? column('o', snakeCase(spec.name))
    : spec.sql?.({ table: sql.ref('o'), viewer });
  return {
    name: computed ?? column('o', columnOf(spec)),
    source: sql`${sql.ref(name)} as o where ${scope}`,
  };
}
