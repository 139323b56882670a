import { Forbidden } from '../errors.js';
import type { ApiKeyClaims } from './api-keys.js';

/** The caller of a request, a person or an API key, with the active organization and the rights there. */
export interface Viewer {
  /** Null for an API key, as is `sessionId`. */
  userId: string | null;
  sessionId: string | null;
  /** Null for a person. */
  apiKey: ApiKey | null;
  isSuperuser: boolean;
  /** When the caller was looked up, by the clock of the database, which all servers share. */
  now: Date;
  /** Null if the viewer has no active membership. */
  organization: ActiveOrganization | null;
}

/** A key acts in one organization, with permissions alone: it is neither a member nor an owner. */
interface ApiKey extends ApiKeyClaims {
  id: string;
}

/** A caller who is signed in. */
export interface Person {
  userId: string;
  sessionId: string;
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

/** The person who calls; throws FORBIDDEN for an API key. */
export function personOf({ userId, sessionId }: Viewer): Person {
  if (userId === null || sessionId === null) throw notForApiKeys();
  return { userId, sessionId };
}

export const notForApiKeys = () =>
  new Forbidden('NOT_FOR_API_KEYS', 'An API key may not do this; sign in, or ask somebody who can');

/** Id of the session or API key, by which requests are counted. */
export const callerIdOf = ({ sessionId, apiKey }: Viewer): string => (sessionId ?? apiKey?.id)!;

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
