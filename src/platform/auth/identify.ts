import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { validate as isUuid, NIL } from 'uuid';
import { type Fragment, sql } from '../database/sql.js';
import { Turns } from '../database/turns.js';
import { Forbidden, Unauthenticated } from '../errors.js';
import type { Claims } from './tokens.js';
import type { Viewer } from './viewer.js';

interface Found {
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

/** A viewer, and how many changes had been made when it was looked up. */
interface Known {
  viewer: Viewer;
  changes: number;
}

/** Arguments of the look-up: user, session, and the organization asked for. */
type Asked = [string, string, string | null];

const lookUp = 'select * from request_viewer($1, $2, $3)';

/** How long this process may take to notice what another one has changed. */
const milliseconds = 2000;

/** Who asks and what they may do now. */
export class Viewers {
  private readonly known = new LRUCache<string, Known>({ max: 10_000, ttl: milliseconds });
  private readonly turns = new Turns((asked: readonly Asked[]) => this.lookUp(asked));
  private changes = 0;

  constructor(private readonly pool: Pool) {}

  /** As they were a moment ago at most: good enough for reading. */
  async recent(claims: Claims, organizationHeader: string | undefined): Promise<Viewer> {
    const key = `${claims.sessionId} ${organizationHeader ?? ''}`;
    const { changes } = this;
    const known = this.known.get(key);
    if (known?.changes === changes) return known.viewer;
    const viewer = await this.current(claims, organizationHeader);
    this.known.set(key, { viewer, changes });
    return viewer;
  }

  /**
   * As they are; requests of a session that ask at once share a look-up. The active organization is the one of the
   * header, else the database chooses: that of the primary profile, else that of the oldest membership.
   */
  async current({ userId, sessionId }: Claims, organizationHeader: string | undefined): Promise<Viewer> {
    if (organizationHeader !== undefined && !isUuid(organizationHeader)) throw notAMember();
    const asked: Asked = [userId, sessionId, organizationHeader ?? null];
    const viewer = viewerOf({ userId, sessionId }, await this.turns.take(asked.join(), asked));
    if (organizationHeader !== undefined && !viewer.organization) throw notAMember();
    return viewer;
  }

  /** One for all: they ask the same. */
  private async lookUp(asked: readonly Asked[]): Promise<(Found | undefined)[]> {
    const { rows } = await this.pool.query<Found>(lookUp, asked[0]);
    return asked.map(() => rows[0]);
  }

  /** What this process changes, it notices at once. */
  forget(): void {
    this.changes += 1;
  }
}

/** Sends a statement in the transaction that the caller is looked up in. */
export type LookUp = <Row extends object>(statement: Fragment) => Promise<Row[]>;

/** The same caller in the same organization, as the transaction sees them now. */
export async function renewed(query: LookUp, { userId, sessionId, organization }: Viewer): Promise<Viewer> {
  const [found] = await query<Found>(
    sql`select * from request_viewer(${userId}::uuid, ${sessionId}::uuid, ${organization?.id ?? NIL}::uuid)`,
  );
  return viewerOf({ userId, sessionId }, found);
}

function viewerOf({ userId, sessionId }: Pick<Viewer, 'userId' | 'sessionId'>, found: Found | undefined): Viewer {
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
