import { signedIn } from '../../platform/permissions/rules.js';

export const foundingRules = { Mutation: { createOrganization: signedIn } };
