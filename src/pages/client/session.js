/*
 * All tabs share one session: a refresh token can be used only once, so two copies would end each other's session. It
 * may be in the browser's storage because only our own scripts run on this origin.
 */
const storageKey = 'too-good-crm-session';
const deviceKey = 'too-good-crm-device';
const listeners = new Set();
let session = stored();

/** Milliseconds before a token's expiry at which it is renewed, so that it does not expire during a request. */
const margin = 30_000;

/**
 * @returns {{ startedAt: number, token: string, refreshToken?: string, expiresAt?: string, name?: string,
 *   organizationId?: string } | null} A pasted token has neither a refresh token nor an expiry.
 */
export const currentSession = () => session;

/** Whether a session is still the one that is signed in. */
export const isCurrent = ({ startedAt }) => session?.startedAt === startedAt;

/** Survives a sign-out, so that strangers who guess passwords do not make the user wait on this device. */
export const deviceToken = () => localStorage.getItem(deviceKey);

export function startSession({ accessToken, refreshToken, expiresAt, user, deviceToken: device }) {
  localStorage.setItem(deviceKey, device);
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

/** Goes back to the organization that the server chooses, since the user is no member of the chosen one any more. */
export function forgetOrganization() {
  const { organizationId: _, ...rest } = session;
  keep(rest);
  tell('You are no longer a member of the organization that you had chosen.');
}

export function endSession(reason = '') {
  session = null;
  localStorage.removeItem(storageKey);
  tell(reason);
}

/** Adopts changes that another tab has made to the session; background tabs get storage events late. */
export function catchUp() {
  const before = session;
  session = stored();
  if (before?.startedAt === session?.startedAt && before?.organizationId === session?.organizationId) return;
  tell(session ? '' : 'The session was ended in another tab: sign in again.');
}

/** Whether the token needs a renewal. A pasted token cannot be renewed, so the server decides about it. */
export const isStale = ({ refreshToken, expiresAt }) =>
  Boolean(refreshToken) && Date.now() > Date.parse(expiresAt) - margin;

/** Adds a listener, which gets the reason if a session ends without a sign-out; returns a function that removes it. */
export function onSessionChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

addEventListener('storage', ({ key }) => {
  // The key is null if the whole storage was cleared.
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
