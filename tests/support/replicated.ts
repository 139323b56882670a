import { afterAll, beforeAll } from '@jest/globals';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { placeFor } from '../../src/platform/database/embedded/place.js';
import { boot, newFolder, stop, urlOf } from './boot.js';
import { type OtherPostgres, startOtherPostgres } from './other-postgres.js';
import { servers } from './servers.js';
import { Standby } from './standby.js';

export const metricsToken = 'metrics-of-the-tests';

/** The programs of the PostgreSQL that is named, or that comes with the project. */
export const programs = process.env.TEST_POSTGRES_BIN ?? placeFor(newFolder()).programs;

export interface Replicated {
  primary: OtherPostgres;
  standby: Standby;
  /** Settings of a server on the primary, without replicas. */
  settings: NodeJS.ProcessEnv;
  /** Addresses of two servers that read from the standby. */
  urls: [string, string];
}

/** A primary, a standby and two servers for a test file. */
export function replicated(): Replicated {
  const here = {} as Replicated;
  beforeAll(async () => {
    const primary = await startOtherPostgres(programs);
    ending.unshift(() => primary.stop());
    const standby = await Standby.of(primary, programs);
    ending.unshift(() => standby.kill());
    await standby.start();
    const TOKEN_KEYS = JSON.stringify([await generateKey()]);
    const common = { NODE_ENV: 'production', METRICS_TOKEN: metricsToken, MEMBER_CONSENT: 'none' };
    const settings = { ...common, ...servers.manyPeople, ...primary.settings, TOKEN_KEYS, DATA_FOLDER: newFolder() };
    // One after the other, since the first one migrates.
    const urls = [];
    while (urls.length < 2) {
      const server = boot({ ...settings, DATABASE_REPLICA_URLS: standby.url() });
      ending.unshift(() => stop(server));
      urls.push(await urlOf(server));
    }
    Object.assign(here, { primary, standby, settings, urls });
  });
  const ending: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const end of ending) await end();
  });
  return here;
}

/** A figure about the standby, as a server's metrics tell it. */
export async function figureOf(url: string, name: 'serves' | 'lag_seconds' | 'reads'): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
  return Number(new RegExp(`^database_replica_${name}\\{.*\\} (\\S+)$`, 'm').exec(await response.text())![1]);
}

export interface Answer<Data> {
  status: number;
  data: Data;
  errors?: { message: string; extensions: Record<string, unknown> }[];
  /** The value of the header `X-Read-After`. */
  readAfter: string | null;
}

/** A caller with an organization, and a customer whose name counts the caller's writes. */
export class Counter {
  private constructor(
    readonly token: string,
    readonly organizationId: string,
    readonly customerId: string,
  ) {}

  static async at(url: string): Promise<Counter> {
    const name = `n${Math.random().toString(36).slice(2, 14)}`;
    const account = `email: "${name}@replicas.example", username: "${name}", password: "correct-horse-battery"`;
    const { register } = await asked<{ register: { accessToken: string } }>(
      url,
      `mutation { register(input: { ${account}, organizationName: "Replicas" }) { accessToken } }`,
    );
    const headers = { authorization: `Bearer ${register.accessToken}` };
    const { organization } = await asked<{ organization: { id: string } }>(url, '{ organization { id } }', headers);
    const { createCustomer } = await asked<{ createCustomer: { id: string } }>(
      url,
      `mutation { createCustomer(input: { name: "0", email: "${name}@customers.example" }) { id } }`,
      headers,
    );
    return new Counter(register.accessToken, organization.id, createCustomer.id);
  }

  send<Data>(url: string, query: string, readAfter?: string | null): Promise<Answer<Data>> {
    return send(url, query, {
      authorization: `Bearer ${this.token}`,
      ...(readAfter && { 'x-read-after': readAfter }),
    });
  }

  /** Returns the value of the header `X-Read-After`. */
  async write(url: string, count: number): Promise<string | null> {
    const query = `mutation { updateCustomer(id: "${this.customerId}", input: { name: "${count}" }) { version } }`;
    const { errors, readAfter } = await this.send(url, query);
    if (errors) throw new Error(JSON.stringify(errors));
    return readAfter;
  }

  async read(url: string, readAfter?: string | null, others = ''): Promise<number> {
    const query = `{ customer(id: "${this.customerId}") { name } ${others} }`;
    const { data, errors } = await this.send<{ customer: { name: string } }>(url, query, readAfter);
    if (errors) throw new Error(JSON.stringify(errors));
    return Number(data.customer.name);
  }
}

async function send<Data>(url: string, query: string, headers: Record<string, string> = {}): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const body = (await response.json()) as Pick<Answer<Data>, 'data' | 'errors'>;
  return { status: response.status, ...body, readAfter: response.headers.get('x-read-after') };
}

async function asked<Data>(url: string, query: string, headers?: Record<string, string>): Promise<Data> {
  const { data, errors } = await send<Data>(url, query, headers);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
