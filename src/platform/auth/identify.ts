import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { validate as isUuid, NIL } from 'uuid';
import { CoalescingLoader } from '../database/coalescing-loader.js';
import { readFrom } from '../database/connection.js';
import { type Fragment, sql } from '../database/sql.js';
import { Forbidden, Unauthenticated } from '../errors.js';
import { AccessChanges, type AccessTables } from './access-changes.js';
import type { Claims } from './tokens.js';
import type { Viewer } from './viewer.js';

interface ViewerRow {
  session_live: boolean;
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

/** Changes of access for which the members of an organization or one user are known to be the only ones concerned. */
const mostKnownChanges = 10_000;

/** A viewer, with the number of changes that this process had made when the look-up began. */
interface CachedViewer {
  viewer: Viewer;
  changes: number;
}

/** Arguments of the lookup: user, session, and the requested organization. */
type LookUpArguments = [string, string, string | null];

const lookUp = 'select * from request_viewer($1, $2, $3)';

/** Milliseconds that a cached viewer may be stale after another process has changed access. */
const maxStaleness = 2000;

/** Looks up viewers: the users behind requests, with their current rights. */
export class Viewers {
  private readonly known = new LRUCache<string, CachedViewer>({ max: 10_000, ttl: maxStaleness });
  /** Organizations by session and header, however long ago; not a right. */
  private readonly organizations = new LRUCache<string, string>({ max: 10_000 });
  private readonly loader = new CoalescingLoader((requests: readonly LookUpArguments[]) => this.lookUp(requests));
  private readonly accessChanges: AccessChanges;
  private changes = 0;
  /** The last change that may concern everybody. */
  private lastForAll = 0;
  /** The last change since then that concerns one organization or one user, by id. */
  private readonly lastFor = new Map<string, number>();

  constructor(
    private readonly pool: Pool,
    tables: AccessTables,
  ) {
    this.accessChanges = new AccessChanges(tables);
  }

  /** The viewer, cached for up to `maxStaleness`; fresh enough for reads. */
  async recent(claims: Claims, organizationHeader: string | undefined): Promise<Viewer> {
    const key = keyOf(claims.sessionId, organizationHeader);
    const { changes } = this;
    const known = this.known.get(key);
    if (known && known.changes >= this.lastChangeFor(known.viewer)) return known.viewer;
    const viewer = await this.current(claims, organizationHeader);
    this.known.set(key, { viewer, changes });
    return viewer;
  }

  /** The organization in which the session acted last with this header, as far as this process knows. */
  lastOrganization({ sessionId }: Claims, organizationHeader: string | undefined): string | undefined {
    return this.organizations.get(keyOf(sessionId, organizationHeader));
  }

  /**
   * The viewer as the database has it now; concurrent requests of a session share a lookup. The active organization is
   * the header's, or else that of the primary profile, or else that of the oldest membership; the database decides.
   */
  async current({ userId, sessionId }: Claims, organizationHeader: string | undefined): Promise<Viewer> {
    if (organizationHeader !== undefined && !isUuid(organizationHeader)) throw notAMember();
    const args: LookUpArguments = [userId, sessionId, organizationHeader ?? null];
    const viewer = viewerOf({ userId, sessionId }, await this.loader.load(args.join(), args));
    if (organizationHeader !== undefined && !viewer.organization) throw notAMember();
    if (viewer.organization) this.organizations.set(keyOf(sessionId, organizationHeader), viewer.organization.id);
    return viewer;
  }

  /** One statement for all requests, since their arguments are the same. */
  private async lookUp(requests: readonly LookUpArguments[]): Promise<(ViewerRow | undefined)[]> {
    const [found] = await readFrom<ViewerRow>(this.pool, { text: lookUp, values: requests[0]! });
    return requests.map(() => found);
  }

  /** Makes this process see at once what a committed transaction has changed. */
  committed(statements: Iterable<string>, { organization }: Viewer): void {
    const concerned = this.accessChanges.concernedBy(statements);
    if (concerned) this.invalidate(concerned === 'organization' ? organization?.id : undefined);
  }

  /** Looks up again the members of an organization, the user, or everybody if no id is given. */
  invalidate(id?: string): void {
    this.changes += 1;
    if (id && this.lastFor.size < mostKnownChanges) this.lastFor.set(id, this.changes);
    else {
      this.lastForAll = this.changes;
      this.lastFor.clear();
    }
  }

  private lastChangeFor({ userId, organization }: Viewer): number {
    const last = (id: string) => this.lastFor.get(id) ?? 0;
    return Math.max(this.lastForAll, last(userId), organization ? last(organization.id) : 0);
  }
}

const keyOf = (sessionId: string, organizationHeader = ''): string => `${sessionId} ${organizationHeader}`;

/** Sends a statement in the transaction in which to look up the viewer. */
export type LookUp = <Row extends object>(statement: Fragment) => Promise<Row[]>;

/** Looks the viewer up again, in the same organization, as the transaction sees it now. */
export async function lookUpAgain(query: LookUp, { userId, sessionId, organization }: Viewer): Promise<Viewer> {
  const [found] = await query<ViewerRow>(
    sql`select * from request_viewer(${userId}::uuid, ${sessionId}::uuid, ${organization?.id ?? NIL}::uuid)`,
  );
  return viewerOf({ userId, sessionId }, found);
}

function viewerOf({ userId, sessionId }: Pick<Viewer, 'userId' | 'sessionId'>, found: ViewerRow | undefined): Viewer {
  if (!found?.session_live) throw new Unauthenticated('SESSION_ENDED', 'This session has ended; sign in again');
  return {
    userId,
    sessionId,
    isSuperuser: found.is_superuser,
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

const notAMember = () =>
  new Forbidden('NOT_A_MEMBER', 'X-Organization-Id must name an organization in which you are an active member');
