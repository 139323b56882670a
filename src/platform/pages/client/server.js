import { currentToken } from './session.js';

const handedOver = JSON.parse(document.getElementById('hand-over').textContent);

export const example = handedOver.example;
export const endpoint = new URL(handedOver.endpoint, location.href).href;

/** What both tools' headers editors start with. */
export const placeholderHeaders = { Authorization: 'Bearer <paste token>' };

/** Like fetch, but only ever to this server, so that the token reaches no other. */
export function request({ headers: given, ...options }) {
  const headers = new Headers(given);
  if (headers.get('Authorization') === placeholderHeaders.Authorization) headers.delete('Authorization');
  // A token typed into the tool's headers editor is the more deliberate choice.
  const token = headers.has('Authorization') ? undefined : currentToken();
  if (token) headers.set('Authorization', `Bearer ${token}`);
  return fetch(endpoint, { ...options, headers });
}

const signInDocument = `mutation SignIn($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) { accessToken }
}`;

/** @returns {Promise<string>} the access token; a failure's message is fit to be shown. */
export async function signIn(username, password) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json' },
    body: JSON.stringify({ query: signInDocument, variables: { username, password } }),
  }).catch(() => {
    throw new Error('The server cannot be reached: check the connection and try again.');
  });
  const result = await response.json().catch(() => ({}));
  const token = result.data?.login?.accessToken;
  if (token) return token;
  throw new Error(result.errors?.[0]?.message ?? `Signing in failed: the server answered with ${response.status}.`);
}
