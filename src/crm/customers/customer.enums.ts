import { declareEnum } from '../../platform/schema/enums.js';

export const CustomerType = declareEnum(
  'CustomerType',
  'Kind of customer.',
  { INDIVIDUAL: 'A person.', BUSINESS: 'A company.' },
  'a customer type',
);
export type CustomerType = keyof typeof CustomerType;

export const CustomerStatus = declareEnum(
  'CustomerStatus',
  'Status of a customer.',
  {
    ACTIVE: 'Does business with us.',
    INACTIVE: 'No longer does business with us.',
    PROSPECT: 'Does not buy yet.',
    VIP: 'Important customer.',
  },
  'a customer status',
);
export type CustomerStatus = keyof typeof CustomerStatus;
