import { declareEnum } from '../../platform/schema/enums.js';

export const DealStatus = declareEnum(
  'DealStatus',
  'Outcome of a deal.',
  { OPEN: 'Still being worked on.', WON: 'Closed and won.', LOST: 'Closed and lost.' },
  'a deal status',
);
export type DealStatus = keyof typeof DealStatus;

export const DealPriority = declareEnum(
  'DealPriority',
  'Priority of a deal.',
  { LOW: 'Low.', MEDIUM: 'Medium.', HIGH: 'High.', URGENT: 'Urgent.' },
  'a deal priority',
);
export type DealPriority = keyof typeof DealPriority;
