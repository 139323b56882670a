import { Taken } from '../errors.js';
import type { Acting } from './acting.js';
import type { ExternalRecord } from './tenant-record.js';

/** What the caller is told; also, with `onDuplicate`, when two collide in the unique key. */
export const externalIdTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EXTERNAL_ID', 'input.externalId', 'Another record has this key', existingId);

/** A key of another system names one record of its kind. */
export async function checkExternalId(
  acting: Acting,
  record: ExternalRecord,
  { externalId }: { externalId?: string | null },
): Promise<void> {
  if (!externalId || externalId === record.externalId) return;
  const type = record.constructor as new () => ExternalRecord;
  const other = (await acting.find(type, 'external_id', externalId, 'none')).find(({ id }) => id !== record.id);
  if (other) throw externalIdTaken(other.id);
}
