import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { expectAnswered, expectRefused, harmless, sendHttp } from './support/http.js';
import { origin } from './support/server.js';

const schema = JSON.stringify({ query: '{ __schema { types { name description fields { name } } } }' });

/** The bytes of an answer as they were sent. */
function ask(body: string, encodings?: string): Promise<{ bytes: Buffer; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(encodings && { 'accept-encoding': encodings }) };
    const asked = request(`${origin}/graphql`, { method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ bytes: Buffer.concat(chunks), headers: answer.headers }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

describe('an answer', () => {
  test.each([
    ['br', 'gzip, deflate, br', brotliDecompressSync],
    ['br', 'br;q=1, gzip;q=0.5', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip', 'br;q=0, *', gunzipSync],
  ])('is sent as %s to a caller who takes %s', async (encoding, taken, inflate) => {
    const { bytes: plain } = await ask(schema);
    const { bytes, headers } = await ask(schema, taken);
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      'content-length': String(bytes.length),
      vary: expect.stringMatching(/accept-encoding/i),
      'cache-control': 'no-store',
    });
    expect(bytes.length).toBeLessThan(plain.length / 3);
    expect(inflate(bytes).toString()).toBe(plain.toString());
  });

  test.each([undefined, 'identity', 'br;q=0, gzip;q=0', 'rot13'])(
    'is sent as it is to a caller who takes %s',
    async (taken) => {
      const { bytes, headers } = await ask(schema, taken);
      expect(headers['content-encoding']).toBeUndefined();
      expect(JSON.parse(bytes.toString())).toHaveProperty('data.__schema');
    },
  );

  test('is sent as it is when it is short', async () => {
    const { headers } = await ask(harmless, 'br, gzip');
    expect(headers['content-encoding']).toBeUndefined();
  });
});

describe('a body', () => {
  const sendIn = (encoding: string, body: Buffer | string) =>
    sendHttp({ headers: { 'content-type': 'application/json', 'content-encoding': encoding }, body });
  const gigabytes = Buffer.concat(Array(60).fill(gzipSync(Buffer.alloc(50_000_000, 32))));

  test.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', Buffer.from],
  ])('may come as %s', async (encoding, compressed) => {
    expectAnswered(await sendIn(encoding, compressed(harmless)));
  });

  test.each(['rot13', 'gzip, gzip', 'constructor', 'zstd'])('does not come as %s', async (encoding) => {
    const answer = await sendIn(encoding, harmless);
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'gzip, br, deflate']);
    await expectRefused(answer, 'BAD_USER_INPUT');
  });

  test.each([
    ['is not gzip', Buffer.from(harmless)],
    ['ends too early', gzipSync(harmless.repeat(20)).subarray(0, -10)],
    ['is nothing', Buffer.alloc(0)],
  ])('that %s is bad input', async (_name, body) => {
    const answer = await sendIn('gzip', body);
    expect(answer.status).toBe(400);
    await expectRefused(answer, 'BAD_USER_INPUT');
  });

  test('counts as what it inflates to', async () => {
    const padded = (bytes: number) => gzipSync(harmless.padEnd(bytes, ' '));
    expectAnswered(await sendIn('gzip', padded(4 * 1024 * 1024)));
    await expectRefused(await sendIn('gzip', padded(4 * 1024 * 1024 + 1)), 'QUERY_TOO_COMPLEX');
  });

  test('of gigabytes is refused without being inflated', async () => {
    const answer = await sendIn('gzip', gigabytes);
    expect(answer.status).toBe(413);
    const before = process.cpuUsage();
    await sleep(500);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(250_000);
    await expectRefused(answer, 'QUERY_TOO_COMPLEX');
  });
});

describe('a script of a page', () => {
  const get = (path: string, encodings: string) =>
    sendHttp({ method: 'GET', headers: { 'accept-encoding': encodings } }, { path });

  const linked = async (pattern: RegExp) => pattern.exec((await get('/dashboard', 'identity')).text)![1]!;

  test('was compressed when it was built', async () => {
    const entry = await linked(/src="(\/assets\/[^"]+)"/);
    const { text: plain, headers } = await get(entry, 'identity');
    expect(headers.get('content-encoding')).toBeNull();
    for (const encoding of ['br', 'gzip']) {
      const { text, headers } = await get(entry, encoding);
      expect(text).toBe(plain);
      expect(headers.get('content-encoding')).toBe(encoding);
      expect(headers.get('content-type')).toMatch(/javascript/);
      expect(headers.get('vary')).toMatch(/accept-encoding/i);
      expect(Number(headers.get('content-length'))).toBeLessThan(plain.length / 2);
    }
  });

  test('is kept for good under a name that tells what it holds', async () => {
    const script = await linked(/src="(\/assets\/[^"]+)"/);
    const style = await linked(/href="(\/assets\/[^"]+)"/);
    const { text: explorer } = await get('/assets/explorer.js', 'br');
    const chunk = `/assets/${/chunk-[A-Z0-9]{8}\.js/.exec(explorer)![0]}`;
    for (const encodings of ['identity', 'br', 'gzip']) {
      const kept = async (path: string) => (await get(path, encodings)).headers.get('cache-control');
      for (const path of [script, style, chunk]) expect(await kept(path)).toMatch(/immutable/);
      for (const path of [script.split('?')[0]!, `${style}x`, '/assets/graphiql.css?undefined'])
        expect(await kept(path)).toBe('no-cache');
    }
  });
});
