import { signedIn } from '../../platform/permissions/rules.js';

/** Every signed-in caller may query nodes; `readableBy` decides which records they see. */
export const nodeRules = { Query: { node: signedIn, nodes: signedIn } };
