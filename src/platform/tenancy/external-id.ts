import { Taken } from '../errors.js';
import type { ExternalRecord } from '../records/tenant-record.js';
import type { ActionContext } from './action-context.js';
import { unclaimed } from './checks.js';

/** What the caller is told; also, with `onDuplicate`, when two collide in the unique key. */
export const externalIdTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EXTERNAL_ID', 'input.externalId', 'Another record has this key', existingId);

/** A key of another system names one record of its kind. */
export const ownExternalId = <Entity extends ExternalRecord>(
  context: ActionContext,
  type: new () => Entity,
  { externalId }: { externalId?: string | null },
) => unclaimed(context, type, 'externalId', externalId, externalIdTaken);
