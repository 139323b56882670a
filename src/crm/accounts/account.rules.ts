import { everybody, signedIn } from '../../platform/permissions/rules.js';
import { receivedInvitationRules } from '../invitations/received-invitation.rules.js';
import { secondFactorRules, signingIn } from './second-factor.rules.js';

export const accountRules = {
  Query: { errorCodes: everybody, mySessions: signedIn },
  Mutation: {
    register: everybody,
    login: everybody,
    refreshSession: everybody,
    logout: signedIn,
    revokeSession: signedIn,
    changePassword: signedIn,
    requestPasswordReset: everybody,
    resetPassword: everybody,
    verifyEmail: everybody,
    resendVerification: signedIn,
    requestEmailChange: signedIn,
    confirmEmailChange: everybody,
  },
};

/** These operations sign in and out, or recover an account; they have some room of their own on a busy server. */
export const entry: ReadonlySet<string> = new Set([
  'register',
  'login',
  'refreshSession',
  'logout',
  'requestPasswordReset',
  'resetPassword',
  ...Object.keys(signingIn),
]);

/** These operations manage their own transactions and must be alone in their document. */
export const alone: ReadonlySet<string> = new Set([
  ...Object.keys(accountRules.Mutation),
  ...Object.keys(secondFactorRules.Mutation),
  ...Object.keys(receivedInvitationRules.Mutation),
]);
