import type { Viewer } from '../../platform/auth/viewer.js';
import type { Services } from '../../platform/graphql/services.js';
import type { Events, Portion } from '../../platform/graphql/streams/events.js';
import { type Reading, readInTurn } from '../../platform/graphql/streams/reading.js';
import type { Subscriber } from '../../platform/graphql/streams/subscriber.js';
import type { Filter } from '../../platform/records/filters.js';
import { begun } from '../feed.js';
import type { Position } from '../position.js';
import { missed } from './catch-up.js';
import { liveLogOf } from './live-log.js';
import { matcherOf } from './matching.js';
import { heartbeat, Page } from './page.js';
import { portionOf } from './portion.js';
import { seesOwnPayOnly } from './rights-keys.js';

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
  const silence = (events: Events) =>
    portionOf(subscriber, { events, places: [0], viewer: subscriber.viewer, isPersonal });
  const partOf = async (page: Page, from = 0): Promise<Portion> => {
    const { viewer } = subscriber;
    const read: Reading = (work) => readInTurn(services, subscriber, work, { viewer });
    const places = (await page.placesFor({ viewer, filter, matches, read })).filter((place) => place >= from);
    const part = { events: page.events, places, viewer, isPersonal: isPersonal || showsOwnPay(viewer, page, places) };
    return portionOf(subscriber, part, (place) => partOf(page, place));
  };
  let position = after;
  while (!subscriber.hasEnded) {
    const channel = liveLogOf(services).channel(subscriber.organizationId);
    const seat = await channel.join();
    const stopListening = subscriber.onEnd(() => seat.leave());
    const { cursors } = channel;
    try {
      if (position) yield* missed({ services, subscriber, cursors, filter, from: position, until: seat.since });
      position = begun(seat.since);
      yield silence(heartbeat(cursors.make(position)));
      for await (const next of seat) {
        const part = next instanceof Page ? await partOf(next) : silence(next);
        if (part.places.length) {
          seat.told();
          yield part;
        }
        if (next instanceof Page) position = next.end;
      }
    } finally {
      stopListening();
      channel.leave(seat);
    }
  }
}

/** People see their own pay, so changes of their own record are theirs alone. */
function showsOwnPay(viewer: Viewer, { changes }: Page, places: readonly number[]): boolean {
  return seesOwnPayOnly(viewer) && places.some((place) => changes[place]!.recordId === viewer.organization!.selfId);
}
