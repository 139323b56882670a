import type { KeyColumn } from '../platform/tenancy/acting.js';

/** Columns of the fields that a record is known by. */
export const columns = { id: 'id', code: 'code', email: 'email', externalId: 'external_id' } as const satisfies Record<
  string,
  KeyColumn
>;

/** Columns of the fields whose values only one record may have. */
export const uniqueColumns = {
  email: 'email',
  userId: 'user_id',
  externalId: 'external_id',
} as const satisfies Record<string, KeyColumn>;

/** Fields that a record is known by. */
export type Key = keyof typeof columns;
