import { owner } from '../../platform/permissions/rules.js';

export const invitationRules = {
  Query: { invitations: owner },
  Mutation: { inviteMember: owner, resendInvitation: owner, revokeInvitation: owner },
};
