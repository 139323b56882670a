import type { Portion } from '../../platform/graphql/streams/events.js';
import type { Subscriber } from '../../platform/graphql/streams/subscriber.js';
import { rightsKey } from './rights-keys.js';

interface Part extends Pick<Portion, 'events' | 'places' | 'viewer'> {
  /** Whether each caller sees something else. */
  isPersonal: boolean;
}

/**
 * A part of events for a subscriber, as the viewer that it was when the part was chosen. Once its rights have changed,
 * it gets `renewed`, by default the same part.
 */
export function portionOf(subscriber: Subscriber, part: Part, renewed?: Portion['renewed']): Portion {
  const { events, places, viewer, isPersonal } = part;
  const rights = rightsKey(viewer, isPersonal);
  return {
    events,
    places,
    rights,
    viewer,
    isShared: !isPersonal,
    // Callers with equal keys may be different employees, and each sees more of their own record.
    isCurrent: () =>
      subscriber.viewer === viewer ||
      (rightsKey(subscriber.viewer, isPersonal) === rights &&
        subscriber.viewer.organization!.selfId === viewer.organization!.selfId),
    renewed:
      renewed ??
      (async (from) => {
        const rest = places.filter((place) => place >= from);
        return portionOf(subscriber, { ...part, places: rest, viewer: subscriber.viewer });
      }),
  };
}
