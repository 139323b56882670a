import { sql } from '../../platform/database/sql.js';
import type { Reader } from '../../platform/reading/reader.js';
import type { PropertySpec } from '../../platform/records/property.js';
import { recordOf } from '../../platform/records/record.js';
import { whole } from '../periods.js';
import type { Dimensions } from './dimensions.js';
import { namesOf, type Place } from './parts.js';

/**
 * Sorts by period, without a period last; within a period by the first category, then by the second, with the group
 * `Other` last.
 */
export function sorted(places: Place[], categories: (string | null)[][]): Place[] {
  const ranks = categories.map(
    (values) => new Map(values.map((value, n) => [value, value === null ? values.length : n])),
  );
  const compared = (a: Place, b: Place) =>
    ranks.reduce((order, rank, n) => order || rank.get(a.categories[n]!)! - rank.get(b.categories[n]!)!, 0);
  return places.sort((a, b) => {
    const [first, second] = [a.bucket || '~', b.bucket || '~'];
    return first === second ? compared(a, b) : first < second ? -1 : 1;
  });
}

export interface GroupKey {
  field: string;
  value: string | null;
  label: string;
  startDate?: string;
  endDate?: string;
}

/** Labels of the values of each category. */
type Labels = Map<string, string>[];

export function keysOf(dimensions: Dimensions, { categories, bucket }: Place, labels: Labels): GroupKey[] {
  return dimensions.order.map((n) => {
    if (n === 'date') {
      const { field, unit } = dimensions.date!;
      if (!bucket) return { field, value: null, label: 'None' };
      const { label, startDate, endDate } = whole(unit, bucket);
      return { field, value: bucket, label, startDate, endDate };
    }
    const { field } = dimensions.categories[n]!;
    const value = categories[n]!;
    if (value === null) return { field, value: null, label: 'Other' };
    return value ? { field, value, label: labels[n]?.get(value) ?? '' } : { field, value: null, label: 'None' };
  });
}

/** English labels of the categories: the name of a record, an enum value in words, or the text itself. */
export const labelsOf = (read: Reader, { categories }: Dimensions, kept: string[][]): Promise<Labels> =>
  Promise.all(
    categories.map(({ spec }, n) =>
      labelsOfValues(
        read,
        spec,
        kept[n]!.filter((value) => value !== ''),
      ),
    ),
  );

async function labelsOfValues(read: Reader, spec: PropertySpec, values: string[]): Promise<Map<string, string>> {
  if (spec.enum) return new Map(values.map((value) => [value, inWords(value)]));
  if (!spec.reference) return new Map(values.map((value) => [value, value]));
  if (values.length === 0) return new Map();
  const { name, source } = namesOf(recordOf(spec.reference.record()), read.viewer);
  const found = await read.query<{ id: string; label: string }>(
    sql`select o.id, ${name} as label from ${source} and o.id = any(${values}::uuid[])`,
  );
  return new Map(found.map(({ id, label }) => [id, label]));
}

/** `EMAIL_CAMPAIGN` becomes `Email campaign`. */
const inWords = (value: string) => value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');
