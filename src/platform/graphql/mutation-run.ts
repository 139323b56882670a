import { setTimeout as pause } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { demandMembership, type Viewer } from '../auth/viewer.js';
import type { Transcript } from '../database/driver/client.js';
import { NestedReads } from '../database/nested-reads.js';
import { abandon, askForChangeSet, type EntityManager, transcriptOf } from '../database/orm.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Rights } from '../permissions/rights.js';
import { type DrawCodes, previewCodes } from '../tenancy/codes.js';
import { type CollisionKind, collisionOf } from '../tenancy/duplicates.js';
import { Reach } from '../tenancy/reach.js';
import { SingleAction } from '../tenancy/single-action.js';
import type { Context } from './context.js';
import type { KeyedMutation } from './idempotency.js';
import { asCodedError, hasFailed, merged, type Outcome, withSiblingsFailed } from './mutation-answers.js';

export interface MutationDocument {
  /** Executes the root fields, one function each. */
  fields: readonly (() => ExecutionResult | Promise<ExecutionResult>)[];
  isDryRun: boolean;
  /** Null without an Idempotency-Key. */
  keyed: KeyedMutation | null;
}

/**
 * Retries of a document after a collision. If another transaction was faster, the next attempt finds its record, so
 * more retries pay than after an abort by PostgreSQL.
 */
const retries: Record<CollisionKind, number> = { aborted: 3, overtaken: 6 };

/** Runs a mutation document. Without a viewer it begins no transaction: each field reports why. */
export async function runMutation(context: Context, document: MutationDocument): Promise<ExecutionResult> {
  if (context.viewerOrError instanceof Error) {
    context.readFrom(context.snapshot());
    const answers: ExecutionResult[] = [];
    for (const execute of document.fields) answers.push(await execute());
    return merged(answers);
  }
  for (let retry = 0; ; retry += 1) {
    const answer = await new MutationRun(context, document).attempt(retry);
    if (answer) return answer;
    await pause(Math.random() * 20 * 2 ** retry);
    context.lifetime.demand();
  }
}

/**
 * One attempt at a mutation document. It owns the transaction: only this class begins it, commits it, rolls it back,
 * and stores an answer under its idempotency key.
 *
 * A root field has failed if its own value is null because of an error, at whatever depth. Its writes are rolled back
 * and its siblings' writes stay; with an idempotency key, the whole document is rolled back. The answer is complete
 * before the commit, so that the stored answer equals the sent one.
 */
class MutationRun {
  action!: SingleAction;
  readonly rights: Rights;
  private isRefused = false;
  /** The first collision of a field, which may succeed in another attempt. */
  private collision: CollisionKind | null = null;
  /** The actions of all fields. */
  private readonly actions: SingleAction[] = [];
  private readonly draw: DrawCodes;
  private readonly reach = new Reach();
  private transcript!: Transcript;
  /** Reads of the root field that is being executed. */
  private reads!: NestedReads;
  private stopListening = (): unknown => undefined;

  constructor(
    private readonly context: Context,
    private readonly document: MutationDocument,
  ) {
    this.rights = new Rights((statement) => this.action.query(statement), context);
    const organizationId = () => demandMembership(context.viewer).id;
    this.draw = document.isDryRun
      ? previewCodes(() => this.action, organizationId)
      : (kind, count) => context.services.codes.draw({ organizationId: organizationId(), kind }, count);
  }

  /** Null if it collided and was rolled back. The last retry reports the collision instead and keeps the siblings. */
  async attempt(retry: number): Promise<ExecutionResult | null> {
    const { lifetime, services } = this.context;
    const em: EntityManager = services.orm.em.fork();
    await em.begin();
    this.transcript = await transcriptOf(em);
    this.context.transcripts.push(this.transcript);
    this.stopListening = lifetime.onEnd(() => void abandon(em, services.sidePool));
    try {
      this.enter(em);
      const { viewer } = this.context;
      await this.action.actAs(viewer.userId, viewer.organization?.id ?? null, this.context.changeSet);
      const kept = await this.document.keyed?.replay(this.action, viewer);
      const outcomes = kept ? [] : await this.execute(em, retry);
      if (this.mayRetry(retry)) {
        await em.rollback();
        return null;
      }
      if (kept) await em.rollback();
      return kept ?? (await this.end(em, viewer, outcomes));
    } catch (error) {
      await em.rollback().catch(() => undefined);
      lifetime.demand();
      const collision = collisionOf(error);
      if (collision && retry < retries[collision]) return null;
      throw error;
    } finally {
      this.stopListening();
    }
  }

  refuse(): void {
    this.isRefused = true;
  }

  takesBack(id: unknown): boolean {
    return this.isDoneAsWhole && this.actions.some(({ added }) => added.has(String(id)));
  }

  private get isDoneAsWhole(): boolean {
    const { keyed, fields } = this.document;
    return keyed !== null && fields.length > 1;
  }

  private async execute(em: EntityManager, retry: number): Promise<Outcome[]> {
    const [only, ...others] = this.document.fields;
    if (!others.length) return [await this.field(only!)];
    const outcomes: Outcome[] = [];
    for (const field of this.document.fields) {
      outcomes.push(await this.inSavepoint(em, field));
      // To go on would hold the locks of earlier fields, and collide with the same transaction again.
      if (this.mayRetry(retry)) break;
    }
    return outcomes;
  }

  private mayRetry(retry: number): boolean {
    return this.collision !== null && retry < retries[this.collision];
  }

  private async inSavepoint(em: EntityManager, field: MutationDocument['fields'][number]): Promise<Outcome> {
    try {
      return await em.transactional(
        async (nested) => {
          this.enter(nested);
          const outcome = await this.field(field);
          if (outcome.isVoid) throw new RolledBack(outcome);
          return outcome;
        },
        { clear: true },
      );
    } catch (error) {
      if (error instanceof RolledBack) return error.outcome;
      throw error;
    }
  }

  private async field(execute: MutationDocument['fields'][number]): Promise<Outcome> {
    this.isRefused = false;
    const { errors, ...answer } = await execute();
    await this.reads.end();
    this.context.lifetime.demand();
    for (const { originalError } of errors ?? []) this.collision ??= collisionOf(originalError);
    const codedErrors = errors && { errors: errors.map(asCodedError) };
    return { answer: { ...answer, ...codedErrors }, isVoid: this.isRefused || hasFailed({ ...answer, errors }) };
  }

  private async end(em: EntityManager, viewer: Viewer, outcomes: Outcome[]): Promise<ExecutionResult> {
    const { keyed, isDryRun, fields } = this.document;
    const isVoid = outcomes.some((outcome) => outcome.isVoid);
    const answers = merged(outcomes.map((outcome) => outcome.answer));
    const isWhole = isVoid && this.isDoneAsWhole;
    const answer = isWhole ? withSiblingsFailed(answers, outcomes, (id) => this.takesBack(id)) : answers;
    if (isDryRun || (isVoid && (keyed || fields.length === 1))) await em.rollback();
    else {
      // The rights at the beginning count: the answer may hold data that they allowed to read, even if a field ended
      // them.
      await keyed?.keep(new UnitOfWork(em), viewer, answer);
      this.context.lifetime.demand();
      // From here on only PostgreSQL knows whether the changes are made, so its answer is awaited.
      this.stopListening();
      const { texts } = this.transcript;
      const changeSet = await askForChangeSet(em);
      // Also if the answer to the commit is lost.
      await em.commit().finally(() => this.context.services.viewers.committed(texts, viewer));
      this.context.changeSetId = await changeSet.answer;
      if (this.context.changeSetId && viewer.organization) this.context.services.commits.tell(viewer.organization.id);
    }
    const extensions = {
      ...(isDryRun && { dryRun: true }),
      ...(keyed && { idempotency: { replayed: false } }),
    };
    return Object.keys(extensions).length ? { ...answer, extensions } : answer;
  }

  /** Makes all further actions and reads use this transaction or savepoint. */
  private enter(em: EntityManager): void {
    this.action = new SingleAction(
      em,
      () => this.context.viewer,
      this.context.services.settings,
      this.draw,
      () => this.rights.renew(),
      this.reach,
    );
    this.actions.push(this.action);
    this.reads = new NestedReads(em);
    this.context.enter(this, this.reads);
  }
}

class RolledBack extends Error {
  constructor(readonly outcome: Outcome) {
    super('Rolled back');
  }
}
