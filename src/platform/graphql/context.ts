import type { Pool } from 'pg';
import type { Viewers } from '../auth/identify.js';
import type { RefreshTokens } from '../auth/refresh-tokens.js';
import type { Tokens } from '../auth/tokens.js';
import type { Viewer } from '../auth/viewer.js';
import type { Registration } from '../config.js';
import type { Orm } from '../database/orm.js';
import { Snapshot } from '../database/snapshot.js';
import type { Rows } from '../database/sql.js';
import { Unauthenticated } from '../errors.js';
import type { Rights } from '../permissions/rights.js';
import type { Cursors } from '../reading/cursor.js';
import { Reader } from '../reading/reader.js';
import type { Codes } from '../tenancy/codes.js';
import type { SingleAction } from '../tenancy/single-action.js';

/** What lives as long as the server. */
export interface Services {
  orm: Orm;
  pool: Pool;
  /** A few connections for what stands beside the operations' transactions: viewers, sign-ins, codes. */
  sidePool: Pool;
  codes: Codes;
  tokens: Tokens;
  viewers: Viewers;
  refreshTokens: RefreshTokens;
  cursors: Cursors;
  /** Who may register. */
  registration: Registration;
  /** Refuses with RATE_LIMITED when too many sign-ins come from one address. */
  limitSignIns: (address: string) => Promise<void>;
}

export interface RequestFacts {
  requestId: string;
  address: string;
  userAgent: string | null;
  authorization: string | undefined;
  organizationHeader: string | undefined;
  dryRunHeader: string | undefined;
  idempotencyKey: string | undefined;
}

interface Run {
  /** The action of the root field that is being executed. */
  readonly action: SingleAction;
  /** What the caller may do in it. */
  readonly rights: Rights;
  /** That field did nothing, and its answer tells why, as that of a bulk call that is refused. */
  refuse(): void;
}

/** One request: who asks, and what it reads and writes in. */
export class Context {
  read!: Reader;
  /** The run of a mutation document; see `mutation-run.ts`. */
  run: Run | null = null;
  private known: Viewer | Error | null = null;

  constructor(
    readonly services: Services,
    readonly facts: RequestFacts,
  ) {}

  /** Throws what is wrong with the caller's token when nobody is signed in. */
  get viewer(): Viewer {
    const known = this.viewerOrError;
    if (known instanceof Error) throw known;
    return known;
  }

  /** The viewer, or why there is none. */
  get viewerOrError(): Viewer | Error {
    this.known ??= new Unauthenticated('TOKEN_MISSING', 'Sign in first');
    return this.run?.rights.viewer ?? this.known;
  }

  /** Finds out who asks. A missing or refused token is reported by each field that needs one. */
  async identify({ toRead }: { toRead: boolean }): Promise<void> {
    const { tokens, viewers } = this.services;
    const { authorization, organizationHeader } = this.facts;
    try {
      const claims = await tokens.verify(authorization);
      this.known = await (toRead
        ? viewers.recent(claims, organizationHeader)
        : viewers.current(claims, organizationHeader));
    } catch (error) {
      if (!(error instanceof Unauthenticated)) throw error;
      this.known = error;
    }
  }

  /** From here on the request is that of the session just opened: its answer is read as its user. */
  async become(authorization: string): Promise<void> {
    const claims = await this.services.tokens.verify(authorization);
    this.known = await this.services.viewers.current(claims, undefined);
  }

  /** The action in which a mutation reads and writes. */
  get action(): SingleAction {
    return this.run!.action;
  }

  enter(run: Run, rows: Rows): void {
    this.run = run;
    this.readFrom(rows);
  }

  /** Everything below is read from here. */
  readFrom(rows: Rows): void {
    this.read = this.reader(rows);
  }

  /** Reads what a mutation has written. Where that fails, so does the mutation: a savepoint would help nobody. */
  readBack(): Reader {
    return this.run ? this.reader(this.run.action) : this.read;
  }

  private reader(rows: Rows): Reader {
    return new Reader(rows, () => this.viewer, this.services.cursors);
  }

  /** A patient one lets its statements take longer. */
  snapshot({ isPatient = false } = {}): Snapshot {
    const actor = () => ({ userId: this.viewer.userId, organizationId: this.viewer.organization?.id ?? null });
    const snapshot = new Snapshot(this.services.pool, actor, isPatient);
    this.snapshots.push(snapshot);
    return snapshot;
  }

  /** Lets go of every connection that the request still holds. */
  end(): void {
    for (const snapshot of this.snapshots) snapshot.end();
  }

  private readonly snapshots: Snapshot[] = [];
}
