import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, Journal } from './journal.js';
import type { Stage } from './stage.js';

/** Writers and readers of one organization. */
const [writers, readers] = [6, 3];

const rowsPerCall = 20;

/** Milliseconds after which a caller signs in again; half of an access token's life. */
const renewal = 300_000;

interface Caller {
  login: { username: string; password: string };
  authorization: string;
  /** When it signed in. */
  since: number;
  customerId: string;
}

const documents = {
  register: `mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`,
  login: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
  customer: 'mutation { createCustomer(input: { name: "Buyer", email: "buyer@chaos.example" }) { id } }',
  one: 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }',
  many: 'mutation ($rows: [CreateDealRow!]!) { createDeals(rows: $rows) { summary { created failed } } }',
  list: '{ deals(first: 25) { totalCount nodes { title customer { name } stage { name } } } }',
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

/** Founds an organization. */
async function found(url: string): Promise<Caller> {
  const since = performance.now();
  const name = randomUUID().slice(0, 23);
  const input = { email: `${name}@chaos.example`, username: name, firstName: 'Cara', lastName: 'Os' };
  const password = 'a long enough password';
  const secrets = { password, passwordConfirm: password, organizationName: name };
  const variables = { input: { ...input, ...secrets } };
  const { register } = await done<{ register: { accessToken: string } }>({ url, query: documents.register, variables });
  const headers = { authorization: `Bearer ${register.accessToken}` };
  const { createCustomer } = await done<{ createCustomer: { id: string } }>({
    url,
    query: documents.customer,
    headers,
  });
  return { ...headers, login: { username: name, password }, since, customerId: createCustomer.id };
}

/** Sends writes and reads, one after the other for each of several callers, until it is stopped. */
export class Load {
  readonly journal = new Journal();
  /** Most milliseconds from the end of a fault until a write was acknowledged. */
  slowest = 0;
  private stopped = false;
  private readonly work: Promise<void>[] = [];
  private count = 0;
  private renewing: Promise<void> | null = null;

  private constructor(
    /** The server for the next request. */
    private readonly urlOf: () => string,
    private readonly caller: Caller,
  ) {}

  static async start(urlOf: () => string): Promise<Load> {
    const load = new Load(urlOf, await found(urlOf()));
    for (let n = 0; n < writers; n += 1) load.work.push(load.repeat(() => load.write(n % 3)));
    for (let n = 0; n < readers; n += 1) load.work.push(load.repeat(() => load.read()));
    return load;
  }

  /** Stops, and returns every fault that the callers saw or the database shows. */
  async stop(stage: Stage): Promise<string[]> {
    this.stopped = true;
    await Promise.all(this.work);
    return [...this.journal.faults, ...(await this.journal.compare(stage))];
  }

  private async repeat(work: () => Promise<void>): Promise<void> {
    while (!this.stopped) await work();
  }

  /** Signs in again before the token expires. If a fault prevents that, the next request tries it. */
  private async renew(): Promise<void> {
    const { caller } = this;
    const since = performance.now();
    if (since - caller.since < renewal) return;
    const answer = await ask({ url: this.urlOf(), query: documents.login, variables: { input: caller.login } });
    const { accessToken } = (answer?.data?.login ?? {}) as { accessToken?: string };
    if (accessToken) Object.assign(caller, { authorization: `Bearer ${accessToken}`, since });
  }

  private async send(query: string, variables: object = {}, headers: Record<string, string> = {}) {
    this.renewing ??= this.renew().finally(() => {
      this.renewing = null;
    });
    await this.renewing;
    const began = performance.now();
    const { authorization } = this.caller;
    const answer = await ask({ url: this.urlOf(), query, variables, headers: { authorization, ...headers } });
    const fate = this.journal.note(answer, performance.now() - began);
    // As a client should, though not for as long.
    if (fate !== 'kept') await pause(20 + Math.random() * 60);
    return fate;
  }

  private async read(): Promise<void> {
    await this.send(documents.list);
    await pause(5);
  }

  private async write(kind: number): Promise<void> {
    this.count += 1;
    const title = `chaos ${this.caller.customerId} ${this.count}`;
    const input = { title, customerId: this.caller.customerId };
    if (kind === 0) this.journal.write({ title, count: 1, fate: await this.send(documents.one, { input }) });
    else if (kind === 1) {
      const rows = Array.from({ length: rowsPerCall }, () => ({ input }));
      this.journal.write({ title, count: rowsPerCall, fate: await this.send(documents.many, { rows }) });
    } else this.journal.write({ title, count: 1, fate: await this.insist(title, input) });
  }

  /** Repeats a write under its key until it is acknowledged. */
  private async insist(key: string, input: object) {
    let fate = await this.send(documents.one, { input }, { 'idempotency-key': key });
    while (fate !== 'kept' && !this.stopped)
      fate = await this.send(documents.one, { input }, { 'idempotency-key': key });
    // An attempt whose outcome is unknown may have succeeded before one that was refused.
    return fate === 'kept' ? fate : 'unknown';
  }
}
