import { setTimeout } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { actAs, type EntityManager } from '../database/orm.js';
import { isCollision } from '../database/sql.js';
import type { Context } from './context.js';
import type { KeyedMutation } from './idempotency.js';

export interface MutationDocument {
  run: () => ExecutionResult | Promise<ExecutionResult>;
  /** Set when it was sent with an Idempotency-Key. */
  keyed: KeyedMutation | null;
}

/**
 * One that was overtaken knows what to look for next time, so it is worth more attempts than one that was in a knot.
 */
const retries = { deadlock: 3, overtaken: 6 };

/**
 * A mutation document: committed when its answer is complete, so that what was answered is what was kept. One that
 * collided with another is done again from the start, a few times, for nothing of it is left.
 */
export async function inTransaction(context: Context, document: MutationDocument): Promise<ExecutionResult> {
  const viewer = context.viewerOrError;
  if (viewer instanceof Error) {
    context.readFrom(context.snapshot());
    return document.run();
  }
  for (let retry = 0; ; retry += 1) {
    const answer = await attempt(context, document, retry);
    if (answer) return answer;
    await setTimeout(Math.random() * 20 * 2 ** retry);
  }
}

/** Null when it collided and was taken back; the last retry reports the collision instead and keeps its siblings. */
async function attempt(
  context: Context,
  { run, keyed }: MutationDocument,
  retry: number,
): Promise<ExecutionResult | null> {
  const em: EntityManager = context.services.orm.em.fork();
  context.rights.begin();
  await em.begin();
  try {
    await actAs(em, context.viewer.userId, context.viewer.organization?.id ?? null);
    const earlier = await keyed?.replay(em);
    if (earlier) {
      await em.rollback();
      return earlier;
    }
    context.begin(em, { isKeyed: keyed !== null });
    const answer = await run();
    if (context.collision && retry < retries[context.collision]) {
      await em.rollback();
      return null;
    }
    const failed = answer.errors?.some(({ path }) => path === undefined || path.length === 1);
    if (context.isDryRun || (failed && context.isSingle)) await em.rollback();
    else if (!context.isCommitted) {
      if (keyed && !failed) await keyed.keep(em, answer);
      await em.commit();
    }
    return {
      ...answer,
      ...(context.isDryRun && { extensions: { dryRun: true } }),
      ...(keyed && { extensions: { idempotency: { replayed: false } } }),
    };
  } catch (error) {
    await em.rollback().catch(() => undefined);
    if (isCollision(error) && retry < retries.deadlock && !context.isCommitted) return null;
    throw error;
  }
}
