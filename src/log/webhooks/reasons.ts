import { addReasons } from '../../platform/schema/error-reasons.js';

/** Webhooks of an organization. */
export const mostWebhooks = 20;

addReasons('CONFLICT', {
  WEBHOOK_LIMIT: [
    `An organization has at most ${mostWebhooks} webhooks: delete one that is no longer used.`,
    'createWebhook',
  ],
});
