import type { Row } from '../../platform/database/sql.js';
import type { Reader } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { whole } from '../periods.js';
import { type Dimensions, namePropertyOf } from './dimensions.js';

/** The category and period of a group; the category of the group `Other` is null. */
export interface Place {
  category: string | null;
  bucket: string;
}

/** Sorts by period, without a period last; within a period by category, with the group `Other` last. */
export function sorted(places: Place[], categories: (string | null)[]): Place[] {
  const ranks = new Map(categories.map((category, n) => [category, category === null ? categories.length : n]));
  return places.sort((a, b) => {
    const [first, second] = [a.bucket || '~', b.bucket || '~'];
    return first === second ? ranks.get(a.category)! - ranks.get(b.category)! : first < second ? -1 : 1;
  });
}

export interface GroupKey {
  field: string;
  value: string | null;
  label: string;
  startDate?: string;
  endDate?: string;
}

export function keysOf(dimensions: Dimensions, { category, bucket }: Place, labels: Map<string, string>): GroupKey[] {
  return dimensions.order.map((kind) => {
    if (kind === 'date') {
      const { field, unit } = dimensions.date!;
      if (!bucket) return { field, value: null, label: 'None' };
      const { label, startDate, endDate } = whole(unit, bucket);
      return { field, value: bucket, label, startDate, endDate };
    }
    const { field } = dimensions.category!;
    if (category === null) return { field, value: null, label: 'Other' };
    return category
      ? { field, value: category, label: labels.get(category) ?? '' }
      : { field, value: null, label: 'None' };
  });
}

/** English labels of the categories: the name of a record, or an enum value in words. */
export async function labelsOf(
  read: Reader,
  dimensions: Dimensions,
  categories: string[],
): Promise<Map<string, string>> {
  const { category } = dimensions;
  const values = categories.filter((value) => value !== '');
  if (!category || values.length === 0) return new Map();
  const { reference } = category.spec;
  if (!reference) return new Map(values.map((value) => [value, inWords(value)]));
  const name = namePropertyOf(category.spec);
  const found = await read.byKeys<Row>(reference.record(), 'id', values, Selection.from({ [name]: new Selection() }));
  return new Map(values.map((id) => [id, (found.get(id)?.[0]?.[name] as string | undefined) ?? '']));
}

/** `EMAIL_CAMPAIGN` becomes `Email campaign`. */
const inWords = (value: string) => value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');
