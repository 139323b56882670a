import { constantCase } from './property.js';
import { type RecordSpec, recordOf } from './record.js';

/** Throws if a record names a missing property or sort key of its own, or of the record that refers to it. */
export function checkNames(records: readonly RecordSpec[]): void {
  for (const record of records) {
    const { search, lists, defaultOrder = [] } = record;
    if (typeof search === 'object') demandReference(record, search.via);
    for (const { record: pointing, by } of lists.values()) demandReference(recordOf(pointing()), by);
    for (const { field } of defaultOrder)
      if (!isSortKey(record, field)) throw new Error(`${record.name} has no sort key ${field}`);
  }
}

function demandReference({ name, properties }: RecordSpec, property: string): void {
  if (!properties.get(property)?.reference) throw new Error(`${name} has no reference ${property}`);
}

const isSortKey = ({ properties, sortKeys = {} }: RecordSpec, field: string): boolean =>
  field === 'ID' ||
  field in sortKeys ||
  [...properties.values()].some(({ name, order }) => order && constantCase(name) === field);
