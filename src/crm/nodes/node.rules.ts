import { signedIn } from '../../platform/permissions/rules.js';

/** What of each record may be read, `readableBy` knows. */
export const nodeRules = { Query: { node: signedIn, nodes: signedIn } };
