/** Fields that may identify a record. */
export type Key = 'id' | 'code' | 'email' | 'externalId';

/** Fields with unique values. */
export const uniqueFields = ['email', 'userId', 'externalId'] as const;
