import type { ExecutionResult } from 'graphql';
import type { Verified } from '../auth/tokens.js';
import { callerIdOf, type Person, personOf, type Viewer } from '../auth/viewer.js';
import type { ChangeSetFacts } from '../database/change-set.js';
import type { Transcript } from '../database/driver/client.js';
import { SideStatements } from '../database/side-statements.js';
import { type Pools, Snapshot } from '../database/snapshot.js';
import type { QueryRunner } from '../database/sql.js';
import { Forbidden, OutcomeUnknown, Unauthenticated } from '../errors.js';
import { addressKey } from '../http/address.js';
import type { Lifetime } from '../lifetime.js';
import type { Rights } from '../permissions/rights.js';
import { Reader } from '../reading/reader.js';
import type { SingleAction } from '../tenancy/single-action.js';
import type { Lane, Leave } from './admission/lane.js';
import { type Party, strangers } from './admission/turns.js';
import { noRequest, type RequestFacts } from './request-facts.js';
import type { Services } from './services.js';
import type { Subscriber } from './streams/subscriber.js';

interface Run {
  /** The action of the root field that is being executed. */
  readonly action: SingleAction;
  readonly rights: Rights;
  /** Marks the field as failed although it returns data, as a refused bulk call does; its writes are rolled back. */
  refuse(): void;
  /** Whether a record is gone once a field is refused, since another field of the same document made it. */
  takesBack(id: string): boolean;
}

/** One request: its caller, and the transactions in which it reads and writes. */
export class Context {
  read!: Reader;
  /** The run of a mutation document; see `mutation-run.ts`. */
  run: Run | null = null;
  private known: Viewer | Error | null = null;
  /** Of a caller that was found. */
  credentials: Verified | null = null;
  /** The caller of a subscription. */
  subscriber: Subscriber | null = null;
  /** Points of the document. */
  cost = 0;
  /** Names of the root fields of a mutation document. */
  operations: readonly string[] = [];
  /** Id of the change set that the request has written; null if it changed nothing. */
  changeSetId: string | null = null;
  /** The statements that the transactions of mutations have sent. */
  readonly transcripts: Transcript[] = [];
  /** For statements outside of the request's transactions. */
  readonly side: SideStatements;
  private readonly snapshots: Snapshot[] = [];
  private leave: Leave = () => undefined;

  constructor(
    readonly services: Services,
    readonly facts: RequestFacts,
    readonly lifetime: Lifetime,
  ) {
    this.side = new SideStatements(services.sidePool);
  }

  /** The context of an answer to an event, which belongs to no request. */
  static reading(services: Services, lifetime: Lifetime, viewer: Viewer, read: Reader): Context {
    const context = new Context(services, noRequest, lifetime);
    context.known = viewer;
    context.read = read;
    return context;
  }

  /** The caller, a person or an API key; throws UNAUTHENTICATED with the reason if there is none. */
  get viewer(): Viewer {
    const known = this.viewerOrError;
    if (known instanceof Error) throw known;
    return known;
  }

  /** The person who calls; throws UNAUTHENTICATED if nobody is signed in, and FORBIDDEN for an API key. */
  get person(): Person {
    return personOf(this.viewer);
  }

  /** The viewer, or the error that explains why nobody is signed in. */
  get viewerOrError(): Viewer | Error {
    this.known ??= new Unauthenticated('TOKEN_MISSING', 'Sign in first');
    return this.run?.rights.viewer ?? this.known;
  }

  private get party(): Party {
    const viewer = this.viewerOrError;
    if (viewer instanceof Error) return strangers(this.facts.address);
    const caller = callerIdOf(viewer);
    return { organization: viewer.organization?.id ?? caller, caller };
  }

  /**
   * Looks up the caller. Each field that needs a viewer reports a missing or refused token itself. `anywhere` ignores a
   * header that names no organization of the caller.
   */
  async identify({ toRead, anywhere = false }: { toRead: boolean; anywhere?: boolean }): Promise<void> {
    const { tokens, viewers, apiKeyUses, rateLimits } = this.services;
    const { authorization, organizationHeader, address, reply } = this.facts;
    try {
      const credentials = await tokens.verify(authorization);
      const isCounted = viewers.knownCallerId(credentials) !== undefined;
      const found = toRead
        ? viewers.recent(credentials, organizationHeader)
        : viewers.current(credentials, organizationHeader);
      const viewer = await found.catch((error: unknown) => {
        if (!anywhere || !(error instanceof Forbidden)) throw error;
        return viewers.current(credentials, undefined);
      });
      // A key that this process has not looked up before has counted by its address only.
      if (viewer.apiKey && !isCounted) await rateLimits.apiKeys.count(viewer.apiKey.id, reply);
      if (viewer.apiKey) apiKeyUses.note(viewer.apiKey.id, viewer.organization!.id, address);
      this.known = viewer;
      this.credentials = credentials;
    } catch (error) {
      if (!(error instanceof Unauthenticated)) throw error;
      this.known = error;
    }
  }

  /**
   * Switches the request to a session, such as the one that it has just opened, so that its answer is read as that
   * user, in an organization of choice.
   */
  async become(authorization: string | undefined, organizationId?: string): Promise<void> {
    const credentials = await this.services.tokens.verify(authorization);
    this.known = await this.services.viewers.current(credentials, organizationId);
  }

  /** The action of the mutation field that is being executed. */
  get action(): SingleAction {
    return this.run!.action;
  }

  enter(run: Run, queries: QueryRunner): void {
    this.run = run;
    this.readFrom(queries);
  }

  /** Makes all fields below read in this snapshot or transaction. */
  readFrom(queries: QueryRunner): void {
    this.read = this.reader(queries);
  }

  /** Reads a mutation's own writes. It needs no savepoint: if the read fails, the mutation fails as a whole. */
  readBack(): Reader {
    return this.run ? this.reader(this.run.action) : this.read;
  }

  private reader(queries: QueryRunner): Reader {
    return new Reader(queries, () => this.viewer, this.services.cursors);
  }

  /** Opens a snapshot, on the primary unless told otherwise; the statements of an analysis may take longer. */
  snapshot(kind?: 'analysis', pools: Pools = this.services): Snapshot {
    const actor = () => ({ userId: this.viewer.userId, organizationId: this.viewer.organization?.id ?? null });
    const snapshot = new Snapshot(pools, actor, this.lifetime, kind);
    this.snapshots.push(snapshot);
    return snapshot;
  }

  /** Pools of a replica for the caller; null if only the primary serves. */
  replica(): Pools | null {
    const { callerId, facts } = this;
    return callerId === null
      ? null
      : (this.services.horizons?.replicaFor({ callerId, header: facts.readAfter }) ?? null);
  }

  /** Executes on the primary. From then on, the caller reads nothing that is older. */
  async advancing(execute: () => ExecutionResult | Promise<ExecutionResult>): Promise<ExecutionResult> {
    const { horizons } = this.services;
    if (!horizons) return execute();
    const { readAfter: header, reply: answer } = this.facts;
    const before = horizons.of({ callerId: this.callerId, header });
    let isKnown = false;
    try {
      const result = await execute();
      isKnown = !result.errors?.some(({ originalError }) => originalError instanceof OutcomeUnknown);
      return result;
    } finally {
      await horizons.advance(before, this.callerId, { isKnown, answer });
    }
  }

  private get callerId(): string | null {
    const viewer = this.viewerOrError;
    return viewer instanceof Error ? null : callerIdOf(viewer);
  }

  /** Facts that the log tells about the changes of this request. */
  get changeSet(): ChangeSetFacts {
    const viewer = this.viewerOrError;
    const apiKeyId = viewer instanceof Error ? null : (viewer.apiKey?.id ?? null);
    return { operations: this.operations, requestId: this.facts.requestId, source: 'API', apiKeyId };
  }

  /** Counts what the request does for its address; throws RATE_LIMITED if it was done too often. */
  async count(deed: 'signIns' | 'registrations' | 'refreshes' | 'passwordResets'): Promise<void> {
    await this.services.rateLimits[deed].count(addressKey(this.facts.address), this.facts.reply);
  }

  /** Waits for the request's turn in the lane, and stays in it until the request ends. */
  async enterLane(lane: Lane): Promise<void> {
    this.leave = await lane.enter(this.party);
  }

  /** Number of SQL statements of the root fields. */
  get statements(): number {
    const all = [...this.snapshots, ...this.transcripts, this.side];
    return all.reduce((sum, { statements }) => sum + statements, 0);
  }

  /** Releases every connection that the request still holds, and lets the next request into its lane. */
  end(): void {
    for (const snapshot of this.snapshots) snapshot.end();
    this.leave();
  }
}
