import { demand } from '../../platform/auth/viewer.js';
import { Forbidden } from '../../platform/errors.js';
import { byPerson, member, owner, parentRule, signedIn, signedInAnd } from '../../platform/permissions/rules.js';
import type { Referred } from '../../platform/reading/projection.js';
import { can } from '../permissions.js';
import type { SeenOrganization } from './organization.js';

type Parent = SeenOrganization & Referred & { id: string };

const settings = parentRule<Parent>(
  'organization:read in the active organization',
  ({ id, seenBy, isSnapshot }, asking) => {
    if (isSnapshot) return;
    const viewer = seenBy ?? asking;
    demand(viewer, 'organization:read');
    if (id !== viewer.organization?.id)
      throw new Forbidden(
        'NOT_A_MEMBER',
        'Settings are shown of the active organization only; name it in X-Organization-Id',
      );
  },
);

/** The actions check whose profile it is. */
const ownProfile = signedInAnd("organization:update, except for the caller's own profile");

/** The profiles of members decide whether they have access. */
const ofMembers = byPerson('organization:update');

export const organizationRules = {
  Query: {
    myOrganizations: signedIn,
    myProfiles: signedIn,
    organizations: signedIn,
    organization: signedIn,
    organizationMembers: member,
    userProfiles: can['organization:read'],
  },
  Mutation: {
    updateOrganization: can['organization:update'],
    deleteOrganization: owner,
    createUserProfile: ofMembers,
    switchProfile: signedIn,
    activateProfile: ownProfile,
    deactivateProfile: ownProfile,
    suspendProfile: ofMembers,
  },
  Organization: { settings },
};
