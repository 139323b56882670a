import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type ApiKey, newApiKey } from '../support/api-keys.js';
import { runBulk, UpdateCustomers } from '../support/bulk-calls.js';
import { sender } from '../support/busy-server.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { hold, waiting } from '../support/locks.js';
import { anotherServer, everyStatementOf, origin, refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let key: ApiKey;
beforeAll(async () => {
  tenant = await newTenant();
  key = await newApiKey(tenant.owner, tenant.id);
});

const query = '{ customers { totalCount } }';

/** The answer without what differs between any two requests. */
async function answerTo(headers: Record<string, string>, { body = { query }, search = '' } = {}) {
  const response = await fetch(`${origin}/graphql${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const { errors, data } = (await response.json()) as { errors?: { extensions: object }[]; data?: object };
  for (const error of errors ?? []) error.extensions = { ...error.extensions, requestId: '' };
  return { status: response.status, errors, data };
}
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

const Revoke = gql`mutation ($id: ID!) { revokeApiKey(id: $id) { id } }`;
const reasonOf = ({ errors }: { errors?: { extensions: object }[] }) =>
  (errors?.[0]?.extensions as { reason?: string } | undefined)?.reason;

/** Secrets of keys that do not work, by the cause. */
async function ended() {
  const [revoked, expired, abandoned] = [
    await newApiKey(tenant.owner, tenant.id),
    await newApiKey(tenant.owner, tenant.id),
    await newApiKey(tenant.owner, tenant.id),
  ];
  await tenant.owner.request(Revoke, { id: revoked.id });
  await sql('update api_keys set expires_at = now() where id = $1', [expired.id]);
  await sql('update api_keys set responsible_id = null where id = $1', [abandoned.id]);
  return {
    unknown: `tgc_${'A'.repeat(43)}`,
    revoked: revoked.secret,
    expired: expired.secret,
    abandoned: abandoned.secret,
  };
}

/** Too short, too long, empty, and with a letter that no secret has. */
const malformed = () => [key.secret.slice(0, -1), `${key.secret}A`, 'tgc_', `tgc_${'!'.repeat(43)}`];

const lookUpsOf = async (secret: string) =>
  (await everyStatementOf(() => answerTo(bearer(secret)))).filter((text) => text.includes('request_api_key')).length;

describe('a key that does not work', () => {
  test('gets the same answer, whatever the cause', async () => {
    const secrets = [...Object.values(await ended()), ...malformed()];
    const [first, ...others] = await Promise.all(secrets.map((secret) => answerTo(bearer(secret))));
    expect(first).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'API_KEY_INVALID' } }] });
    for (const other of others) expect(other).toEqual(first);
  });

  test('costs the same single look-up, whatever the cause, and a text that is no secret none', async () => {
    for (const [cause, secret] of Object.entries(await ended()))
      expect([cause, await lookUpsOf(secret)]).toEqual([cause, 1]);
    for (const text of malformed()) expect([text, await lookUpsOf(text)]).toEqual([text, 0]);
  });

  test('leaves no hash once it is revoked', async () => {
    const revoked = await newApiKey(tenant.owner, tenant.id);
    await tenant.owner.request(Revoke, { id: revoked.id });
    expect(await sql('select from api_key_secrets where api_key_id = $1', [revoked.id])).toEqual([]);
  });

  test('is refused in account operations as everywhere', async () => {
    const mutation = 'mutation { logout { revokedSessions } }';
    expect(reasonOf(await answerTo(bearer(`tgc_${'A'.repeat(43)}`), { body: { query: mutation } }))).toBe(
      'API_KEY_INVALID',
    );
  });
});

describe('a key is no key', () => {
  test.each<[string, Record<string, string>, string]>([
    ['in a cookie', { cookie: 'authorization=Bearer KEY; token=KEY' }, ''],
    ['in the address', {}, '?authorization=Bearer%20KEY&token=KEY&api_key=KEY'],
    ['in another header', { 'x-api-key': 'KEY' }, ''],
  ])('%s', async (_where, headers, search) => {
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replaceAll('KEY', key.secret)]),
    );
    expect(reasonOf(await answerTo(filled, { search: search.replaceAll('KEY', key.secret) }))).toBe('TOKEN_MISSING');
  });

  test('with another scheme than Bearer', async () => {
    const basic = Buffer.from(`key:${key.secret}`).toString('base64');
    expect(reasonOf(await answerTo({ authorization: `Basic ${basic}` }))).toBe('TOKEN_MISSING');
    expect((await answerTo({ authorization: `bearer ${key.secret}` })).errors).toBeUndefined();
  });

  test('as a refresh token', async () => {
    const mutation = `mutation { refreshSession(refreshToken: "${key.secret}") { accessToken } }`;
    expect(reasonOf(await answerTo({}, { body: { query: mutation } }))).toBe('REFRESH_TOKEN_INVALID');
  });
});

test('a key that is revoked in the middle of a bulk call ends with that call', async () => {
  const busy = await newApiKey(tenant.owner, tenant.id);
  const { id } = await newCustomer(busy, { name: 'Kim' });
  const held = await hold('select from customers where id = $1', [id]);
  const call = runBulk(busy, UpdateCustomers, [{ id, input: { name: 'Kay' } }]);
  await waiting(1);
  await tenant.owner.request(Revoke, { id: busy.id });
  await held.letGo();
  expect((await call).summary).toMatchObject({ updated: 1 });
  const next = runBulk(busy, UpdateCustomers, [{ id, input: { name: 'Kai' } }]);
  expect(await refusal(next)).toMatchObject({ reason: 'API_KEY_INVALID' });
});

test('another process notices within five seconds that a key has ended', async () => {
  const send = sender(await anotherServer({}));
  const ending = await newApiKey(tenant.owner, tenant.id);
  const caller = { token: ending.secret };
  expect((await send(caller, query)).errors).toBeUndefined();
  await tenant.owner.request(Revoke, { id: ending.id });
  await eventually(async () => expect((await send(caller, query)).errors).toHaveLength(1), { within: 5000 });
});

test('requests in a minute are limited for each key, which is told what is left', async () => {
  const send = sender(await anotherServer({ API_KEY_REQUESTS_PER_MINUTE: '2', REQUESTS_PER_MINUTE: '1' }));
  const [one, other] = [{ token: key.secret }, { token: (await newApiKey(tenant.owner, tenant.id)).secret }];
  // The server has to look the key up for the first request, which therefore counts by its address as well.
  for (const [left, further] of [
    [1, '"anonymous";q=1200;w=60, '],
    [0, ''],
  ]) {
    const { headers } = await send(one, query);
    expect(headers.get('ratelimit-policy')).toBe(`${further}"api-key-requests";q=2;w=60`);
    expect(headers.get('ratelimit')).toMatch(new RegExp(`"api-key-requests";r=${left};t=\\d+$`));
  }
  expect(await send(one, query)).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  for (let n = 0; n < 2; n += 1) expect(await send(other, query)).toMatchObject({ status: 200 });
  expect(await send(other, query)).toMatchObject({ status: 429 });
  // A stranger who floods with keys that do not exist counts by address.
  const unknown = await send({ token: `tgc_${v7().replaceAll('-', '').padEnd(43, 'x')}` }, query);
  expect(unknown.headers.get('ratelimit-policy')).toContain('"anonymous"');
});
