/** The records that activities are about, by the name of the reference. */
export type Subject = 'customer' | 'lead' | 'deal' | 'vendor';
