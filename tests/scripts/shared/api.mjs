import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLClient, gql } from 'graphql-request';
import { Failure, notice, Usage } from './command.mjs';
import { Refused, refusalOf } from './refused.mjs';

const SignIn = gql`
  mutation SignIn($input: LoginInput!) {
    session: login(input: $input) { accessToken refreshToken }
  }
`;

const Renew = gql`
  mutation Renew($refreshToken: String!) {
    session: refreshSession(refreshToken: $refreshToken) { accessToken refreshToken }
  }
`;

const SignOut = gql`
  mutation SignOut {
    logout { revokedSessions }
  }
`;

/** Longer than any request may take. */
const silence = 30_000;

/** Shorter waits are not worth a word. */
const noteworthy = 3000;

/**
 * The API for one API key, or for one user: then it signs in when needed and renews the token. Sends again what may be
 * sent again.
 */
class Api {
  #http;
  #session = null;
  #wasReached = false;

  constructor({ url, apiKey, username, password, organization, patience }) {
    Object.assign(this, { url, apiKey, username, patience });
    this.#http = new GraphQLClient(url, {
      headers: organization ? { 'X-Organization-Id': organization } : {},
      fetch: (address, init) => fetch(address, { ...init, signal: AbortSignal.timeout(silence) }),
    });
    this.input = { username, password };
  }

  /**
   * Answers the data of a document, or throws what it was refused for. Tries for as long as `patience` says where
   * another attempt may succeed: a mutation whose answer was lost only under an Idempotency-Key.
   */
  async send(document, variables = {}, headers = {}) {
    const isRepeatable = !/^\s*mutation\b/.test(document) || 'Idempotency-Key' in headers || 'X-Dry-Run' in headers;
    const begun = Date.now();
    const renewed = new Set();
    let [attempt, isTold] = [0, false];
    for (;;) {
      try {
        const authorization = `Bearer ${this.apiKey ?? (await this.#accessToken())}`;
        return await this.#request(document, variables, { ...headers, authorization });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        // A reason that comes again with another token would come with each.
        if (error.needsToken && this.#session && !renewed.has(error.reason)) {
          renewed.add(error.reason);
          await this.#renew(error);
          continue;
        }
        // A mistyped address is told at once; a server that has answered before may be restarting.
        const isHopeless = error.isUnreached && !this.#wasReached;
        const mayRepeat = error.retry === 'always' || (error.retry === 'repeatable' && isRepeatable);
        const pause = Math.min(200 * 2 ** attempt, 10_000) * (0.5 + Math.random() / 2);
        const wait = Math.max(error.retryAfter ?? 0, pause);
        if (isHopeless || !mayRepeat || Date.now() - begun + wait > this.patience) throw this.#described(error);
        if (!isTold && Date.now() - begun + wait > noteworthy) {
          notice(`${error.message}; trying again for up to ${this.patience / 1000} s`);
          isTold = true;
        }
        await sleep(wait);
        attempt += 1;
      }
    }
  }

  async #accessToken() {
    this.#session ??= await this.#request(SignIn, { input: this.input });
    return this.#session.accessToken;
  }

  /** Ends the session, if there is one, so that none is left behind for each run. */
  async signOut() {
    if (!this.#session) return;
    try {
      await this.#request(SignOut, {}, { authorization: `Bearer ${this.#session.accessToken}` });
    } catch (error) {
      // A session that cannot be ended now expires by itself.
      if (!(error instanceof Refused)) throw error;
    }
  }

  async #renew({ reason }) {
    const { refreshToken } = this.#session;
    this.#session = null;
    if (reason === 'SESSION_ENDED') return;
    try {
      this.#session = await this.#request(Renew, { refreshToken });
    } catch (error) {
      // Without a session the next attempt signs in, which tells what is wrong if that fails, too.
      if (!(error instanceof Refused)) throw error;
    }
  }

  async #request(document, variables, headers) {
    try {
      const answer = await this.#http.request(document, variables, headers);
      this.#wasReached = true;
      return answer.session ?? answer;
    } catch (error) {
      const refused = refusalOf(error, this.url);
      this.#wasReached ||= !refused.isUnreached;
      throw refused;
    }
  }

  #described(error) {
    if (this.apiKey && error.code === 'UNAUTHENTICATED')
      return new Failure('The server refuses the API key; check CRM_API_KEY');
    if (error.reason !== 'INVALID_CREDENTIALS') return error;
    return new Failure(`The server refuses to sign ${this.username} in; check CRM_USERNAME and CRM_PASSWORD`);
  }
}

/** Ends the help of each script. */
export const environmentHelp = `Environment:
  CRM_API_KEY                 secret of the API key with which to act
  CRM_USERNAME, CRM_PASSWORD  who signs in, without an API key
  CRM_URL                     where (http://localhost:4000/graphql)
  CRM_ORGANIZATION            id of the organization to act in (that of the key, or of the primary profile)
  CRM_PATIENCE                seconds to try again when the server does not answer (300)`;

/** Lets a script use the API as its environment says, and signs out at its end. */
export async function withApi(use) {
  const { env } = process;
  const { CRM_URL: url = 'http://localhost:4000/graphql', CRM_PATIENCE: patience = '300' } = env;
  const apiKey = env.CRM_API_KEY || null;
  for (const name of apiKey ? [] : ['CRM_USERNAME', 'CRM_PASSWORD'])
    if (!env[name]) throw new Usage(`The environment variable ${name} is not set, and neither is CRM_API_KEY`);
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new Usage('CRM_URL must be an address such as http://host/graphql');
  const { username: inAddress, password: alsoInAddress } = new URL(url);
  if (inAddress || alsoInAddress) throw new Usage('CRM_URL must not hold a name or a password');
  if (!/^\d+$/.test(patience)) throw new Usage('CRM_PATIENCE must be a number of seconds');
  const { CRM_USERNAME: username, CRM_PASSWORD: password, CRM_ORGANIZATION: organization } = env;
  const api = new Api({ url, apiKey, username, password, organization, patience: Number(patience) * 1000 });
  // Work done for one server, caller or organization says nothing about another one.
  api.identity = [url, apiKey ?? username, organization ?? null];
  try {
    return await use(api);
  } finally {
    await api.signOut();
  }
}
