import { Forbidden } from '../../platform/errors.js';
import { argumentRule, member, signedIn } from '../../platform/permissions/rules.js';
import type { Changes } from '../../platform/records/inputs.js';
import type { User } from './user.js';

const ownAccount = argumentRule<{ id: string; input: Changes<User> }>(
  'own account, or superuser',
  ({ id, input }, { userId, isSuperuser }) => {
    if (isSuperuser) return;
    if (id.toLowerCase() !== userId) throw new Forbidden('SELF_ONLY', 'You may change your own account only');
    if (input.isActive !== undefined)
      throw new Forbidden('SUPERUSER_ONLY', 'Only a superuser may open or close accounts');
  },
);

export const userRules = {
  Query: { me: signedIn, users: member, user: member },
  Mutation: { updateProfile: signedIn, updateUser: ownAccount },
};
