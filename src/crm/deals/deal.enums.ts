import { declareEnum } from '../../platform/schema/enums.js';

export const DealStatus = declareEnum(
  'DealStatus',
  'Whether a deal is open, won or lost.',
  { OPEN: 'Open: still being worked on.', WON: 'Closed and won.', LOST: 'Closed and lost.' },
  'a deal status',
);
export type DealStatus = keyof typeof DealStatus;

export const DealPriority = declareEnum(
  'DealPriority',
  'How urgent a deal is.',
  {
    LOW: 'Can wait.',
    MEDIUM: 'Normal priority, the default.',
    HIGH: 'Before other deals.',
    URGENT: 'Immediately, before all others.',
  },
  'a deal priority',
);
export type DealPriority = keyof typeof DealPriority;
