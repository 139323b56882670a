import type { GraphQLResolveInfo } from 'graphql';
import type { Pool } from 'pg';
import type { Viewers } from '../auth/identify.js';
import type { RefreshTokens } from '../auth/refresh-tokens.js';
import type { Tokens } from '../auth/tokens.js';
import { activeOrganizationOf, membershipOf, type Viewer } from '../auth/viewer.js';
import type { Registration } from '../config.js';
import { entities, type Lock } from '../database/entities.js';
import { type EntityManager, type Orm, sendLast } from '../database/orm.js';
import { InTransaction, Snapshot } from '../database/transactions.js';
import { Unauthenticated } from '../errors.js';
import type { Cursors } from '../lists/cursor.js';
import { isOneRow, type Row } from '../reading/projection.js';
import { Reader, type Rows } from '../reading/reader.js';
import { Selection } from '../reading/selection.js';
import type { Class } from '../records/property.js';
import { recordOf } from '../records/record.js';
import { type Acting, byColumn, type collisionOf, type KeyColumn, type Steps, type Work } from '../tenancy/acting.js';
import type { CodeKind, Codes } from '../tenancy/codes.js';
import type { TenantRecord } from '../tenancy/tenant-record.js';
import { Rights } from './rights.js';

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

/** One request: who asks, and the transaction that it reads and writes in. */
export class Context implements Acting {
  /** The transaction of a mutation document; inside a root field its savepoint. */
  em!: EntityManager;
  read!: Reader;
  /** Why a root field of the mutation failed that may succeed in another attempt. */
  collision: ReturnType<typeof collisionOf> = null;
  /** Whether the mutation document has one root field only, so that it is taken back when that one fails. */
  isSingle = false;
  /** Whether it is a dry run, after which everything is taken back. */
  isDryRun = false;
  /** Whether the mutation was committed with its answer. */
  isCommitted = false;
  /** Whether the mutation may be committed with its answer. */
  private endsWithAnswer = false;
  private known: Viewer | Error | null = null;
  /** As they were when the request began, until a mutation changes access. */
  readonly rights = new Rights();

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
    return this.rights.viewer ?? this.known;
  }

  renewRights(): Promise<void> {
    return this.rights.renew(this.em, this.viewer);
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

  async find<Entity extends TenantRecord>(
    type: { new (): Entity },
    column: KeyColumn,
    value: string,
    lock: Lock,
  ): Promise<Entity[]> {
    return entities(this.em, type, byColumn(activeOrganizationOf(this.viewer).id, column, [value]), lock);
  }

  async shared<Value>(_key: string, work: () => Promise<Value>): Promise<Value> {
    return work();
  }

  async together<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result> {
    return (await work(this, [value]))[0]!;
  }

  /** Statements of a transaction are done in the order in which they are sent, so these travel together. */
  async inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results> {
    const done = steps.map((step) => step());
    // Where one fails in PostgreSQL, those after it are refused, too: once all are settled, the first is told.
    await Promise.allSettled(done);
    return Promise.all(done) as Promise<Results>;
  }

  async draw(kind: CodeKind): Promise<string> {
    return (await this.drawMany(kind, 1))[0]!;
  }

  /** The next numbers of a kind; in a dry run, those that would come next. */
  async drawMany(kind: CodeKind, count: number): Promise<string[]> {
    if (this.isDryRun) return this.foresee(kind, count);
    return this.services.codes.draw({ organizationId: membershipOf(this.viewer).id, kind }, count);
  }

  /** The numbers that would be drawn, of which none is used up. */
  private async foresee(kind: CodeKind, count: number): Promise<string[]> {
    const known = this.foreseen.get(kind) ?? { last: this.lastDrawn(kind), shown: 0 };
    this.foreseen.set(kind, known);
    const first = known.shown + 1;
    known.shown += count;
    const last = await known.last;
    return Array.from({ length: count }, (_, n) => `${kind}-${String(last + first + n).padStart(4, '0')}`);
  }

  private async lastDrawn(kind: CodeKind): Promise<number> {
    const [counter] = await this.em.execute('select last from code_counters where organization_id = ? and kind = ?', [
      membershipOf(this.viewer).id,
      kind,
    ]);
    return counter?.last ?? 0;
  }

  /**
   * A mutation document begins, perhaps once more: from here on everything happens in this transaction. It may end with
   * the answer of its only field unless it is to be kept under a key.
   */
  begin(em: EntityManager, { isKeyed }: { isKeyed: boolean }): void {
    this.em = em;
    this.collision = null;
    this.endsWithAnswer = this.isSingle && !this.isDryRun && !isKeyed;
    this.foreseen.clear();
    this.readFrom(new InTransaction(() => this.em));
  }

  /**
   * What a mutation answers: its record as it is now; called once, when all is done. Where nothing else is to be done
   * or read, it is committed in the same round trip.
   */
  async answer(type: Class, { id }: { id: string }, info: GraphQLResolveInfo): Promise<Row | null> {
    const { em } = this;
    const selection = Selection.of(info);
    const isLast = this.endsWithAnswer && isOneRow(recordOf(type), selection);
    if (isLast) this.readFrom({ query: (statement) => sendLast(em, statement) });
    const record = await this.read.one(type, id, selection);
    this.isCommitted = isLast;
    return record;
  }

  /** Everything below is read from here. */
  readFrom(rows: Rows): void {
    this.read = new Reader(rows, () => this.viewer, this.services.cursors);
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
  private readonly foreseen = new Map<CodeKind, { last: Promise<number>; shown: number }>();
}
