import {
  catchUp,
  currentSession,
  deviceToken,
  endSession,
  forgetOrganization,
  isStale,
  renewSession,
} from './session.js';

const handedOver = JSON.parse(document.getElementById('hand-over').textContent);

export const { examples, recordTypes } = handedOver;
export const endpoint = new URL(handedOver.endpoint, location.href).href;

/** Initial content of the headers editor. */
export const placeholderHeaders = { Authorization: 'Bearer <paste token>' };

/** Error reasons for a refused token; a wrong password has other reasons. */
const tokenRefusals = new Set(['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_ENDED']);

/**
 * Sends an operation as the signed-in user and returns the server's answer; `signal` cancels it. If the user is no
 * member of the chosen organization any more, the page forgets it. The operation is not sent to another organization,
 * for which it was not meant.
 */
export async function send(operation, { headers, signal } = {}) {
  const before = currentSession()?.organizationId;
  const answer = await sendSigned(operation, new Headers(headers), signal);
  const isChosen = before && !new Headers(headers).has('X-Organization-Id');
  if (isRefusedThere(answer) && isChosen && currentSession()?.organizationId === before) forgetOrganization();
  return answer;
}

/** Sends an operation of the page itself, if need be again to the organization that the server chooses. */
export async function sendOwn(operation) {
  const answer = await send(operation);
  return isRefusedThere(answer) && !currentSession()?.organizationId ? send(operation) : answer;
}

/** Requests Server-Sent Events as the signed-in user, after the event with the id `after`; `signal` ends them. */
export async function openEvents(operation, { headers: given, after, signal } = {}) {
  const headers = new Headers(given);
  if (after) headers.set('Last-Event-ID', after);
  const signed = isSigned(headers) ? headers : withSession(headers, await freshSession());
  return request(operation, signed, { accept: 'text/event-stream', signal });
}

/** Whether the headers have a token of their own, which takes precedence over the session. */
export function isSigned(headers) {
  if (headers.get('Authorization') === placeholderHeaders.Authorization) headers.delete('Authorization');
  return headers.has('Authorization');
}

async function freshSession() {
  catchUp();
  const session = currentSession();
  return session && isStale(session) ? renewed(session) : session;
}

async function sendSigned(operation, headers, signal) {
  if (isSigned(headers)) return post(operation, headers, signal);
  const session = await freshSession();
  const answer = await post(operation, withSession(headers, session), signal);
  if (!session || !refusalOf(answer)) return answer;
  // The server refused the token before it did anything, so a retry is safe.
  const renewal = await renewed(session, refusalOf(answer));
  const again = await post(operation, withSession(headers, renewal), signal);
  // The session has ended meanwhile, so the page must not go on as if somebody were signed in.
  if (refusalOf(again) && currentSession()?.token === renewal.token)
    endSession(`Sign in again: ${refusalOf(again).message}.`);
  return again;
}

/** Sends an operation and returns its data; throws an error whose message can be shown to people. */
export async function ask(query, variables) {
  return dataOf(await sendOwn({ query, variables }));
}

/** The data of an answer; throws an error whose message can be shown to people. */
export function dataOf({ data, errors }) {
  if (data && !errors) return data;
  const { message = 'The server answered with nothing.', extensions = {} } = errors?.[0] ?? {};
  throw Object.assign(new Error(message), { reason: extensions.reason, fields: extensions.fields });
}

/** Whether the server has refused the whole request because of its organization. */
const isRefusedThere = ({ data, errors = [] }) =>
  !data && errors.some(({ extensions }) => extensions?.reason === 'NOT_A_MEMBER');

const refusalOf = ({ errors = [] }) => errors.find(({ extensions }) => tokenRefusals.has(extensions?.reason));

function withSession(headers, session) {
  const { token, organizationId } = session ?? {};
  const signed = new Headers(headers);
  if (token) signed.set('Authorization', `Bearer ${token}`);
  if (organizationId && !signed.has('X-Organization-Id')) signed.set('X-Organization-Id', organizationId);
  return signed;
}

const accept = 'application/graphql-response+json, application/json';

function request(operation, headers, options) {
  headers.set('Content-Type', 'application/json');
  headers.set('Accept', options.accept);
  const { signal } = options;
  return fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(operation), signal }).catch((error) => {
    // `fetch` rejects with a TypeError if it gets no answer.
    if (!(error instanceof TypeError)) throw error;
    throw new Error('The server cannot be reached: check the connection and try again.');
  });
}

/** How far this page has written. Other servers than the one that took the writes do not know. */
const readAfter = new Set();

async function post(operation, headers, signal) {
  const sent = [...readAfter];
  if (sent.length) headers.set('X-Read-After', sent.join(', '));
  const response = await request(operation, headers, { accept, signal });
  const told = response.headers.get('X-Read-After');
  if (told) {
    // It covers the values that this request sent, but not those that arrived meanwhile.
    for (const value of sent) readAfter.delete(value);
    readAfter.add(told);
  }
  return response.json().catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new Error(`The server answered with ${response.status}.`);
  });
}

/** The same without the session, for operations that need none. */
export const askUnsigned = async (query, variables) => dataOf(await post({ query, variables }, new Headers()));

let running;

/** Renews a session's token; concurrent requests and tabs share one renewal. */
function renewed(session, refusal) {
  running ??= withTabLock(() => renew(session, refusal)).finally(() => {
    running = undefined;
  });
  return running;
}

// Browsers offer locks only over https and on localhost. Elsewhere tabs may renew at the same time, which the server
// tolerates.
const withTabLock = (work) => (navigator.locks ? navigator.locks.request('too-good-crm-renewal', work) : work());

async function renew({ startedAt, token, refreshToken }, refusal) {
  catchUp();
  const session = currentSession();
  if (!session) throw new Error('You are signed out: sign in again.');
  if (session.startedAt !== startedAt) throw new Error('Somebody else has signed in: try again.');
  // Another tab has renewed it already.
  if (session.token !== token) return session;
  if (!refreshToken) throw ended(`The token is refused: ${refusal.message}.`);
  const answer = await post({ query: renewDocument, variables: { refreshToken } }, new Headers());
  const code = answer.errors?.[0]?.extensions?.code;
  if (code === 'UNAUTHENTICATED')
    throw ended(
      refusal?.extensions.reason === 'SESSION_ENDED'
        ? 'Your session was ended elsewhere: sign in again.'
        : 'Your session has expired: sign in again.',
    );
  renewSession(dataOf(answer).refreshSession);
  return currentSession();
}

function ended(reason) {
  endSession(reason);
  return new Error(reason);
}

const renewDocument = `mutation RenewSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) { accessToken refreshToken expiresAt }
}`;

const tokens = 'accessToken refreshToken expiresAt deviceToken user { fullName }';

const beginDocument = `mutation SignIn($username: String!, $password: String!, $deviceToken: String) {
  beginLogin(input: { username: $username, password: $password, deviceToken: $deviceToken }) {
    ... on AuthPayload { ${tokens} }
    ... on SecondFactorChallenge { ticket }
  }
}`;

const completeDocument = `mutation EnterCode($ticket: String!, $code: String!) {
  completeLogin(input: { ticket: $ticket, code: $code }) { ${tokens} }
}`;

const registerDocument = `mutation Register($input: RegisterInput!) {
  register(input: $input) { ${tokens} }
}`;

/** A new session or, for an account with a second factor, a ticket. */
export const beginSignIn = async (username, password) =>
  (await askUnsigned(beginDocument, { username, password, deviceToken: deviceToken() })).beginLogin;

export const completeSignIn = async (ticket, code) =>
  (await askUnsigned(completeDocument, { ticket, code })).completeLogin;

export const register = async (input) => (await askUnsigned(registerDocument, { input })).register;

/** Ends the session on the server; false if it may still be open there. An API key has none. */
export async function signOut() {
  try {
    await ask('mutation SignOut { logout { revokedSessions } }');
    return true;
  } catch ({ reason }) {
    return !currentSession() || tokenRefusals.has(reason) || reason === 'NOT_FOR_API_KEYS';
  }
}

/** The signed-in user, null for an API key; the request also detects a session that has ended on the server. */
export const whoAmI = async () => (await ask('query WhoAmI { me { fullName } }')).me;

/** The signed-in user's organizations, and the active one, which is missing if there are none. */
export async function myOrganizations() {
  const answer = await sendOwn({ query: 'query MyOrganizations { myOrganizations { id name } organization { id } }' });
  return answer.data?.myOrganizations ? answer.data : dataOf(answer);
}
