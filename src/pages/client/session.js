/*
 * All tabs share one session: a refresh token is good for one use, so that two copies would end each other. No script
 * but ours runs on this origin, which is why it may lie in the browser's storage.
 */
const storageKey = 'too-good-crm-session';
const listeners = new Set();
let session = stored();

/** Renewed so long before its end, since a request takes its time. */
const margin = 30_000;

/**
 * @returns {{ startedAt: number, token: string, refreshToken?: string, expiresAt?: string, name?: string,
 *   organizationId?: string } | null} A pasted token comes alone.
 */
export const currentSession = () => session;

export function startSession({ accessToken, refreshToken, expiresAt, user }) {
  keep({ startedAt: Date.now(), token: accessToken, refreshToken, expiresAt, name: user.fullName });
  tell();
}

export function useToken(token) {
  keep({ startedAt: Date.now(), token });
  tell();
}

export function renewSession({ accessToken, refreshToken, expiresAt }) {
  keep({ ...session, token: accessToken, refreshToken, expiresAt });
}

export function chooseOrganization(organizationId) {
  keep({ ...session, organizationId });
  tell();
}

export function endSession(reason = '') {
  session = null;
  localStorage.removeItem(storageKey);
  tell(reason);
}

/** Takes over what another tab has made of the session; a tab in the background hears of it late. */
export function catchUp() {
  const before = session;
  session = stored();
  if (before?.startedAt === session?.startedAt && before?.organizationId === session?.organizationId) return;
  tell(session ? '' : 'The session was ended in another tab: sign in again.');
}

/** Whether its token needs renewal; a pasted one cannot be renewed, and the server judges it. */
export const isStale = ({ refreshToken, expiresAt }) =>
  Boolean(refreshToken) && Date.now() > Date.parse(expiresAt) - margin;

/** Listeners are told why when a session ends by itself. */
export function onSessionChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

addEventListener('storage', ({ key }) => {
  // A null key is the whole storage being emptied.
  if (key === storageKey || key === null) catchUp();
});

function stored() {
  return JSON.parse(localStorage.getItem(storageKey));
}

function keep(changed) {
  session = changed;
  localStorage.setItem(storageKey, JSON.stringify(session));
}

function tell(reason = '') {
  for (const listener of listeners) listener(reason);
}
