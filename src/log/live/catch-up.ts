import type { Services } from '../../platform/graphql/services.js';
import { Events, type Portion } from '../../platform/graphql/streams/events.js';
import { readAs } from '../../platform/graphql/streams/reading.js';
import type { Subscriber } from '../../platform/graphql/streams/subscriber.js';
import { Selection } from '../../platform/reading/selection.js';
import type { Filter } from '../../platform/records/filters.js';
import { rowsAfter } from '../feed.js';
import type { LogCursors, Moment, Position } from '../position.js';
import { eventOf } from './page.js';

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
  while (at.within || at.lower !== until.snapshot) {
    // The page in which the subscriber stopped comes first.
    const upper = at.within ?? { upper: until.snapshot, upperAt: until.at };
    const leave = await services.admission.work.enter({
      organization: subscriber.organizationId,
      caller: subscriber.callerId,
    });
    const found = await readAs(services, subscriber.viewer, async (read) => {
      const limit = mostChanges + 1;
      const { rows, idOf } = await rowsAfter(read, at, { filter, limit, upTo: upper.upper }, ids);
      return rows.map(idOf);
    }).finally(leave);
    const shown = found.slice(0, mostChanges);
    const start = at;
    const cursorAfter = (last: string) => cursors.make({ ...start, within: { ...upper, last } });
    if (shown.length) {
      const events = new Events(shown.map((id) => eventOf(cursorAfter(id), id)));
      yield { events, places: [...shown.keys()], rights: '' };
    }
    at =
      found.length > mostChanges
        ? { ...start, within: { ...upper, last: shown.at(-1)! } }
        : { incarnation: start.incarnation, at: upper.upperAt, lower: upper.upper, within: null };
    if (subscriber.hasEnded) return;
  }
}
