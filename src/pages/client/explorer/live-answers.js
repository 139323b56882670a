import { onSessionChange } from '../session.js';
import { subscribe } from '../subscription.js';
import { keepRun } from './runs.js';

/** The answers of a subscription until GraphiQL stops it, or somebody else signs in. */
export function liveAnswers(operation, headers) {
  const stop = new AbortController();
  const answers = answersOf(operation, headers, stop);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => answers.next(),
    return() {
      // A generator that waits for an event cannot return.
      stop.abort();
      return answers.return();
    },
  };
}

async function* answersOf(operation, headers, stop) {
  const { signal } = stop;
  const removeListener = onSessionChange(() => stop.abort());
  const keep = keepRun(operation, headers);
  const lost = (error) => {
    throw error;
  };
  let isFirst = true;
  try {
    for await (const { result } of subscribe(operation, { headers, signal, lost })) {
      // The last change stays on the screen; events without a change come every 15 seconds.
      if (!isFirst && isWithoutNews(result)) continue;
      isFirst = false;
      keep(result);
      yield result;
    }
  } finally {
    removeListener();
  }
}

function isWithoutNews({ data, errors }) {
  const [root] = Object.values(data ?? {});
  return !errors && Object.values(root ?? {}).includes(null);
}
