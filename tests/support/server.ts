import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll } from '@jest/globals';
import { ClientError, GraphQLClient } from 'graphql-request';
import { urls } from './database.js';
import { servers } from './product.js';
import type { Peculiarities } from './servers.js';

export const { manyPeople } = servers;

/** The signing keys of the servers under test. */
export const keys = await servers.keys;

/** The server under test, which all files of a Jest worker share. */
export let origin: string;

beforeAll(async () => {
  origin = (await servers.shared(urls.databaseUrl)).origin;
});

/**
 * Address of another server on the same database, with settings of its own, and as another role if named; it ends with
 * the test file.
 */
export async function anotherServer(
  settings: NodeJS.ProcessEnv,
  databaseUrl = urls.databaseUrl,
  peculiarities: Peculiarities = {},
): Promise<string> {
  const another = await servers.start(settings, databaseUrl, peculiarities);
  closing.push(another.close);
  return another.origin;
}

const closing = globalThis.sharedServers ? [] : [() => servers.close()];
afterAll(() => Promise.all(closing.map((close) => close())));

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

const lookUps =
  'request_viewer|request_api_key|note_api_key_use|lease_mail|issue_invitation_token|issue_mail_token|' +
  'lease_webhook|log_news';
const beside = String.raw`(\*|\w+)\s+from (${lookUps})|purge_expired|prune_log|end_mail`;

const uncounted = new RegExp(
  String.raw`^\s*(begin|start|commit|rollback|savepoint|release|set local|show|select\s+(${beside}))`,
  'i',
);

export interface SentStatement {
  text: string;
  values: unknown[];
}

async function everythingSentBy(request: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const listen = (message: unknown) => sent.push(message as SentStatement);
  subscribe('crm.sql', listen);
  try {
    await request();
  } finally {
    unsubscribe('crm.sql', listen);
  }
  return sent;
}

/** Texts of all statements that are sent during a request. */
export const everyStatementOf = async (request: () => Promise<unknown>): Promise<string[]> =>
  (await everythingSentBy(request)).map(({ text }) => text);

/** Statements of a request with their values, without transaction control, settings and the viewer's look-up. */
export const sentBy = async (request: () => Promise<unknown>): Promise<SentStatement[]> =>
  (await everythingSentBy(request)).filter(({ text }) => !uncounted.test(text));

/** The texts of these statements. */
export const statementsOf = async (request: () => Promise<unknown>): Promise<string[]> =>
  (await sentBy(request)).map(({ text }) => text);
