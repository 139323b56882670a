import { setTimeout as pause } from 'node:timers/promises';
import type { Viewer } from '../../auth/viewer.js';
import { Snapshot } from '../../database/snapshot.js';
import { Overloaded } from '../../errors.js';
import type { Lifetime } from '../../lifetime.js';
import { Loaders } from '../../reading/loaders.js';
import { Reader } from '../../reading/reader.js';
import type { Leave } from '../admission/lane.js';
import type { Services } from '../services.js';
import { StreamEnded } from './events.js';
import type { Subscriber } from './subscriber.js';

type Work<Result> = (read: Reader, lifetime: Lifetime) => Promise<Result>;

/** Runs `work` with a reader on a snapshot of its own. */
export type Reading = <Result>(work: Work<Result>) => Promise<Result>;

/** Reads as a viewer in a snapshot of its own, outside of a request. Reads of the same field are batched. */
export async function readAs<Result>(services: Services, viewer: Viewer, work: Work<Result>): Promise<Result> {
  const lifetime = services.lifetimes.begin();
  const actor = { userId: viewer.userId, organizationId: viewer.organization?.id ?? null };
  const snapshot = new Snapshot(services, () => actor, lifetime);
  try {
    return await work(new Reader(snapshot, () => viewer, services.cursors, Loaders.byPlace()), lifetime);
  } finally {
    snapshot.end();
    lifetime.close();
  }
}

/**
 * Reads for a subscriber, as the viewer that it has then unless one is given, when it is its caller's turn. Work that
 * is shared has the turns of a caller of its own, so that nobody waits for what another caller does besides.
 */
export async function readInTurn<Result>(
  services: Services,
  subscriber: Subscriber,
  work: Work<Result>,
  { viewer, isShared = false }: { viewer?: Viewer; isShared?: boolean } = {},
): Promise<Result> {
  const leave = await turnOf(services, subscriber, isShared);
  try {
    return await readAs(services, viewer ?? subscriber.viewer, work);
  } finally {
    leave();
  }
}

/** While the server has no room, a stream falls behind, which costs less than to end it and begin anew. */
async function turnOf({ admission }: Services, subscriber: Subscriber, isShared: boolean): Promise<Leave> {
  const { organizationId, callerId } = subscriber;
  const party = { organization: organizationId, caller: isShared ? 'subscriptions' : callerId };
  for (;;) {
    if (subscriber.hasEnded) throw new StreamEnded();
    try {
      return await admission.work.enter(party);
    } catch (error) {
      if (!(error instanceof Overloaded)) throw error;
      await pause(error.extensions.retryAfterMs as number, undefined, { ref: false });
    }
  }
}
