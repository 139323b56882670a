import type { Services } from '../../platform/graphql/services.js';
import { Events, type Portion } from '../../platform/graphql/streams/events.js';
import { readInTurn } from '../../platform/graphql/streams/reading.js';
import type { Subscriber } from '../../platform/graphql/streams/subscriber.js';
import { Selection } from '../../platform/reading/selection.js';
import type { Filter } from '../../platform/records/filters.js';
import { pageAfter } from '../feed.js';
import type { LogCursors, Moment, Position } from '../position.js';
import { eventOf, heartbeat } from './page.js';
import { portionOf } from './portion.js';
import { quietMs } from './seat.js';

/** Changes that are read at a time. */
const mostChanges = 100;

const ids = Selection.from({ nodes: Selection.from({ id: new Selection() }) });

interface Behind {
  services: Services;
  subscriber: Subscriber;
  cursors: LogCursors;
  filter: Filter | null;
  from: Position;
  /** Later changes reach the subscriber otherwise. */
  until: Moment;
}

/** The changes between two moments that one subscriber gets, as the feed would give them. */
export async function* missed({ services, subscriber, cursors, filter, from, until }: Behind): AsyncGenerator<Portion> {
  let at = from;
  let lastAt = performance.now();
  while (at.within || at.lower !== until.snapshot) {
    const wish = { from: at, now: until, filter, size: mostChanges, upTo: until.snapshot };
    const { changes, end } = await readInTurn(services, subscriber, (read) => pageAfter(read, wish, ids));
    at = end;
    const isQuiet = performance.now() - lastAt > quietMs;
    if (changes.length || isQuiet) {
      const events = changes.length
        ? new Events(changes.map(({ change, position }) => eventOf(cursors.make(position), change.id!)))
        : heartbeat(cursors.make(at));
      const places = [...events.list.keys()];
      yield portionOf(subscriber, { events, places, viewer: subscriber.viewer, isPersonal: true });
      lastAt = performance.now();
    }
    if (subscriber.hasEnded) return;
  }
}
