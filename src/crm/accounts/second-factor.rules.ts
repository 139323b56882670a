import { everybody, signedIn } from '../../platform/permissions/rules.js';

const [signingIn, changing] = [
  { beginLogin: everybody, completeLogin: everybody },
  { beginSecondFactor: signedIn, confirmSecondFactor: signedIn, removeSecondFactor: signedIn },
];

export const secondFactorRules = { Mutation: { ...signingIn, ...changing } };

export const secondFactorEntry = Object.keys(signingIn);
export const secondFactorAlone = Object.keys(secondFactorRules.Mutation);
