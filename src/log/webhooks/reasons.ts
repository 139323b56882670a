import { addReasons } from '../../platform/schema/error-reasons.js';

addReasons('CONFLICT', {
  WEBHOOK_LIMIT: ['An organization has at most 20 webhooks: delete one that is no longer used.', 'createWebhook'],
});
