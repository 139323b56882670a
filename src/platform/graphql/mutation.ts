import { setTimeout } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { actAs, type EntityManager } from '../database/orm.js';
import { isCollision } from '../database/sql.js';
import { InTransaction } from '../database/transactions.js';
import type { Context } from './context.js';

type Run = () => ExecutionResult | Promise<ExecutionResult>;

const retries = 3;

/**
 * A mutation document: committed when its answer is complete, so that what was answered is what was kept. One that
 * collided with another is done again from the start, a few times, for nothing of it is left.
 */
export async function inTransaction(context: Context, run: Run): Promise<never> {
  const viewer = context.viewerOrError;
  if (viewer instanceof Error) {
    context.readFrom(context.snapshot());
    return (await run()) as never;
  }
  for (let retry = 0; ; retry += 1) {
    const answer = await attempt(context, run, retry === retries);
    if (answer) return answer as never;
    await setTimeout(Math.random() * 20 * 2 ** retry);
  }
}

/** Null when it collided and was taken back; the last attempt reports the collision instead and keeps its siblings. */
async function attempt(context: Context, run: Run, isLast: boolean): Promise<ExecutionResult | null> {
  const em: EntityManager = context.services.orm.em.fork();
  await em.begin();
  try {
    await actAs(em, context.viewer.userId, context.viewer.organization?.id ?? null);
    context.em = em;
    context.collided = false;
    context.failed = false;
    context.readFrom(new InTransaction(() => context.em));
    const answer = await run();
    if (context.collided && !isLast) {
      await em.rollback();
      return null;
    }
    if (context.failed && context.isSingle) await em.rollback();
    else await em.commit();
    return answer;
  } catch (error) {
    await em.rollback().catch(() => undefined);
    if (isCollision(error) && !isLast) return null;
    throw error;
  }
}
