import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { readConfig } from '../src/platform/config.js';
import { makeHttpServer } from '../src/platform/http/server.js';
import { sql } from './support/database.js';
import { type Answer, expectAnswered, expectRefused, harmless, sendHttp } from './support/http.js';
import { anotherServer, origin } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

const json = () => ({ 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` });
const sendBody = (body: string) => sendHttp({ headers: json(), body });
const get = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  sendHttp({ method: 'GET', headers }, { path: `/graphql?${new URLSearchParams(parameters)}` });
const query = '{ errorCodes { code } }';
const preflighted = { 'apollo-require-preflight': 'yes' };

/** Sends bytes as they are, and gives what comes back until the server hangs up. */
function sendBytes(bytes: string, server = origin): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server).port), '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head, text = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      const [first, ...lines] = head!.split('\r\n');
      const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]));
      resolve({ status: Number(first!.split(' ')[1]), headers, text, ...JSON.parse(text) });
    });
  });
}

describe('GET', () => {
  test.each([
    ['authorization', 'Bearer TOKEN'],
    ['x-organization-id', 'HERE'],
    ['x-requested-with', 'XMLHttpRequest'],
    ['x-apollo-operation-name', 'Codes'],
    ['apollographql-client-name', 'web'],
    ['graphql-require-preflight', '1'],
    ['content-type', 'application/json'],
    ['sec-fetch-site', 'same-origin'],
  ])('asks with the header %s, which no other site can send', async (name, value) => {
    const said = value.replace('TOKEN', tenant.owner.token).replace('HERE', tenant.id);
    expectAnswered(await get({ query }, { [name]: said }));
  });

  test.each<Record<string, string>>([
    {},
    { authorization: '' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    // Proxies and tracers add these by themselves.
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x-request-id': 'a', 'x-real-ip': '1' },
    { accept: 'application/json', 'accept-language': 'en', referer: 'https://evil.example/' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  ])('with %j only might be forged', async (headers) => {
    await expectRefused(await get({ query }, headers), 'BAD_USER_INPUT');
  });

  test('by HEAD has the headers alone, under the same rules', async () => {
    const init = { headers: { authorization: `Bearer ${tenant.owner.token}` }, method: 'HEAD' };
    const path = `/graphql?${new URLSearchParams({ query })}`;
    const answer = await fetch(`${origin}${path}`, init);
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
    const mutation = 'mutation { logout { revokedSessions } }';
    const refused = await fetch(`${origin}/graphql?${new URLSearchParams({ query: mutation })}`, init);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(origin + path, { method: 'HEAD' })).status).toBe(400);
  });

  test('never mutates', async () => {
    const mutation = `mutation { updateOrganization(id: "${tenant.id}", input: { name: "By GET" }) { id } }`;
    const answer = await get({ query: mutation }, { authorization: `Bearer ${tenant.owner.token}` });
    expect(answer).toMatchObject({ status: 405 });
    expect(answer.headers.get('allow')).toBe('POST');
    await expectRefused(answer, 'BAD_USER_INPUT');
    expect(await sql('select name from organizations where id = $1', [tenant.id])).toEqual([{ name: 'Test & Sons' }]);
  });

  test('takes variables, and blank parameters for none', async () => {
    const document = 'query A($code: Boolean = true) { errorCodes { code @include(if: $code) } }';
    const alike: Record<string, string>[] = [
      { variables: '{"code":true}', operationName: 'A', extensions: '{}' },
      { variables: '', operationName: '', extensions: '' },
      { variables: 'null', extensions: 'null' },
    ];
    for (const more of alike) expectAnswered(await get({ query: document, ...more }, preflighted));
  });

  test.each<Record<string, string>>([
    {},
    { query: '' },
    { query, variables: '{' },
    { query, variables: '[]' },
    { query, variables: '{"a":{"__proto__":{}}}' },
    { query, extensions: '"a"' },
    { query, operationName: 'Other' },
  ])('with %j is bad input', async (parameters) => {
    await expectRefused(await get(parameters, preflighted), 'BAD_USER_INPUT');
  });

  test('may name any type of a body that it has not', async () => {
    expectAnswered(await get({ query }, { ...preflighted, 'content-type': 'text/plain' }));
  });

  test('names each parameter once', async () => {
    const path = `/graphql?query=${query}&query=${query}`;
    await expectRefused(await sendHttp({ method: 'GET', headers: preflighted }, { path }), 'BAD_USER_INPUT');
  });

  test('by a browser leads to the page', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    for (const path of ['/graphql', '/graphql/']) {
      const { status, headers } = await sendHttp({ method: 'GET', headers: { accept } }, { path });
      expect([status, headers.get('location')]).toEqual([303, '/']);
    }
    expect((await get({ query }, { accept, ...preflighted })).status).toBe(200);
  });
});

describe('a request that HTTP refuses tells its code and id', () => {
  const form = new FormData();
  form.set('operations', harmless);
  test.each<[string, number, RequestInit & { path?: string }, string?]>([
    ['an unknown path', 404, { method: 'GET', path: '/nothing' }],
    ['a path below the endpoint', 404, { path: '/graphql/more' }],
    ['a path upwards', 404, { method: 'GET', path: '/..%2f..%2fetc/passwd' }],
    ['a path upwards from the assets', 404, { method: 'GET', path: '/assets/..%2f..%2fpackage.json' }],
    ['a broken path', 400, { method: 'GET', path: '/%zz' }],
    ['PUT', 405, { method: 'PUT', body: harmless }],
    ['DELETE', 405, { method: 'DELETE' }],
    ['PATCH', 405, { method: 'PATCH', body: harmless }],
    ['POST to a page', 405, { path: '/' }],
    ['an answer as a picture', 406, { headers: { accept: 'image/png' }, body: harmless }],
    ['10 MB', 413, { body: `{"query":"#${'x'.repeat(10_000_000)}"}` }, 'QUERY_TOO_COMPLEX'],
    ['text/plain', 415, { headers: { 'content-type': 'text/plain' }, body: harmless }],
    ['no content type', 415, { headers: { 'content-type': '' }, body: harmless }],
    ['a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query=1' }],
    ['multipart', 415, { headers: {}, body: form }],
    ['application/graphql', 415, { headers: { 'content-type': 'application/graphql' }, body: query }],
    ['UTF-16', 415, { headers: { 'content-type': 'application/json; charset=utf-16le' }, body: harmless }],
    ['an unknown charset', 415, { headers: { 'content-type': 'application/json; charset="klingon"' } }],
    ['Latin-1', 415, { headers: { 'content-type': 'application/json;charset=latin1' }, body: harmless }],
    ['half a body', 400, { body: '{"query":"{ me' }],
  ])('%s: %i', async (_name, status, { path = '/graphql', ...init }, code = 'BAD_USER_INPUT') => {
    const headers = init.body instanceof FormData ? {} : { ...json(), ...(init.headers as object) };
    const answer = await sendHttp({ ...init, headers }, { path });
    expect(answer.status).toBe(status);
    await expectRefused(answer, code);
    expect(answer.text).not.toContain('too-good-crm-api');
    expect(answer.headers.has('allow')).toBe(status === 405);
  });

  test('an operation whose answer nobody takes is not done', async () => {
    const body = JSON.stringify({
      query: `mutation { updateOrganization(id: "${tenant.id}", input: { name: "Unseen" }) { id } }`,
    });
    await expectRefused(await sendHttp({ headers: { ...json(), accept: 'text/html' }, body }), 'BAD_USER_INPUT');
    expect(await sql('select name from organizations where id = $1', [tenant.id])).toEqual([{ name: 'Test & Sons' }]);
  });

  test.each([
    ['headers of 20 KB', 431, 'QUERY_TOO_COMPLEX', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a URL of 20 KB', 431, 'QUERY_TOO_COMPLEX', `GET /?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['no HTTP', 400, 'BAD_USER_INPUT', 'HELLO\r\n\r\n'],
    [
      'two lengths',
      400,
      'BAD_USER_INPUT',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    ],
    [
      'a broken chunk',
      400,
      'BAD_USER_INPUT',
      'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('%s: %i', async (_name, status, code, bytes) => {
    const answer = await sendBytes(bytes);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    await expectRefused(answer, code);
  });

  test('a body that does not arrive in time: 408', async () => {
    const slow = await makeHttpServer(readConfig({ LOG_LEVEL: 'silent' }));
    slow.post('/', async () => 'never');
    await slow.listen({ host: '127.0.0.1', port: 0 });
    slow.server.requestTimeout = 300;
    const { port } = slow.server.address() as AddressInfo;
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    const answer = await sendBytes(head, `http://localhost:${port}`);
    expect(answer.status).toBe(408);
    await expectRefused(answer, 'TIMEOUT');
    await slow.close();
  });

  test('a persisted query is not supported, as clients expect to be told', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: '00' } };
    for (const answer of [
      await sendBody(JSON.stringify({ extensions })),
      await sendBody(JSON.stringify({ extensions, query: null })),
      await get({ extensions: JSON.stringify(extensions) }, preflighted),
    ]) {
      const { message, extensions: told } = answer.errors![0]!;
      expect([answer.status, message, told.code]).toEqual([
        200,
        'PersistedQueryNotSupported',
        'PERSISTED_QUERY_NOT_SUPPORTED',
      ]);
      expect(told.requestId).toBe(answer.headers.get('x-request-id'));
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    const { data } = await sendBody(harmless);
    expect(data!.errorCodes).toContainEqual({ code: 'PERSISTED_QUERY_NOT_SUPPORTED' });
  });

  test('one that is broken off harms nobody', async () => {
    await new Promise<void>((done) => {
      const headers = { ...json(), 'content-length': 1000 };
      const request = httpRequest(`${origin}/graphql`, { method: 'POST', headers });
      request.on('error', () => done());
      request.write('{"query":', () => request.destroy(new Error('gone')));
    });
    expectAnswered(await sendBody(harmless));
  });
});

test('UTF-8 may be named, the path may end in a slash, and the host does not matter', async () => {
  const headers = { ...json(), 'content-type': 'application/json; charset=UTF-8', 'content-encoding': 'identity' };
  expectAnswered(await sendHttp({ headers, body: harmless }, { path: '/graphql/' }));
  for (const protocol of ['1.0\r\n', '1.1\r\nHost: a b\r\n', '1.1\r\nHost:\r\n']) {
    const length = `Content-Length: ${harmless.length}\r\nConnection: close`;
    const head = `POST /graphql HTTP/${protocol}Content-Type: application/json\r\n${length}\r\n\r\n`;
    expectAnswered(await sendBytes(head + harmless));
  }
});

describe('headers', () => {
  test('every answer carries what keeps browsers careful, and no hint at the software', async () => {
    for (const { headers } of [await sendBody(harmless), await sendBody('null'), await sendHttp({}, { path: '/no' })]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBeTruthy();
      expect(headers.get('strict-transport-security')).toBeTruthy();
      expect(headers.get('x-frame-options')).toBeTruthy();
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  test('nothing is kept but keys, for a minute', async () => {
    const kept = async (path: string) => (await sendHttp({ method: 'GET' }, { path })).headers.get('cache-control');
    expect(await kept('/health/live')).toBe('no-store');
    expect(await kept('/health/ready')).toBe('no-store');
    expect(await kept('/.well-known/jwks.json')).toBe('public, max-age=60');
  });

  test('a caller cannot choose the id of its request', async () => {
    const answer = await sendHttp({ headers: { ...json(), 'x-request-id': 'mine' }, body: harmless });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a caller who signs in too often is told when to come again', async () => {
    const server = await anotherServer({ SIGN_INS_PER_MINUTE: '1' });
    const body = JSON.stringify({
      query: `mutation { login(input: { username: "nobody-${v7()}", password: "wrong-password" }) { accessToken } }`,
    });
    const signIn = () => sendHttp({ headers: { 'content-type': 'application/json' }, body }, { server });
    expect((await signIn()).headers.get('retry-after')).toBeNull();
    const { errors, headers } = await signIn();
    const seconds = Math.ceil(Number(errors![0]!.extensions.retryAfterMs) / 1000);
    expect(Number(headers.get('retry-after'))).toBe(seconds);
  });

  const app = 'https://app.example.com';
  const asked = `accept,apollo-require-preflight,apollographql-client-name,apollographql-client-version,authorization,
    baggage,content-type,idempotency-key,last-event-id,sentry-trace,traceparent,tracestate,x-apollo-operation-name,
    x-dry-run,x-organization-id,x-request-id,x-requested-with`.replace(/\s/g, '');
  const preflight = (server: string, from: string) => {
    const about = { 'access-control-request-method': 'POST', 'access-control-request-headers': asked };
    return sendHttp({ method: 'OPTIONS', headers: { origin: from, ...about } }, { server });
  };
  let server: string;
  beforeAll(async () => {
    server = await anotherServer({ CORS_ORIGINS: `${app}, http://localhost:5173` });
  });

  test('unless configured, no other origin may call', async () => {
    expect((await preflight(origin, app)).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await sendHttp({ headers: { ...json(), origin: app }, body: harmless });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('beside those configured, a foreign origin is told nothing', async () => {
    const foreign = 'https://evil.example';
    const path = `/graphql?${new URLSearchParams({ query })}`;
    const answers = [
      await preflight(server, foreign),
      await sendHttp({ headers: { ...json(), origin: foreign }, body: harmless }, { server }),
      await sendHttp({ method: 'GET', headers: { origin: foreign } }, { path, server }),
    ];
    for (const { headers } of answers)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-allow'))).toEqual([]);
  });

  test.each([app, 'http://localhost:5173'])('the configured origin %s may call with any header', async (from) => {
    const { status, headers } = await preflight(server, from);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(from);
    expect(headers.get('access-control-allow-headers')).toBe(asked);
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(headers.get('x-request-id')).toBeTruthy();
    const path = `/graphql?${new URLSearchParams({ query })}`;
    expectAnswered(await sendHttp({ method: 'GET', headers: { origin: from } }, { path, server }));
    const refused = await sendHttp({ headers: { ...json(), origin: from }, body: '{' }, { server });
    for (const answer of [
      await sendHttp({ headers: { ...json(), origin: from }, body: harmless }, { server }),
      refused,
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(from);
      expect(answer.headers.get('access-control-expose-headers')).toBe(
        'x-request-id, retry-after, ratelimit, ratelimit-policy, x-read-after',
      );
      expect(answer.headers.get('vary')).toMatch(/origin/i);
    }
  });

  test.each(['https://evil.example', `${app}.evil.example`, 'null', 'http://app.example.com'])(
    'the origin %s may not',
    async (from) => {
      expect((await preflight(server, from)).headers.get('access-control-allow-origin')).toBeNull();
      const path = `/graphql?${new URLSearchParams({ query })}`;
      await expectRefused(
        await sendHttp({ method: 'GET', headers: { origin: from } }, { path, server }),
        'BAD_USER_INPUT',
      );
    },
  );

  test.each([
    ['/graphql', 'GET, HEAD, POST, OPTIONS'],
    ['/graphql/', 'GET, HEAD, POST, OPTIONS'],
    ['/health/live', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS %s says what may be asked', async (path, allow) => {
    for (const to of [origin, server]) {
      expect(await sendHttp({ method: 'OPTIONS' }, { path: '/nothing', server: to })).toMatchObject({ status: 404 });
      const answer = await sendHttp({ method: 'OPTIONS' }, { path, server: to });
      expect([answer.status, answer.headers.get('allow')]).toEqual([204, allow]);
      expect(answer.headers.get('content-security-policy')).toBeNull();
      expect(answer.headers.get('x-request-id')).toBeTruthy();
    }
  });
});
