import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll } from '@jest/globals';
import { ClientError, GraphQLClient } from 'graphql-request';
import { type App, makeApp } from '../../src/app.js';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { readConfig } from '../../src/platform/config.js';
import { urls } from './database.js';

/** The signing keys of the server under test. */
export const keys = [await generateKey()];

/** All people of the tests have one address, and the machine may be busy with other tests. */
export const manyPeople = {
  MAX_WAIT: '10000',
  REQUESTS_PER_MINUTE: '100000',
  API_KEY_REQUESTS_PER_MINUTE: '100000',
  SIGN_INS_PER_MINUTE: '100000',
  REGISTRATIONS_PER_MINUTE: '100000',
  ANONYMOUS_REQUESTS_PER_MINUTE: '100000',
  REFRESHES_PER_MINUTE: '100000',
};

let app: App;
export let origin: string;

beforeAll(async () => {
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', ...manyPeople });
  app = await makeApp(config, urls.databaseUrl, keys);
  origin = await app.http.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(() => app.close());

/**
 * Address of another server on the same database, with settings of its own, and as another role if named; it ends with
 * the test file.
 */
export async function anotherServer(settings: NodeJS.ProcessEnv, databaseUrl = urls.databaseUrl): Promise<string> {
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', TOKEN_KEYS: JSON.stringify(keys), ...settings });
  const another = await makeApp(config, databaseUrl, keys);
  others.push(another);
  return another.http.listen({ host: '127.0.0.1', port: 0 });
}

const others: App[] = [];
afterAll(() => Promise.all(others.map((other) => other.close())));

export interface Caller {
  token?: string;
  /** Sent as X-Organization-Id. */
  organizationId?: string;
}

/** A client that speaks for a caller, or for a stranger. */
export function client({ token, organizationId }: Caller = {}): GraphQLClient {
  return new GraphQLClient(`${origin}/graphql`, {
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(organizationId && { 'x-organization-id': organizationId }),
    },
  });
}

let bystander: Promise<GraphQLClient> | undefined;
let changes = 0;

/** An account that belongs to nobody's test. */
async function newBystander(): Promise<GraphQLClient> {
  const name = `bystander${randomBytes(6).toString('hex')}`;
  const { register } = await client().request<{ register: { accessToken: string } }>(
    `mutation { register(input: {
      email: "${name}@people.example", username: "${name}", password: "correct-horse-battery"
    }) { accessToken } }`,
  );
  return client({ token: register.accessToken });
}

/**
 * Makes the server notice at once what the database was told behind its back; it would by itself after two seconds, and
 * does when somebody changes an account.
 */
export async function notice(): Promise<void> {
  bystander ??= newBystander();
  await (await bystander).request(`mutation { updateProfile(input: { firstName: "N${++changes}" }) { id } }`);
}

/** The extensions of the first error of a refused request; rejects if it was not refused. */
export async function refusal(request: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await request;
  } catch (error) {
    if (error instanceof ClientError && error.response.errors?.[0]) {
      const { extensions, message, path } = error.response.errors[0];
      return { ...extensions, message, path };
    }
    throw error;
  }
  throw new Error('The request was not refused');
}

export interface PartialAnswer<Data> {
  data: Data;
  errors: { path: (string | number)[]; extensions: Record<string, unknown> }[];
}

/** The data and errors of a request of which some fields were refused. */
export async function partialAnswer<Data>(request: Promise<unknown>): Promise<PartialAnswer<Data>> {
  try {
    await request;
  } catch (error) {
    if (error instanceof ClientError && error.response.data) return error.response as unknown as PartialAnswer<Data>;
    throw error;
  }
  throw new Error('No field of the request was refused');
}

const lookUps = 'request_viewer|request_api_key|note_api_key_use|lease_mail';
const uncounted = new RegExp(
  String.raw`^\s*(begin|start|commit|rollback|savepoint|release|set local|select\s+\*\s+from (${lookUps}))`,
  'i',
);

/** Statements that a request sends, without transaction control, settings and the viewer's look-up. */
export async function statementsOf(request: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const listen = (message: unknown) => {
    const { text } = message as { text: string };
    if (!uncounted.test(text)) sent.push(text);
  };
  subscribe('crm.sql', listen);
  try {
    await request();
  } finally {
    unsubscribe('crm.sql', listen);
  }
  return sent;
}
