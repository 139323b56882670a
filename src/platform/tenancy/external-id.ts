import { Taken } from '../errors.js';
import type { ExternalRecord } from '../records/tenant-record.js';
import type { ActionContext } from './action-context.js';
import { unclaimed } from './checks.js';

/** The error for a taken key; `onDuplicate` uses it for concurrent writes as well. */
export const externalIdTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EXTERNAL_ID', 'input.externalId', 'Another record has this key', existingId);

/** Checks that no other record of the type has the external key. */
export const ownExternalId = <Entity extends ExternalRecord>(
  context: ActionContext,
  type: new () => Entity,
  { externalId }: { externalId?: string | null },
) => unclaimed(context, type, 'externalId', externalId, externalIdTaken);
