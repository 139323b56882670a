import { fetchAnswer } from './errors.js';

const refreshTokenKey = 'crm-refresh-token';
/** Stays after the sign-out: strangers who guess passwords do not make the user wait on a device that is known. */
const deviceTokenKey = 'crm-device-token';
/** A token is renewed so long before it expires, since a request takes its time. */
const margin = 30_000;
/** Milliseconds after which every server shows a write. */
const settled = 10_000;

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
}

type SignedIn = Tokens & { deviceToken: string };

const signedIn = 'accessToken refreshToken expiresAt deviceToken';

type Access = Omit<Tokens, 'refreshToken'>;

/** News of a tab for the others: a token, null once signed out, or how far it has written. */
type News = { access: Access | null } | { readAfter: string };

interface GraphQLError {
  message: string;
  extensions?: { code?: string; reason?: string };
}

/** `localStorage` of a browser, which all tabs share. */
export interface TokenStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Thrown when nobody is signed in, or no longer: show the sign-in. */
export class SignedOut extends Error {
  override name = 'SignedOut';
}

/**
 * One sign-in for all tabs. The access token lives in memory; tabs tell each other a new one. The refresh token lives
 * in storage, and one tab at a time exchanges it.
 */
export class Session {
  #access: Access | null = null;
  /** Values of `X-Read-After`, with their times: how far the tabs have written. */
  readonly #readAfter = new Map<string, number>();
  readonly #channel = new BroadcastChannel('crm-session');

  constructor(
    private readonly url: string,
    private readonly store: TokenStore,
  ) {
    this.#channel.onmessage = (event) => {
      const news = (event as { data: News }).data;
      if ('access' in news) this.#access = news.access;
      else this.#readAfter.set(news.readAfter, Date.now());
    };
  }

  /** Null once signed in; for an account with a second factor, a ticket for `enterCode`. */
  async signIn(username: string, password: string): Promise<string | null> {
    const deviceToken = this.store.getItem(deviceTokenKey);
    const { beginLogin } = await this.#send<{ beginLogin: SignedIn | { ticket: string } }>(
      `mutation ($input: LoginInput!) {
        beginLogin(input: $input) { ...on AuthPayload { ${signedIn} } ...on SecondFactorChallenge { ticket } }
      }`,
      { input: { username, password, deviceToken } },
    );
    if ('ticket' in beginLogin) return beginLogin.ticket;
    this.#begin(beginLogin);
    return null;
  }

  async enterCode(ticket: string, code: string): Promise<void> {
    const { completeLogin } = await this.#send<{ completeLogin: SignedIn }>(
      `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { ${signedIn} } }`,
      { input: { ticket, code } },
    );
    this.#begin(completeLogin);
  }

  async signOut(): Promise<void> {
    const token = await this.accessToken();
    this.#forget();
    await this.#send('mutation { logout { revokedSessions } }', {}, token);
  }

  /** The token to send, renewed if it is about to expire. */
  async accessToken(): Promise<string> {
    const { accessToken, expiresAt } = this.#access ?? (await this.#renewed(undefined));
    if (Date.parse(expiresAt) - margin > Date.now()) return accessToken;
    return (await this.#renewed(accessToken)).accessToken;
  }

  /** Give this to a client in place of `fetch`. */
  readonly fetch: typeof fetch = async (input, init) => {
    const token = await this.accessToken();
    const response = await this.#sent(input, withToken(init, token));
    // Its clock may be wrong, or the session was ended elsewhere; the renewal tells. Nothing of the request was done.
    if (!(await isUnauthenticated(response))) return response;
    return this.#sent(input, withToken(init, (await this.#renewed(token)).accessToken));
  };

  /** Tells each server how far this session has written, for it may read from a replica that is not there yet. */
  async #sent(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const headers = new Headers(init?.headers);
    for (const [value, at] of this.#readAfter) if (Date.now() - at > settled) this.#readAfter.delete(value);
    const sent = [...this.#readAfter.keys()];
    if (sent.length) headers.set('x-read-after', sent.join(', '));
    const response = await fetchAnswer(input, { ...init, headers });
    const readAfter = response.headers.get('x-read-after');
    if (!readAfter) return response;
    // It covers the values that this request sent, but not those that arrived meanwhile.
    for (const value of sent) this.#readAfter.delete(value);
    this.#readAfter.set(readAfter, Date.now());
    this.#channel.postMessage({ readAfter } satisfies News);
    return response;
  }

  /** Call it when the tab goes away. */
  close(): void {
    this.#channel.close();
  }

  /**
   * A token other than the stale one. One tab holds the lock; the tabs behind it have usually heard the new token,
   * and a tab that has not exchanges the new refresh token once more.
   */
  #renewed(stale: string | undefined): Promise<Access> {
    return inTurn(async () => {
      if (this.#access && this.#access.accessToken !== stale) return this.#access;
      const refreshToken = this.store.getItem(refreshTokenKey);
      if (!refreshToken) throw new SignedOut('Nobody is signed in');
      try {
        const { refreshSession } = await this.#send<{ refreshSession: Tokens }>(
          `mutation ($refreshToken: String!) {
            refreshSession(refreshToken: $refreshToken) { accessToken refreshToken expiresAt }
          }`,
          { refreshToken },
        );
        return this.#keep(refreshSession);
      } catch (error) {
        // Any other failure, such as no network, leaves the session as it is.
        if (error instanceof SignedOut) this.#forget();
        throw error;
      }
    });
  }

  #begin(tokens: SignedIn): void {
    this.store.setItem(deviceTokenKey, tokens.deviceToken);
    this.#keep(tokens);
  }

  #keep({ accessToken, refreshToken, expiresAt }: Tokens): Access {
    const access = { accessToken, expiresAt };
    this.store.setItem(refreshTokenKey, refreshToken);
    this.#tell(access);
    return access;
  }

  #forget(): void {
    this.store.removeItem(refreshTokenKey);
    this.#tell(null);
  }

  #tell(access: Access | null): void {
    this.#access = access;
    this.#channel.postMessage({ access } satisfies News);
  }

  async #send<Answer>(query: string, variables: object, token?: string): Promise<Answer> {
    const body = JSON.stringify({ query, variables });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const response = await this.#sent(this.url, token ? withToken(init, token) : init);
    const { data, errors } = (await response.json()) as { data: Answer; errors?: GraphQLError[] };
    const [error] = errors ?? [];
    if (error?.extensions?.code === 'UNAUTHENTICATED') throw new SignedOut(error.message);
    if (error) throw new Error(error.message, { cause: error });
    return data;
  }
}

/** Browsers have locks on pages from HTTPS or localhost. Elsewhere the server's ten seconds of grace do. */
const inTurn = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
  navigator.locks ? navigator.locks.request('crm-session', work) : work();

function withToken(init: RequestInit | undefined, token: string): RequestInit {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}

async function isUnauthenticated(response: Response): Promise<boolean> {
  const text = await response.clone().text();
  if (!text.includes('"UNAUTHENTICATED"')) return false;
  const { errors = [] } = JSON.parse(text) as { errors?: GraphQLError[] };
  return errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
}
