import { GraphQLClient, gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Booted, boot, urlOf } from './boot.js';
import { emptyDatabase } from './commands.js';
import { keys, manyPeople } from './server.js';
import { newWebhook } from './webhooks.js';

export interface ServerProcess extends Booted {
  url: string;
}

interface OwnDatabase {
  /** A server in a process of its own, which can be killed. */
  start(settings?: NodeJS.ProcessEnv): Promise<ServerProcess>;
}

/** A database of its own, which the first server migrates. */
export async function ownDatabase(): Promise<OwnDatabase> {
  const database = await emptyDatabase();
  const shared = {
    ...{ NODE_ENV: 'test', DATABASE_POOL_SIZE: '4', TOKEN_KEYS: JSON.stringify(keys), METRICS_TOKEN: token },
    ...manyPeople,
    ...database,
  };
  return {
    async start(settings = {}) {
      const booted = boot({ ...shared, ...settings });
      return { ...booted, url: await urlOf(booted) };
    },
  };
}

const token = 'metrics-of-the-hook-servers';

/** The number of messages that a server has delivered, the first tries and the later ones. */
export async function deliveredBy({ url }: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  return Number(/^webhook_tries_total\{outcome="delivered"\} (\d+)/m.exec(metrics)?.[1] ?? 0);
}

/** The owner of a new organization, with a webhook for customers. */
export interface HookedOwner {
  email: string;
  secret: string;
  /** Creates customers by one document, through a server. */
  create: (count: number, server: ServerProcess) => Promise<string[]>;
}

export async function hookedOwner({ url }: ServerProcess, receiver: string): Promise<HookedOwner> {
  const name = `u${v7().replaceAll('-', '').slice(-20)}`;
  const email = `${name}@people.example`;
  const { register } = await new GraphQLClient(`${url}/graphql`).request<{ register: { accessToken: string } }>(
    gql`mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`,
    { input: { email, username: name, password: 'correct-horse-battery', organizationName: 'Hooks' } },
  );
  const at = (server: { url: string }) =>
    new GraphQLClient(`${server.url}/graphql`, { headers: { authorization: `Bearer ${register.accessToken}` } });
  const { secret } = await newWebhook(at({ url }), { url: receiver, recordTypes: ['CUSTOMER'] });
  return {
    email,
    secret,
    async create(count, server) {
      const rows = Array.from({ length: count }, (_, n) => ({
        input: { name: `C${n}`, email: `${v7()}@hooks.example` },
      }));
      const { createCustomers } = await at(server).request<{ createCustomers: { results: { id: string }[] } }>(
        gql`mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { results { id } } }`,
        { rows },
      );
      return createCustomers.results.map(({ id }) => id);
    },
  };
}
