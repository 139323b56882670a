import { readEvents } from './events.js';
import { isSigned, openEvents, whoAmI } from './server.js';
import { currentSession } from './session.js';

/** Milliseconds without an event after which a connection counts as lost; the server sends one every 15 seconds. */
const longestSilence = 40_000;

const longestWait = 30_000;

/** Codes of errors that another attempt may not meet. */
const passing = new Set([
  'INTERNAL_SERVER_ERROR',
  'OVERLOADED',
  'RATE_LIMITED',
  'SLOW_READER',
  'TIMEOUT',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
]);

/**
 * Yields the events of a subscription, each with its id and its result. When the connection is lost, or ends with its
 * access token, it goes on after the last event. It ends with a result that another attempt would meet again, or with
 * `signal`. `lost` gets the error of an attempt that has failed, and prevents another one by throwing it.
 */
export async function* subscribe(operation, { headers, after, signal, lost }) {
  const canRenew = () => !isSigned(new Headers(headers)) && currentSession();
  let last = after;
  let failures = 0;
  while (!signal.aborted) {
    let wait = 0;
    try {
      for await (const { id, result } of eventsOf(operation, { headers, after: last, signal })) {
        const error = endOf(result, id);
        if (error && !(passing.has(error.extensions?.code) && canRenew())) return yield { id, result };
        if (error) throw error;
        last = id;
        failures = 0;
        yield { id, result };
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      const { code, retryAfterMs = 0 } = error.extensions ?? {};
      failures += 1;
      // A token that has expired is renewed, and nothing was lost.
      const isRenewed =
        code === 'UNAUTHENTICATED' &&
        (await whoAmI().then(
          () => true,
          () => false,
        ));
      if (isRenewed && failures === 1) continue;
      lost(error);
      wait = Math.max(retryAfterMs, Math.min(longestWait, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
    }
    await pause(wait, signal);
  }
}

/** The error that ends a stream; it has no id to go on after. */
const endOf = ({ errors }, id) => (id ? null : errors?.[0]);

async function* eventsOf(operation, { headers, after, signal }) {
  const silent = new AbortController();
  let timer;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(new Error('The connection was lost.')), longestSilence);
  };
  listen();
  try {
    const response = await openEvents(operation, { headers, after, signal: AbortSignal.any([signal, silent.signal]) });
    if (!response.headers.get('Content-Type')?.startsWith('text/event-stream'))
      throw (
        (await response.json().catch(() => null))?.errors?.[0] ?? new Error(`The server answered ${response.status}.`)
      );
    for await (const event of readEvents(response)) {
      listen();
      yield event;
    }
  } finally {
    clearTimeout(timer);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
