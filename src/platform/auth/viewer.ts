import { Forbidden } from '../errors.js';

/** Who is asking, in which organization, and what they may do there; read from the database for every request. */
export interface Viewer {
  userId: string;
  sessionId: string;
  isSuperuser: boolean;
  /** Null without any active membership. */
  organization: ActiveOrganization | null;
}

export interface ActiveOrganization {
  id: string;
  currency: string;
  timeZone: string;
  /** The current day in `timeZone`. */
  today: string;
  isOwner: boolean;
  /** Every profile of the viewer there is suspended, or switched off with one suspended. */
  isSuspended: boolean;
  /** Id of the record that stands for the viewer there, if there is one. */
  selfId: string | null;
  /** `resource:action`; owners and superusers hold more than what is listed here. */
  permissions: ReadonlySet<string>;
}

/** Owners and superusers hold every permission and pass owner-only checks. */
export function isPrivileged(viewer: Viewer): boolean {
  return Boolean(viewer.organization) && (viewer.isSuperuser || viewer.organization!.isOwner);
}

export function holds(viewer: Viewer, permission: string): boolean {
  return isPrivileged(viewer) || Boolean(viewer.organization?.permissions.has(permission));
}

/** Whether the viewer acts in an organization and is not suspended there. */
export const isMember = ({ organization }: Viewer): boolean =>
  organization !== null && (!organization.isSuspended || organization.isOwner);

/** Throws FORBIDDEN unless the viewer acts in an organization, be it suspended there. */
export function activeOrganizationOf({ organization }: Viewer): ActiveOrganization {
  if (!organization)
    throw new Forbidden('NO_ORGANIZATION', 'You are in no organization; create one or ask an owner to add you');
  return organization;
}

/** Throws FORBIDDEN unless the viewer acts in an organization and is not suspended there. */
export function membershipOf(viewer: Viewer): ActiveOrganization {
  const organization = activeOrganizationOf(viewer);
  if (!isMember(viewer))
    throw new Forbidden('MEMBERSHIP_SUSPENDED', 'Your profile in this organization is suspended; ask an administrator');
  return organization;
}

/** Throws FORBIDDEN unless the viewer holds the permission in the active organization. */
export function demand(viewer: Viewer, permission: string): void {
  membershipOf(viewer);
  if (!holds(viewer, permission))
    throw new Forbidden(
      'MISSING_PERMISSION',
      `This needs the permission ${permission}; ask an owner for a role with it`,
      {
        permission,
      },
    );
}
