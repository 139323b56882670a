import { Conflict } from '../../platform/errors.js';
import type { DealStatus } from './deal.enums.js';

/** Date and reason of closing. */
export interface Closing {
  on: string;
  lostReason?: string | null;
}

/** Stage and status, which the history records. */
export interface Standing {
  stageId: string | null;
  status: DealStatus;
}

export const dealNotClosed = (message: string) => new Conflict('DEAL_NOT_CLOSED', message);
