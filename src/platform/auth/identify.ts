import type { Pool } from 'pg';
import { validate as isUuid } from 'uuid';
import { Forbidden, Unauthenticated } from '../errors.js';
import type { Claims } from './tokens.js';
import type { Viewer } from './viewer.js';

interface Found {
  session_live: boolean;
  is_superuser: boolean;
  organization_id: string | null;
  currency: string;
  time_zone: string;
  is_owner: boolean;
  is_suspended: boolean;
  employee_id: string | null;
  permissions: string[];
}

const lookUp = 'select * from request_viewer($1, $2, $3)';

/**
 * Looks up who asks and what they may do now. The active organization is the one of the header, else the database
 * chooses: that of the primary profile, else that of the oldest membership.
 */
export async function identify(pool: Pool, claims: Claims, organizationHeader: string | undefined): Promise<Viewer> {
  const { userId, sessionId } = claims;
  if (organizationHeader !== undefined && !isUuid(organizationHeader)) throw notAMember();
  const { rows } = await pool.query<Found>({
    name: 'request_viewer',
    text: lookUp,
    values: [userId, sessionId, organizationHeader ?? null],
  });
  const found = rows[0];
  if (!found?.session_live) throw new Unauthenticated('SESSION_ENDED', 'This session has ended; sign in again');
  if (organizationHeader !== undefined && !found.organization_id) throw notAMember();
  return {
    userId,
    sessionId,
    isSuperuser: found.is_superuser,
    organization: found.organization_id
      ? {
          id: found.organization_id,
          currency: found.currency,
          timeZone: found.time_zone,
          isOwner: found.is_owner,
          isSuspended: found.is_suspended,
          employeeId: found.employee_id,
          permissions: new Set(found.permissions),
        }
      : null,
  };
}

const notAMember = () =>
  new Forbidden('NOT_A_MEMBER', 'X-Organization-Id must name an organization in which you are an active member');
