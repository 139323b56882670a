import { Webhook } from './webhooks/webhook.js';

/** The records of the log that actions change. The rest of the log is only read. */
export const logEntities = [Webhook];
