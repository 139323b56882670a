import { randomUUID } from 'node:crypto';
import type { Answer } from './journal.js';

/** Milliseconds after which a caller signs in again; half of an access token's life. */
const renewal = 300_000;

const documents = {
  register: `mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`,
  login: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
  customer: 'mutation { createCustomer(input: { name: "Buyer", email: "buyer@chaos.example" }) { id } }',
};

interface Sent {
  url: string;
  query: string;
  variables?: object;
  headers?: Record<string, string>;
}

/** The answer in GraphQL's form; null if the connection broke or something else answered. */
async function ask({ url, query, variables, headers }: Sent): Promise<Answer | null> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(30_000),
    });
    return (await response.json()) as Answer;
  } catch {
    // The caller cannot know more than that no answer came.
    return null;
  }
}

/** The data of an answer without errors. */
async function done<Data>(sent: Sent): Promise<Data> {
  const answer = await ask(sent);
  if (!answer?.data || answer.errors) throw new Error(`The scene could not be set: ${JSON.stringify(answer)}`);
  return answer.data as Data;
}

/** The owner of an organization. */
export class Caller {
  private renewing: Promise<void> | null = null;

  private constructor(
    private readonly login: { username: string; password: string },
    private token: string,
    /** When the caller signed in. */
    private since: number,
    readonly customerId: string,
  ) {}

  /** Founds an organization, with a customer. */
  static async found(url: string): Promise<Caller> {
    const since = performance.now();
    const name = randomUUID().slice(0, 23);
    const password = 'a long enough password';
    const input = { email: `${name}@chaos.example`, username: name, firstName: 'Cara', lastName: 'Os' };
    const secrets = { password, passwordConfirm: password, organizationName: name };
    const { register } = await done<{ register: { accessToken: string } }>({
      ...{ url, query: documents.register },
      variables: { input: { ...input, ...secrets } },
    });
    const token = register.accessToken;
    const { createCustomer } = await done<{ createCustomer: { id: string } }>({
      ...{ url, query: documents.customer },
      headers: { authorization: `Bearer ${token}` },
    });
    return new Caller({ username: name, password }, token, since, createCustomer.id);
  }

  /** The present `Authorization` header. */
  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  async ask({ headers, ...sent }: Sent): Promise<Answer | null> {
    this.renewing ??= this.renew(sent.url).finally(() => {
      this.renewing = null;
    });
    await this.renewing;
    return ask({ ...sent, headers: { authorization: this.authorization, ...headers } });
  }

  /** Signs in again before the token expires. If a fault prevents that, the next request tries it. */
  private async renew(url: string): Promise<void> {
    const since = performance.now();
    if (since - this.since < renewal) return;
    const answer = await ask({ url, query: documents.login, variables: { input: this.login } });
    const { accessToken } = (answer?.data?.login ?? {}) as { accessToken?: string };
    if (!accessToken) return;
    this.token = accessToken;
    this.since = since;
  }
}
