import { beforeAll, describe, expect, test } from '@jest/globals';
import { hashOfToken } from '../src/platform/auth/opaque-tokens.js';
import { CreateApiKey, permissionIds } from './support/api-keys.js';
import { boot, urlOf } from './support/boot.js';
import { newCustomer } from './support/customers.js';
import { urls } from './support/database.js';
import { eventually } from './support/eventually.js';
import { sendHttp } from './support/http.js';
import { freePort } from './support/scripts.js';
import { anotherServer, keys } from './support/server.js';
import { newTenant, password, type Tenant } from './support/tenant.js';
import { hooked } from './support/webhooks.js';

const token = 'a token of 23 characters';
const withToken = { headers: { authorization: `Bearer ${token}` } };

let tenant: Tenant;
let server: string;
beforeAll(async () => {
  tenant = await newTenant();
  server = await anotherServer({ METRICS_TOKEN: token });
});

const metrics = async () => (await fetch(`${server}/metrics`, withToken)).text();

const post = (query: string, headers: Record<string, string> = { authorization: `Bearer ${tenant.owner.token}` }) =>
  sendHttp(
    { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) },
    { server },
  );

/** The number of requests that were measured with these labels. */
async function count(operation: string, outcome: string): Promise<number> {
  const line = `graphql_request_duration_seconds_count{operation="${operation}",outcome="${outcome}"} `;
  return Number((await metrics()).split(line)[1]?.split('\n')[0] ?? 0);
}

describe('metrics', () => {
  test.each<[string, object | undefined]>([
    ['without a token', undefined],
    ['with another token', { headers: { authorization: `Bearer ${token}r` } }],
    ['with an access token', { headers: { authorization: 'Bearer x' } }],
  ])('are refused %s', async (_, init) => {
    const response = await fetch(`${server}/metrics`, init);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('count what webhooks send', async () => {
    const count = async (outcome: string) =>
      Number(new RegExp(`^webhook_tries_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(await metrics())?.[1] ?? 0);
    // The other server of this database sends some of them.
    const hook = await hooked();
    await eventually(
      async () => {
        hook.receiver.accept();
        await newCustomer(hook.owner);
        expect(await count('delivered')).toBeGreaterThan(0);
      },
      { within: 60_000, every: 500 },
    );
    await eventually(
      async () => {
        hook.receiver.answer(500);
        await newCustomer(hook.owner);
        expect(await count('retried')).toBeGreaterThan(0);
      },
      { within: 60_000, every: 500 },
    );
    expect(await metrics()).toMatch(/^webhook_lag_seconds_count [1-9]/m);
  });

  test('count requests by root field and outcome', async () => {
    await post('query Mine { customers { totalCount } }');
    await post('{ customers { totalCount } deals { totalCount } }');
    await post('{ customers { totalCount } }', {});
    await post('{ nonsense }');
    await eventually(async () => (await count('none', 'GRAPHQL_VALIDATION_FAILED')) === 1);
    expect(await count('customers', 'ok')).toBe(1);
    expect(await count('several', 'ok')).toBe(1);
    expect(await count('customers', 'UNAUTHENTICATED')).toBe(1);
    expect(await metrics()).toContain('graphql_request_cost_points_count');
    expect(await metrics()).toMatch(/graphql_requests_waiting\{lane="work"\} 0/);
    expect(await metrics()).toMatch(/http_requests_refused_total\{status="401"\} [1-9]/);
    for (const name of ['database_up 1', 'database_connections{pool="side"}', 'nodejs_eventloop_lag_p99_seconds'])
      expect(await metrics()).toContain(name);
  });

  test('have no labels that callers can make up', async () => {
    await post('query Secret_name { made_up: customers { totalCount } }');
    await post('{ another_made_up }');
    expect(await metrics()).not.toMatch(/Secret_name|made_up/);
  });

  test('can have a port of their own, and then the API does not serve them', async () => {
    const port = await freePort();
    const apart = await anotherServer({ METRICS_PORT: String(port) });
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(await response.text()).toContain('database_up 1');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`${apart}/metrics`, withToken)).status).toBe(404);
  });
});

test('no level of the log holds a password, a token or what callers wrote', async () => {
  const traced = boot({
    DATABASE_URL: urls.databaseUrl,
    MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
    TOKEN_KEYS: JSON.stringify(keys),
    LOG_LEVEL: 'trace',
    SLOW_REQUEST_MS: '1',
    METRICS_TOKEN: token,
  });
  const url = await urlOf(traced);
  const secrets = [password, 'Confidential Ltd', token, tenant.owner.token, keys[0]!.d!];
  const send = async <Data>(query: string, variables: object, authorization = '') => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify({ query, variables }),
    });
    return ((await response.json()) as { data: Data }).data;
  };
  const { login } = await send<{ login: { accessToken: string; refreshToken: string } }>(
    'mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }',
    { input: { username: tenant.owner.username, password } },
  );
  secrets.push(login.accessToken, login.refreshToken);
  const authorization = `Bearer ${login.accessToken}`;
  await send('mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }', {
    token: login.refreshToken,
  });
  const Create =
    'mutation ($name: String!, $email: String!) { createCustomer(input: { name: $name, email: $email }) { id } }';
  const customer = { name: 'Confidential Ltd', email: 'secret@logs.example' };
  await send(Create, customer, authorization);
  await send(Create, { ...customer, email: 5 }, authorization);
  await send('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
    input: { username: tenant.owner.username, password: { password } },
  });
  const input = { name: 'Confidential Ltd', permissionIds: await permissionIds(tenant.id, ['customer:create']) };
  const { createApiKey } = await send<{ createApiKey: { secret: string } }>(CreateApiKey, { input }, authorization);
  secrets.push(createApiKey.secret, hashOfToken(createApiKey.secret));
  await send(Create, { ...customer, email: 'other@logs.example' }, `Bearer ${createApiKey.secret}`);
  await send(Create, customer, `Bearer ${createApiKey.secret.slice(0, -1)}`);
  await fetch(`${url}/metrics`, withToken);
  await eventually(() => traced.output().includes('"apiKeyId":"'));
  await eventually(() => traced.output().includes('slow request'));
  for (const secret of secrets) expect(traced.output()).not.toContain(secret);
  traced.child.kill('SIGTERM');
  expect(await traced.ended).toBe(0);
});
