import { byPerson, owner } from '../../platform/permissions/rules.js';

const administration = byPerson('organization:update');

export const apiKeyRules = {
  Query: { apiKeys: administration },
  Mutation: {
    createApiKey: administration,
    rotateApiKey: administration,
    revokeApiKey: administration,
    adoptApiKey: owner,
  },
};

/** Their answers hold a secret, so that none is kept under an idempotency key. */
export const answersWithSecrets: ReadonlySet<string> = new Set(['createApiKey', 'rotateApiKey', 'adoptApiKey']);
