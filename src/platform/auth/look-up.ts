import { NIL } from 'uuid';
import { type Fragment, sql } from '../database/sql.js';
import { Unauthenticated } from '../errors.js';
import { apiKeyInvalid, type Credentials } from './tokens.js';
import { personOf, type Viewer } from './viewer.js';

/** A caller as the database knows it; a key has no row if it is not valid. */
export interface ViewerRow {
  /** The clock of the database. */
  now: string;
  session_live: boolean;
  /** Null for a person. */
  api_key_id: string | null;
  is_superuser: boolean;
  organization_id: string | null;
  currency: string;
  time_zone: string;
  today: string;
  is_owner: boolean;
  is_suspended: boolean;
  employee_id: string | null;
  permissions: string[];
}

/** The statement that finds a caller; an organization narrows the memberships of a person only. */
export function lookUp(credentials: Credentials, organizationId: string | null): Fragment {
  if ('secretHash' in credentials) return sql`select * from request_api_key(${credentials.secretHash}), now()`;
  const { userId, sessionId } = credentials;
  return sql`select * from request_viewer(${userId}::uuid, ${sessionId}::uuid, ${organizationId}::uuid), now()`;
}

/** A caller, and the organization in which to look it up. */
export interface CallerThere {
  credentials: Credentials;
  organizationId: string;
}

/** The statement that finds several callers; `place` is that of the caller in the list. */
export function lookUpAll(callers: readonly CallerThere[]): Fragment {
  const columns = (apiKeyId: Fragment) => sql`
    asked.place, session_live, ${apiKeyId} as api_key_id, is_superuser, organization_id, currency, time_zone, today,
    is_owner, is_suspended, employee_id, permissions, now() as now`;
  const asked = callers.map(({ credentials, organizationId }, place) => ({
    place,
    organization: organizationId,
    ...('secretHash' in credentials
      ? { hash: credentials.secretHash }
      : { user: credentials.userId, session: credentials.sessionId }),
  }));
  return sql`
    with asked as (
      select *
      from json_to_recordset(${JSON.stringify(asked)}::json)
        as asked (place integer, "user" uuid, session uuid, organization uuid, hash text)
    )
    select ${columns(sql`null::uuid`)}
    from asked
    cross join lateral request_viewer(asked."user", asked.session, asked.organization)
    where asked.hash is null
    union all
    select ${columns(sql`found.api_key_id`)}
    from asked
    cross join lateral request_api_key(asked.hash) as found
    where asked.hash is not null`;
}

/** Sends a statement in the transaction in which to look up the viewer. */
export type LookUp = <Row extends object>(statement: Fragment) => Promise<Row[]>;

/** Looks the viewer up again, in the same organization, as the transaction sees it now. */
export async function lookUpAgain(query: LookUp, viewer: Viewer): Promise<Viewer> {
  const credentials = viewer.apiKey ?? personOf(viewer);
  const [found] = await query<ViewerRow>(lookUp(credentials, viewer.organization?.id ?? NIL));
  return viewerOf(credentials, found);
}

export function viewerOf(credentials: Credentials, found: ViewerRow | undefined): Viewer {
  const isSession = 'sessionId' in credentials;
  if (!found && !isSession) throw apiKeyInvalid();
  if (!found?.session_live) throw new Unauthenticated('SESSION_ENDED', 'This session has ended; sign in again');
  return {
    userId: isSession ? credentials.userId : null,
    sessionId: isSession ? credentials.sessionId : null,
    apiKey: isSession ? null : { id: found.api_key_id!, secretHash: credentials.secretHash },
    isSuperuser: found.is_superuser,
    now: new Date(found.now),
    organization: found.organization_id
      ? {
          id: found.organization_id,
          currency: found.currency,
          timeZone: found.time_zone,
          today: found.today,
          isOwner: found.is_owner,
          isSuspended: found.is_suspended,
          selfId: found.employee_id,
          permissions: new Set(found.permissions),
        }
      : null,
  };
}
