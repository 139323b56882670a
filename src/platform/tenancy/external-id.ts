import { Taken } from '../errors.js';
import type { Acting } from './acting.js';
import { unclaimed } from './checks.js';
import type { ExternalRecord } from './tenant-record.js';

/** What the caller is told; also, with `onDuplicate`, when two collide in the unique key. */
export const externalIdTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EXTERNAL_ID', 'input.externalId', 'Another record has this key', existingId);

/** A key of another system names one record of its kind. */
export const ownExternalId = <Entity extends ExternalRecord>(
  acting: Acting,
  type: new () => Entity,
  { externalId }: { externalId?: string | null },
) => unclaimed(acting, type, ['external_id', 'externalId'], externalId, externalIdTaken);
