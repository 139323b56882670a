/** Fields that a record may be known by. */
export type Key = 'id' | 'code' | 'email' | 'externalId';

/** Fields whose values only one record may have. */
export const uniqueFields = ['email', 'userId', 'externalId'] as const;
