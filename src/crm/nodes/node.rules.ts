import { signedIn } from '../../platform/permissions/rules.js';

/** Any signed-in caller may ask; `readableBy` decides which records they see. */
export const nodeRules = { Query: { node: signedIn, nodes: signedIn } };
