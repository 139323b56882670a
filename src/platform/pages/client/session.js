// The tab's own storage survives a reload and nothing else. The copy is for GraphiQL's settings, which can empty it.
const storageKey = 'too-good-crm-session';
let session = JSON.parse(sessionStorage.getItem(storageKey));
const listeners = new Set();

/** @returns {{ token: string, name?: string } | null} */
export function currentSession() {
  return session;
}

export function startSession(started) {
  session = started;
  sessionStorage.setItem(storageKey, JSON.stringify(session));
  tell();
}

export function endSession(reason = '') {
  session = null;
  sessionStorage.removeItem(storageKey);
  tell(reason);
}

export function onSessionChange(listener) {
  listeners.add(listener);
}

/** The token to send, if any. A token past its time would turn even the public operations down, so it is dropped. */
export function currentToken() {
  const token = session?.token;
  if (!token || Date.now() < expiry(token)) return token;
  endSession('Your token has expired: sign in again.');
  return undefined;
}

function expiry(token) {
  try {
    const { exp } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return exp ? exp * 1000 : Infinity;
  } catch {
    // Whatever is not a JWT is left for the server to judge.
    return Infinity;
  }
}

function tell(reason = '') {
  for (const listener of listeners) listener(reason);
}
