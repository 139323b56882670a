import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { validate as isUuid } from 'uuid';
import { CoalescingLoader } from '../database/coalescing-loader.js';
import { readFrom } from '../database/connection.js';
import { compile, type Fragment } from '../database/sql.js';
import { Forbidden, Unauthenticated } from '../errors.js';
import { AccessChanges, type AccessTables } from './access-changes.js';
import { type CallerThere, lookUp, lookUpAll, type ViewerRow, viewerOf } from './look-up.js';
import { type Credentials, tokenExpired, type Verified } from './tokens.js';
import type { Viewer } from './viewer.js';

/** Changes of access for which the members of an organization or one user are known to be the only ones concerned. */
const mostKnownChanges = 10_000;

/** A viewer, with the number of changes that this process had made when the look-up began. */
interface CachedViewer {
  viewer: Viewer;
  changes: number;
}

/** Milliseconds that a cached viewer may be stale after another process has changed access. */
const maxStaleness = 2000;

/** Looks up viewers: the people and API keys behind requests, with their current rights. */
export class Viewers {
  private readonly known = new LRUCache<string, CachedViewer>({ max: 10_000, ttl: maxStaleness });
  /** Organizations by caller and header, however long ago; not a right. */
  private readonly organizations = new LRUCache<string, string>({ max: 10_000 });
  /** Ids of API keys that were valid, by the hashes of their secrets; not a right. */
  private readonly apiKeys = new LRUCache<string, string>({ max: 10_000 });
  private readonly loader = new CoalescingLoader((statements: readonly Fragment[]) => this.lookUp(statements));
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
  async recent(credentials: Credentials, organizationHeader: string | undefined): Promise<Viewer> {
    const key = keyOf(credentials, organizationHeader);
    const { changes } = this;
    const known = this.known.get(key);
    if (known && known.changes >= this.lastChangeFor(known.viewer)) return known.viewer;
    const viewer = await this.current(credentials, organizationHeader);
    this.known.set(key, { viewer, changes });
    return viewer;
  }

  /** The organization in which the caller acted last with this header, as far as this process knows. */
  lastOrganization(credentials: Credentials, organizationHeader: string | undefined): string | undefined {
    return this.organizations.get(keyOf(credentials, organizationHeader));
  }

  /** Id of the session or API key; undefined for a key that this process has not looked up yet. */
  knownCallerId(credentials: Credentials): string | undefined {
    return 'sessionId' in credentials ? credentials.sessionId : this.apiKeys.get(credentials.secretHash);
  }

  /**
   * The viewer as the database has it now; concurrent requests of a caller share a lookup. The active organization of a
   * person is the header's, or else that of the primary profile, or else that of the oldest membership; the database
   * decides. That of an API key is its own.
   */
  async current(credentials: Credentials, organizationHeader: string | undefined): Promise<Viewer> {
    if (organizationHeader !== undefined && !isUuid(organizationHeader)) throw notAMember();
    const key = keyOf(credentials, organizationHeader);
    const row = await this.loader.load(key, lookUp(credentials, organizationHeader ?? null));
    if (!row && 'secretHash' in credentials) this.apiKeys.delete(credentials.secretHash);
    const viewer = viewerOf(credentials, row);
    const { apiKey, organization } = viewer;
    if (apiKey) this.apiKeys.set(apiKey.secretHash, apiKey.id);
    if (organizationHeader !== undefined && organization?.id !== organizationHeader.toLowerCase()) throw notAMember();
    if (organization) this.organizations.set(key, organization.id);
    return viewer;
  }

  /** Many callers as the database has them now, by one statement; the error for those who are signed in no more. */
  async currentOf(
    callers: readonly (CallerThere & { credentials: Verified })[],
  ): Promise<(Viewer | Unauthenticated)[]> {
    const keys = callers.map(({ credentials, organizationId }) => keyOf(credentials, organizationId));
    const distinct = [...new Map(keys.map((key, place) => [key, callers[place]!]))];
    const rows = await readFrom<ViewerRow & { place: number }>(
      this.pool,
      compile(lookUpAll(distinct.map(([, caller]) => caller))),
    );
    const found = new Map(rows.map((row) => [distinct[row.place]![0], row]));
    return callers.map(({ credentials }, place) => viewerOrRefusal(credentials, found.get(keys[place]!)));
  }

  /** One statement for all requests, since theirs are the same. */
  private async lookUp(statements: readonly Fragment[]): Promise<(ViewerRow | undefined)[]> {
    const [found] = await readFrom<ViewerRow>(this.pool, compile(statements[0]!));
    return statements.map(() => found);
  }

  /** Makes this process see at once what a committed transaction has changed. */
  committed(statements: Iterable<string>, { organization }: Viewer): void {
    const concerned = this.accessChanges.concernedBy(statements);
    if (concerned) this.invalidate(concerned === 'organization' ? organization?.id : undefined);
  }

  /** Looks up again the members and keys of an organization, the user, or everybody if no id is given. */
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
    return Math.max(this.lastForAll, userId ? last(userId) : 0, organization ? last(organization.id) : 0);
  }
}

/** An empty header has another key than none, since it is refused. */
function keyOf(credentials: Credentials, organizationHeader: string | undefined): string {
  const caller = 'sessionId' in credentials ? credentials.sessionId : credentials.secretHash;
  return organizationHeader === undefined ? caller : `${caller} ${organizationHeader}`;
}

function viewerOrRefusal(credentials: Verified, row: ViewerRow | undefined): Viewer | Unauthenticated {
  try {
    if ('expiresAt' in credentials && Date.now() >= credentials.expiresAt) throw tokenExpired();
    return viewerOf(credentials, row);
  } catch (error) {
    if (error instanceof Unauthenticated) return error;
    throw error;
  }
}

const notAMember = () =>
  new Forbidden(
    'NOT_A_MEMBER',
    'X-Organization-Id must name an organization in which you are an active member, or that of the API key',
  );
