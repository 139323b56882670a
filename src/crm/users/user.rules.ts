import { demandMembership } from '../../platform/auth/viewer.js';
import { Forbidden } from '../../platform/errors.js';
import { argumentRule, member, signedIn } from '../../platform/permissions/rules.js';

const ownAccount = argumentRule<{ id: string }>(
  "a superuser, except for the caller's own account",
  ({ id }, { userId, isSuperuser }) => {
    if (!isSuperuser && id.toLowerCase() !== userId)
      throw new Forbidden('SELF_ONLY', 'You may change your own account only');
  },
  'to read',
);

const selfOrMember = argumentRule<{ id: string }>(
  "membership, except for the caller's own account",
  ({ id }, viewer) => {
    if (id.toLowerCase() !== viewer.userId) demandMembership(viewer);
  },
);

export const userRules = {
  Query: { me: signedIn, users: member, user: selfOrMember },
  Mutation: { updateMyAccount: signedIn, updateProfile: signedIn, updateUser: ownAccount },
};
