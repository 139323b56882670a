import type { Class } from '../class.js';
import { type Fragment, sql } from '../database/sql.js';
import { Conflict } from '../errors.js';
import { columnOf } from '../records/property.js';
import { allRecords } from '../records/record.js';
import type { TenantRecord } from '../records/tenant-record.js';

/** Each takes PostgreSQL about 0.12 ms, so that they leave some of the five seconds of a statement. */
export const mostReached = 30_000;

/** The records that a document changes without naming them, e.g. by deleting what they refer to. */
export class Reach {
  private records = 0;

  /** Throws CONFLICT with the reason TOO_MANY_REFERENCES if there are too many by now. */
  add(records: number): void {
    this.records += records;
    if (this.records <= mostReached) return;
    throw new Conflict(
      'TOO_MANY_REFERENCES',
      `More than ${mostReached.toLocaleString('en')} records refer to what this request deletes or replaces; ` +
        'do less in one request, assign these records to others first, or deactivate what is no longer used',
    );
  }
}

interface Pointer {
  table: string;
  column: string;
}

/** The columns whose rows change when the record that they refer to is deleted. */
const pointersTo = (type: Class): Pointer[] =>
  allRecords().flatMap(({ table, view, properties }) =>
    view
      ? []
      : [...properties.values()]
          .filter(({ reference }) => reference?.tenant && reference.onDelete !== 'restrict')
          .filter(({ reference }) => reference!.record() === type)
          .map((property) => ({ table, column: columnOf(property) })),
  );

const known = new Map<Class, Pointer[]>();

/** Counts the records that refer to records of one organization, up to one more than a document may change. */
export function referrersTo(records: readonly TenantRecord[]): Fragment | null {
  const parts = [...Map.groupBy(records, (record) => record.constructor as Class)].flatMap(([type, ofType]) => {
    const pointers = known.get(type) ?? pointersTo(type);
    known.set(type, pointers);
    return pointers.map(
      ({ table, column }) => sql`
        select 1
        from ${sql.ref(table)}
        where organization_id = ${ofType[0]!.organizationId}::uuid
          and ${sql.ref(column)} = any(${ofType.map(({ id }) => id)}::uuid[])`,
    );
  });
  if (!parts.length) return null;
  return sql`
    select count(*)::int as count
    from (${sql.join(parts, ' union all ')} limit ${mostReached + 1}) as referrers`;
}
