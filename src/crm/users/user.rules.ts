import { member, signedIn } from '../../platform/permissions/rules.js';

export const userRules = {
  Query: { me: signedIn, users: member, user: signedIn },
  Mutation: { updateProfile: signedIn, updateUser: signedIn },
};
