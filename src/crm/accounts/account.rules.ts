import { everybody, signedIn } from '../../platform/permissions/rules.js';

export const accountRules = {
  Query: { errorCodes: everybody },
  Mutation: {
    register: everybody,
    login: everybody,
    refreshSession: everybody,
    logout: signedIn,
    changePassword: signedIn,
  },
};

/** These operations sign in and out; they have some room of their own on a busy server. */
export const entry: ReadonlySet<string> = new Set(['register', 'login', 'refreshSession', 'logout']);

/** These operations manage their own transactions and must be alone in their document. */
export const alone: ReadonlySet<string> = new Set([...entry, 'changePassword']);
