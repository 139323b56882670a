import { Forbidden } from '../errors.js';

/** The signed-in caller of a request, with the active organization and the rights there. */
export interface Viewer {
  userId: string;
  sessionId: string;
  isSuperuser: boolean;
  /** Null if the viewer has no active membership. */
  organization: ActiveOrganization | null;
}

export interface ActiveOrganization {
  id: string;
  currency: string;
  timeZone: string;
  /** The current day in `timeZone`. */
  today: string;
  isOwner: boolean;
  /** Whether all of the viewer's profiles there are suspended or inactive, and at least one is suspended. */
  isSuspended: boolean;
  /** Id of the record that stands for the viewer there, if there is one. */
  selfId: string | null;
  /** Granted permissions as `resource:action`; owners and superusers hold all others as well. */
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

/** Throws FORBIDDEN unless the viewer acts in an organization, even if suspended there. */
export function activeOrganizationOf({ organization }: Viewer): ActiveOrganization {
  if (!organization)
    throw new Forbidden(
      'NO_ORGANIZATION',
      'You do not belong to an organization; create one or ask an owner to add you',
    );
  return organization;
}

/** Throws FORBIDDEN unless the viewer acts in an organization and is not suspended there. */
export function demandMembership(viewer: Viewer): ActiveOrganization {
  const organization = activeOrganizationOf(viewer);
  if (!isMember(viewer))
    throw new Forbidden('MEMBERSHIP_SUSPENDED', 'Your profile in this organization is suspended; ask an administrator');
  return organization;
}

/** Throws FORBIDDEN unless the viewer holds the permission in the active organization. */
export function demand(viewer: Viewer, permission: string): void {
  demandMembership(viewer);
  if (!holds(viewer, permission))
    throw new Forbidden(
      'MISSING_PERMISSION',
      `This needs the permission ${permission}; ask an owner for a role with it`,
      {
        permission,
      },
    );
}
