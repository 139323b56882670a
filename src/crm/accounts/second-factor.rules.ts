import { everybody, signedIn } from '../../platform/permissions/rules.js';

/** The two steps of a sign-in. */
export const signingIn = { beginLogin: everybody, completeLogin: everybody };

const changing = { beginSecondFactor: signedIn, confirmSecondFactor: signedIn, removeSecondFactor: signedIn };

export const secondFactorRules = { Mutation: { ...signingIn, ...changing } };
