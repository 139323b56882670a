// The contents page: what webhooks add to the log.

import './reasons.js';

export { resealWebhookSecrets } from './reseal.js';
export { WebhookFields, WebhookResolver } from './webhook.resolver.js';
export { webhookAnswersWithSecrets, webhookRules } from './webhook.rules.js';
export { WebhookWorker } from './webhook-worker.js';
