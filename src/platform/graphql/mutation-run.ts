import { setTimeout as pause } from 'node:timers/promises';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { membershipOf, type Viewer } from '../auth/viewer.js';
import { NestedReads } from '../database/nested-reads.js';
import type { EntityManager } from '../database/orm.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Conflict } from '../errors.js';
import { Rights } from '../permissions/rights.js';
import { closedRefused } from '../tenancy/closed.js';
import { type DrawCodes, foreseeing } from '../tenancy/codes.js';
import { type CollisionKind, collisionOf, translated } from '../tenancy/duplicates.js';
import { SingleAction } from '../tenancy/single-action.js';
import type { Context } from './context.js';
import { placedAs } from './errors.js';
import type { KeyedMutation } from './idempotency.js';

export interface MutationDocument {
  /** Executes its root fields, each by itself and completely. */
  fields: readonly (() => ExecutionResult | Promise<ExecutionResult>)[];
  isDryRun: boolean;
  /** Set when it was sent with an Idempotency-Key. */
  keyed: KeyedMutation | null;
}

/**
 * How often a document that collided is done again. One that was overtaken knows what to look for next time, so it is
 * worth more attempts than one that PostgreSQL aborted.
 */
const retries: Record<CollisionKind, number> = { aborted: 3, overtaken: 6 };

/** Answers a mutation document. Without a viewer nothing is begun: each field says why. */
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
  }
}

/** What became of a root field. */
interface Outcome {
  answer: ExecutionResult;
  /** It did nothing, or what it did is taken back. */
  isVoid: boolean;
}

/**
 * One attempt at a mutation document: its transaction, and what becomes of it. Nobody else begins, commits, takes back,
 * or keeps an answer under its key.
 *
 * A root field has failed when its own value is null because of an error, at whatever depth. What it did is taken back
 * and its siblings stand; under an idempotency key nothing stands. The answer is complete before the commit, so that
 * what was answered is what was kept.
 */
class MutationRun {
  action!: SingleAction;
  readonly rights: Rights;
  private isRefused = false;
  /** Why a field failed that may succeed in another attempt. */
  private collision: CollisionKind | null = null;
  private readonly draw: DrawCodes;

  constructor(
    private readonly context: Context,
    private readonly document: MutationDocument,
  ) {
    this.rights = new Rights((statement) => this.action.query(statement), context);
    const organizationId = () => membershipOf(context.viewer).id;
    this.draw = document.isDryRun
      ? foreseeing(() => this.action, organizationId)
      : (kind, count) => context.services.codes.draw({ organizationId: organizationId(), kind }, count);
  }

  /** Null when it collided and was taken back. The last retry reports the collision instead, and keeps its siblings. */
  async attempt(retry: number): Promise<ExecutionResult | null> {
    const em: EntityManager = this.context.services.orm.em.fork();
    await em.begin();
    try {
      this.enter(em);
      const { viewer } = this.context;
      await this.action.actAs(viewer.userId, viewer.organization?.id ?? null);
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
      const collision = collisionOf(error);
      if (collision && retry < retries[collision]) return null;
      throw error;
    }
  }

  refuse(): void {
    this.isRefused = true;
  }

  private async execute(em: EntityManager, retry: number): Promise<Outcome[]> {
    const [only, ...others] = this.document.fields;
    if (!others.length) return [await this.field(only!)];
    const outcomes: Outcome[] = [];
    for (const field of this.document.fields) {
      outcomes.push(await this.inSavepoint(em, field));
      // Going on would keep the locks of earlier fields, and meet the same partner again.
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
          if (outcome.isVoid) throw new TakenBack(outcome);
          return outcome;
        },
        { clear: true },
      );
    } catch (error) {
      if (error instanceof TakenBack) return error.outcome;
      throw error;
    }
  }

  private async field(execute: MutationDocument['fields'][number]): Promise<Outcome> {
    this.isRefused = false;
    const { errors, ...answer } = await execute();
    for (const { originalError } of errors ?? []) this.collision ??= collisionOf(originalError);
    const told = errors && { errors: errors.map(inOurWords) };
    return { answer: { ...answer, ...told }, isVoid: this.isRefused || hasFailed({ ...answer, errors }) };
  }

  private async end(em: EntityManager, viewer: Viewer, outcomes: Outcome[]): Promise<ExecutionResult> {
    const { keyed, isDryRun, fields } = this.document;
    const isVoid = outcomes.some((outcome) => outcome.isVoid);
    const answers = merged(outcomes.map((outcome) => outcome.answer));
    const answer = keyed && isVoid && fields.length > 1 ? withoutSound(answers, outcomes) : answers;
    if (isDryRun || (isVoid && (keyed || fields.length === 1))) await em.rollback();
    else {
      // With the rights of its beginning: the answer may tell what only they allowed, though one of its fields ended them.
      await keyed?.keep(new UnitOfWork(em), viewer, answer);
      await em.commit();
    }
    const extensions = {
      ...(isDryRun && { dryRun: true }),
      ...(keyed && { idempotency: { replayed: false } }),
    };
    return Object.keys(extensions).length ? { ...answer, extensions } : answer;
  }

  /** From here on actions work, and everything is read, in this transaction or savepoint. */
  private enter(em: EntityManager): void {
    this.action = new SingleAction(
      em,
      () => this.context.viewer,
      this.draw,
      () => this.rights.renew(),
    );
    this.context.enter(this, new NestedReads(em));
  }
}

class TakenBack extends Error {
  constructor(readonly outcome: Outcome) {
    super('Taken back');
  }
}

const hasFailed = ({ data, errors }: ExecutionResult): boolean =>
  Boolean(errors?.length) && (!data || Object.values(data).includes(null));

/** The answer, when root fields that went well are taken back with those that did not. */
function withoutSound({ data, errors = [] }: ExecutionResult, outcomes: Outcome[]): ExecutionResult {
  // A text is the answer of __typename, of which there is nothing to take back.
  const keys = ({ data: own }: ExecutionResult) => Object.keys(own!).filter((key) => typeof own![key] !== 'string');
  const sound = outcomes.flatMap(({ answer, isVoid }) => (isVoid ? [] : keys(answer)));
  const message = 'Not done: another field failed, and a document with an idempotency key is done as a whole';
  const takenBack = sound.map(
    (key) => new GraphQLError(message, { path: [key], originalError: new Conflict('SIBLING_FAILED', message) }),
  );
  for (const key of sound) data![key] = null;
  return { errors: [...errors, ...takenBack], data };
}

/** A violated constraint as the coded error that stands for it. */
function inOurWords(error: GraphQLError): GraphQLError {
  const { originalError } = error;
  const meant = closedRefused(originalError) ?? translated(originalError);
  return meant instanceof Error && meant !== originalError ? placedAs(error, meant) : error;
}

/** The answers of all root fields as one. A request that is refused as a whole is refused in each of them. */
function merged(answers: ExecutionResult[]): ExecutionResult {
  const refused = answers.find(({ data }) => data === undefined);
  if (answers.length === 1 || refused) return refused ?? answers[0]!;
  const data = Object.assign(Object.create(null), ...answers.map((answer) => answer.data));
  const errors = answers.flatMap((answer) => answer.errors ?? []);
  return errors.length ? { errors, data } : { data };
}
