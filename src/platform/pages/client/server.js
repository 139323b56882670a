import { currentSession, endSession, isStale, renewSession } from './session.js';

const handedOver = JSON.parse(document.getElementById('hand-over').textContent);

export const examples = handedOver.examples;
export const endpoint = new URL(handedOver.endpoint, location.href).href;

/** What both tools' headers editors start with. */
export const placeholderHeaders = { Authorization: 'Bearer <paste token>' };

/** Like fetch, but only ever to this server, so that the token reaches no other. */
export async function request({ headers: given, ...options }) {
  const headers = new Headers(given);
  if (headers.get('Authorization') === placeholderHeaders.Authorization) headers.delete('Authorization');
  // What is typed into the tool's headers editor is the more deliberate choice.
  if (!headers.has('Authorization')) {
    const session = await freshSession();
    if (session) headers.set('Authorization', `Bearer ${session.token}`);
    if (session?.organizationId && !headers.has('X-Organization-Id'))
      headers.set('X-Organization-Id', session.organizationId);
  }
  return fetch(endpoint, { ...options, headers });
}

let renewal;

/** The session with a token that is good for a while yet; requests at once renew it together. */
async function freshSession() {
  const session = currentSession();
  if (!session || !isStale(session)) return session;
  renewal ??= renew(session).finally(() => {
    renewal = undefined;
  });
  return renewal;
}

async function renew({ refreshToken }) {
  try {
    const { refreshSession } = await ask(renewDocument, { refreshToken });
    renewSession(refreshSession);
  } catch {
    const reason = 'Your session has expired: sign in again.';
    endSession(reason);
    throw new Error(reason);
  }
  return currentSession();
}

/** The answer's data; a failure's message is fit to be shown. */
export async function ask(query, variables, send = fetchUnsigned) {
  const response = await send({
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json' },
    body: JSON.stringify({ query, variables }),
  }).catch((error) => {
    // How fetch says that there was no answer.
    if (!(error instanceof TypeError)) throw error;
    throw new Error('The server cannot be reached: check the connection and try again.');
  });
  const { data, errors } = await response.json().catch(() => ({}));
  if (data && !errors) return data;
  throw new Error(errors?.[0]?.message ?? `The server answered with ${response.status}.`);
}

const fetchUnsigned = (options) => fetch(endpoint, options);

const renewDocument = `mutation RenewSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) { accessToken refreshToken expiresAt }
}`;

const signInDocument = `mutation SignIn($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) { accessToken refreshToken expiresAt user { fullName } }
}`;

export const signIn = async (username, password) => (await ask(signInDocument, { username, password })).login;

export const signOut = () => ask('mutation SignOut { logout { revokedSessions } }', {}, request);

export const myOrganizations = () =>
  ask('query MyOrganizations { myOrganizations { id name } organization { id } }', {}, request);
