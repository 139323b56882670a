import { member, owner } from '../../platform/permissions/rules.js';

export const accessRules = {
  Mutation: { addOrganizationMember: owner, updateMembership: owner, deactivateMembership: member },
};
