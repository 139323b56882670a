import { Forbidden } from '../../platform/errors.js';
import { argumentRule, member, signedIn } from '../../platform/permissions/rules.js';

const ownAccount = argumentRule<{ id: string }>('own account, or superuser', ({ id }, { userId, isSuperuser }) => {
  if (!isSuperuser && id.toLowerCase() !== userId)
    throw new Forbidden('SELF_ONLY', 'You may change your own account only');
});

export const userRules = {
  Query: { me: signedIn, users: member, user: member },
  Mutation: { updateProfile: signedIn, updateUser: ownAccount },
};
