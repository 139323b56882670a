import { byPerson } from '../../platform/permissions/rules.js';

const administration = byPerson('organization:update');

export const webhookRules = {
  Query: { webhooks: administration, webhook: administration },
  Mutation: {
    createWebhook: administration,
    updateWebhook: administration,
    deleteWebhook: administration,
    enableWebhook: administration,
    disableWebhook: administration,
    rotateWebhookSecret: administration,
    replayWebhook: administration,
    redeliverWebhookDelivery: administration,
  },
};

/** Their answers hold a secret, so that none is kept under an idempotency key. */
export const webhookAnswersWithSecrets = ['createWebhook', 'rotateWebhookSecret'];
