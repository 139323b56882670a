import { find } from './element.js';
import { subscribe } from './subscription.js';

/** After a longer absence, a page reads everything anew instead of all that has happened. */
const longestAbsence = 10 * 60_000;

/** Milliseconds for the other changes of the same moment. */
const moment = 200;

const query = `subscription Live($filter: ChangeFilter) {
  changeAdded(filter: $filter) { change { id } }
}`;

/**
 * Follows the changes of the organization while the page is visible, and says in the element `live` whether it does.
 * After changes it calls `refresh`, once every `pace` milliseconds at most, and again if that fails. `recover` is
 * called when a lost connection is back.
 */
export function setUpLive({ refresh, filter, pace, recover }) {
  let followed = false;
  let cursor = null;
  let heardAt = 0;
  let stop = new AbortController();
  const news = paced(refresh, pace);

  async function run() {
    stop.abort();
    if (!followed || document.hidden) return;
    stop = new AbortController();
    const { signal } = stop;
    if (Date.now() - heardAt > longestAbsence) forget();
    let isLost = false;
    const lost = () => {
      isLost = true;
      say('lost');
    };
    for await (const { id, result } of subscribe({ query, variables: { filter } }, { after: cursor, signal, lost })) {
      if (signal.aborted) return;
      if (!id) return refused(result.errors[0]);
      cursor = id;
      heardAt = Date.now();
      say('live');
      if (isLost) recover();
      isLost = false;
      news.heard(result.data.changeAdded.change !== null);
    }
  }

  /** From now on, the page goes on from the present moment and has to read everything. */
  function forget() {
    cursor = null;
    heardAt = Date.now();
    news.miss();
  }

  function refused({ message, extensions }) {
    if (['CURSOR_EXPIRED', 'INVALID_CURSOR'].includes(extensions?.code)) {
      forget();
      return run();
    }
    say('off', message);
    // The page may show what the user may not read any more.
    news.heard(true);
  }

  document.addEventListener('visibilitychange', run);
  addEventListener('online', run);
  return {
    /** Follows everything after a cursor, if nothing is followed yet. */
    follow(after) {
      if (followed) return;
      followed = true;
      cursor = after;
      heardAt = Date.now();
      void run();
    },
    stop() {
      followed = false;
      stop.abort();
      say('');
    },
  };
}

const texts = { '': '', live: 'Live', lost: 'Reconnecting…', off: 'Not live' };

function say(state, reason = '') {
  const status = find('live');
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.textContent = texts[state];
  status.title = reason;
}

/** Work that follows events: soon after the first one with news, then at most once every `pace` milliseconds. */
function paced(work, pace) {
  let isWanted = false;
  let isMissed = false;
  let isRunning = false;
  async function run() {
    isRunning = true;
    await sleep(moment);
    while (isWanted) {
      isWanted = false;
      isMissed = false;
      // The next event, which comes within 15 seconds, causes another attempt.
      await work().catch(() => {
        isMissed = true;
      });
      await sleep(pace);
    }
    isRunning = false;
  }
  return {
    heard(isNews) {
      isWanted ||= isNews || isMissed;
      if (isWanted && !isRunning) void run();
    },
    miss() {
      isMissed = true;
    },
  };
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
