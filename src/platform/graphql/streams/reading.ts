import type { Viewer } from '../../auth/viewer.js';
import { Snapshot } from '../../database/snapshot.js';
import type { Lifetime } from '../../lifetime.js';
import { Loaders } from '../../reading/loaders.js';
import { Reader } from '../../reading/reader.js';
import type { Services } from '../services.js';

/** Reads as a viewer in a snapshot of its own, outside of a request. Reads of the same field are batched. */
export async function readAs<Result>(
  services: Services,
  viewer: Viewer,
  work: (read: Reader, lifetime: Lifetime) => Promise<Result>,
): Promise<Result> {
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
