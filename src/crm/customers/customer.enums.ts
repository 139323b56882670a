import { declareEnum } from '../../platform/schema/enums.js';

export const CustomerType = declareEnum(
  'CustomerType',
  'Whether a customer is a person or a company.',
  { INDIVIDUAL: 'A private person.', BUSINESS: 'A company or another organization.' },
  'a customer type',
);
export type CustomerType = keyof typeof CustomerType;

export const CustomerStatus = declareEnum(
  'CustomerStatus',
  'State of the relationship with a customer.',
  {
    ACTIVE: 'Buys from the organization.',
    INACTIVE: 'No longer buys from the organization.',
    PROSPECT: 'Does not buy yet, but may do so.',
    VIP: 'Buys and deserves special attention.',
  },
  'a customer status',
);
export type CustomerStatus = keyof typeof CustomerStatus;
