import { once } from 'node:events';
import { connect } from 'node:net';
import { v7 } from 'uuid';
import { boot, stop, urlOf } from './boot.js';
import { sender } from './busy-server.js';
import { copyDeal } from './copied-deals.js';
import { newCustomer } from './customers.js';
import { sql, urls } from './database.js';
import { databaseProxy } from './database-proxy.js';
import { sendHttp } from './http.js';
import { memberWith } from './permissions.js';
import type { ChecksWorld } from './refusal-cases.js';
import { idsByName, newDeal, newPipeline, pipelineById } from './sales.js';
import { anotherServer, keys, origin } from './server.js';
import { newAccount } from './sign-in.js';
import { newPerson, newTenant, type Person, password, type Tenant } from './tenant.js';
import { expiringIn } from './tokens.js';

/** The answer to a request that is refused. */
export interface Refusing {
  errors?: { extensions: Record<string, unknown> }[];
}

const Me = '{ me { id } }';
const List = '{ customers { totalCount } }';

const ask = sender(origin);
const askIn = (person: Person, organizationId: string, query: string) =>
  ask(person, query, { headers: { 'x-organization-id': organizationId } });

const expired = ({ token }: Person) => expiringIn(-1, token);

const refresh = (token: string) => ask(null, `mutation { refreshSession(refreshToken: "${token}") { refreshToken } }`);

const register = () => {
  const { email, username } = newAccount();
  return `mutation { register(input: {
    email: "${email}", username: "${username}", password: "${password}", firstName: "P", lastName: "Q"
  }) { accessToken } }`;
};

/** The answer to half a request, when the server shuts down. */
async function shuttingDown(): Promise<Refusing> {
  const server = boot({
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
  });
  try {
    const { hostname, port } = new URL(await urlOf(server));
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = ['POST /graphql HTTP/1.1', 'host: a', 'content-type: application/json', 'content-length: 100'];
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    // Until the server has read the head, it would only close the connection.
    await sendHttp({ method: 'GET' }, { server: `http://${hostname}:${port}`, path: '/health/live' });
    server.child.kill('SIGTERM');
    await once(socket, 'close');
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as Refusing;
  } finally {
    await stop(server);
  }
}

async function suspendedIn(tenant: Tenant): Promise<Person> {
  const person = await tenant.member('Admin');
  await sql(`update user_profiles set status = 'SUSPENDED' where user_id = $1`, [person.id]);
  return person;
}

async function databaseAway({ owner }: ChecksWorld): Promise<Refusing> {
  const network = await databaseProxy(urls.databaseUrl);
  try {
    const send = sender(await anotherServer({ NODE_ENV: 'test' }, network.databaseUrl));
    await send(owner, List);
    network.cut();
    return await send(owner, List);
  } finally {
    network.close();
  }
}

/** One request for each reason that is not of one mutation alone, or that needs a history. */
export const requestRefusals: Record<string, (world: ChecksWorld) => Promise<Refusing>> = {
  TOKEN_MISSING: () => ask(null, Me),
  TOKEN_INVALID: () => ask({ token: 'nonsense' }, Me),
  TOKEN_EXPIRED: async ({ owner }) => ask({ token: await expired(owner) }, Me),
  SESSION_ENDED: async () => {
    const person = await newPerson();
    await ask(person, 'mutation { logout { revokedSessions } }');
    return ask(person, Me);
  },
  WEBHOOK_LIMIT: async () => {
    const { owner, id } = await newTenant();
    await sql(
      `insert into webhooks (organization_id, id, created_at, updated_at, url, secret_prefix, disabled_at)
       select $1, gen_random_uuid(), now(), now(), 'http://127.0.0.1:9/', 'whsec_', now()
       from generate_series(1, 20)`,
      [id],
    );
    return ask(owner, 'mutation { createWebhook(input: { url: "http://127.0.0.1:9/" }) { secret } }');
  },
  TOO_MANY_REFERENCES: async () => {
    const { owner } = await newTenant();
    const { Lead: id, Qualified: target } = idsByName(await pipelineById(owner));
    const { id: customerId } = await newCustomer(owner);
    await copyDeal((await newDeal(owner, { customerId, stageId: id })).id, 15_000);
    return ask(owner, `mutation { deletePipelineStage(id: "${id}", moveDealsToStageId: "${target}") { id } }`);
  },
  NO_ORGANIZATION: async () => ask(await newPerson(), List),
  NOT_A_MEMBER: async ({ tenant }) => askIn(await newPerson(), tenant.id, List),
  MEMBERSHIP_SUSPENDED: async ({ tenant }) => askIn(await suspendedIn(tenant), tenant.id, List),
  PROFILE_SUSPENDED: async ({ tenant }) => {
    const person = await suspendedIn(tenant);
    const [profile] = await sql<{ id: string }>('select id from user_profiles where user_id = $1', [person.id]);
    return askIn(person, tenant.id, `mutation { activateProfile(id: "${profile!.id}") { id } }`);
  },
  VALIDATION_FAILED: ({ owner }) => ask(owner, 'mutation { createVendor(input: { name: "V", email: "v" }) { id } }'),
  INVALID_ID: ({ owner }) => ask(owner, '{ customer(id: "x") { id } }'),
  INVALID_PAGINATION: ({ owner }) => ask(owner, '{ customers(first: 0) { totalCount } }'),
  INVALID_FILTER: ({ owner }) => ask(owner, '{ customers(filter: { not: {} }) { totalCount } }'),
  INVALID_ORDER: ({ owner }) => ask(owner, '{ customers(orderBy: [{ field: NAME }, { field: NAME }]) { totalCount } }'),
  SIBLING_FAILED: async ({ owner, customer }) => {
    const answer = await ask(
      owner,
      `mutation @idempotent(key: "${v7()}") {
          a: updateCustomer(id: "${customer.id}", input: { city: "Bonn" }) { id }
          b: updateCustomer(id: "${v7()}", input: { city: "Bonn" }) { id }
        }`,
    );
    return { errors: answer.errors!.slice(1) };
  },
  TOO_MANY_REQUESTS: async () => {
    const send = sender(await anotherServer({ ANONYMOUS_REQUESTS_PER_MINUTE: '1' }));
    await send(null, Me);
    return send(null, Me);
  },
  REGISTRATION_CLOSED: async () => sender(await anotherServer({ REGISTRATION: 'closed' }))(null, register()),
  REFRESH_TOKEN_REUSED: async () => {
    const { refreshToken } = await newPerson();
    const { data } = await refresh(refreshToken);
    await refresh((data as { refreshSession: { refreshToken: string } }).refreshSession.refreshToken);
    return refresh(refreshToken);
  },
  LOGIN_THROTTLED: async () => {
    const { username } = await newPerson();
    const login = `mutation {
        login(input: { username: "${username}", password: "not-the-password" }) { accessToken }
      }`;
    for (let n = 0; n < 5; n += 1) await ask(null, login);
    return ask(null, login);
  },
  PERMISSION_NOT_HELD: async ({ tenant, ids }) => {
    const person = await memberWith(tenant, ['role:create']);
    return askIn(
      person,
      tenant.id,
      `mutation { createRole(input: { name: "R", permissionIds: ["${ids.permission}"] }) { id } }`,
    );
  },
  PIPELINE_HAS_OPEN_DEALS: async ({ owner, customer }) => {
    const { id } = await newPipeline(owner, { name: 'Busy' });
    await newDeal(owner, { customerId: customer.id, pipelineId: id });
    return ask(owner, `mutation { deletePipeline(id: "${id}") { id } }`);
  },
  DATABASE_UNAVAILABLE: databaseAway,
  SHUTTING_DOWN: shuttingDown,
};
