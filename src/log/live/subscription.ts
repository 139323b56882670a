import type { Services } from '../../platform/graphql/services.js';
import type { Portion } from '../../platform/graphql/streams/events.js';
import { type Reading, readInTurn } from '../../platform/graphql/streams/reading.js';
import type { Subscriber } from '../../platform/graphql/streams/subscriber.js';
import type { Filter } from '../../platform/records/filters.js';
import { begun } from '../feed.js';
import type { Position } from '../position.js';
import { missed } from './catch-up.js';
import { liveLogOf } from './live-log.js';
import { matcherOf } from './matching.js';
import { heartbeat, Page } from './page.js';
import { rightsKey, seesOwnPayOnly } from './rights-keys.js';

interface Subscribed {
  services: Services;
  subscriber: Subscriber;
  filter: Filter | null;
  /** The position after which the changes begin; null begins with the present moment. */
  after: Position | null;
  /** Whether the selection shows each caller something else. */
  isPersonal: boolean;
}

/**
 * The changes that a subscriber gets: those that were missed, then those that happen. The first event without a change
 * says that the subscriber has caught up.
 */
export async function* changesFor({ services, subscriber, filter, after, isPersonal }: Subscribed) {
  const matches = filter && matcherOf(filter);
  const read: Reading = (work) => readInTurn(services, subscriber, work);
  let position = after;
  while (!subscriber.hasEnded) {
    const channel = liveLogOf(services).channel(subscriber.organizationId);
    const seat = await channel.join();
    const stopListening = subscriber.onEnd(() => seat.leave());
    const { cursors } = channel;
    try {
      if (position) yield* missed({ services, subscriber, cursors, filter, from: position, until: seat.since });
      position = begun(seat.since);
      yield portion(subscriber, heartbeat(cursors.make(position)), [0], isPersonal);
      for await (const next of seat) {
        const isPage = next instanceof Page;
        const places = isPage ? await next.placesFor({ viewer: subscriber.viewer, filter, matches, read }) : [0];
        if (places.length) {
          seat.told();
          yield isPage
            ? portionOf(subscriber, next, places, isPersonal)
            : portion(subscriber, next, places, isPersonal);
        }
        if (isPage) position = next.end;
      }
    } finally {
      stopListening();
      channel.leave(seat);
    }
  }
}

const portion = (
  { viewer }: Subscriber,
  events: Portion['events'],
  places: readonly number[],
  isPersonal: boolean,
): Portion => ({ events, places, rights: rightsKey(viewer, isPersonal) });

/** People see their own pay, so changes of their own record are theirs alone. */
function portionOf(subscriber: Subscriber, page: Page, places: readonly number[], isPersonal: boolean): Portion {
  const { viewer } = subscriber;
  const isOwn = ({ recordId }: Page['changes'][number]) => recordId === viewer.organization!.selfId;
  const hasOwn = seesOwnPayOnly(viewer) && places.some((place) => isOwn(page.changes[place]!));
  return portion(subscriber, page.events, places, isPersonal || hasOwn);
}
