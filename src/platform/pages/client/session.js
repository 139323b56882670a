// The tab's own storage survives a reload and nothing else. The copy is for GraphiQL's settings, which can empty it.
const storageKey = 'too-good-crm-session';
let session = JSON.parse(sessionStorage.getItem(storageKey));
const listeners = new Set();

/** Renewed so long before its end, since a request takes its time. */
const margin = 30_000;

/**
 * @returns {{ token: string, refreshToken?: string, expiresAt?: string, name?: string, organizationId?: string } | null}
 * A pasted token comes alone.
 */
export const currentSession = () => session;

export function startSession({ accessToken, refreshToken, expiresAt, user }) {
  keep({ token: accessToken, refreshToken, expiresAt, name: user.fullName });
  tell();
}

export function useToken(token) {
  keep({ token });
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
  sessionStorage.removeItem(storageKey);
  tell(reason);
}

/** Whether its token needs renewal; a pasted one cannot be renewed, and the server judges it. */
export const isStale = ({ refreshToken, expiresAt }) =>
  Boolean(refreshToken) && Date.now() > Date.parse(expiresAt) - margin;

export function onSessionChange(listener) {
  listeners.add(listener);
}

function keep(changed) {
  session = changed;
  sessionStorage.setItem(storageKey, JSON.stringify(session));
}

function tell(reason = '') {
  for (const listener of listeners) listener(reason);
}
