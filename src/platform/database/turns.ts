import DataLoader from 'dataloader';

/**
 * Loads in batches that take turns: whoever asks while one is on its way shares the next, which begins after the question
 * and so sees all that was committed before it.
 */
export function takingTurns<Key, Value>(
  load: (keys: readonly Key[]) => Promise<(Value | Error)[]>,
): DataLoader<Key, Value> {
  let last: Promise<unknown> = Promise.resolve();
  return new DataLoader<Key, Value>(
    (keys) => {
      const loaded = load(keys);
      last = loaded;
      return loaded;
    },
    { cache: false, batchScheduleFn: (send) => void last.then(send, send) },
  );
}
