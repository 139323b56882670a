import { everybody, signedIn } from '../../platform/permissions/rules.js';

export const receivedInvitationRules = {
  Query: { invitation: everybody, myInvitations: signedIn },
  Mutation: { acceptInvitation: signedIn, declineInvitation: everybody },
};
