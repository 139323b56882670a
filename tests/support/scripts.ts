import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { NODE_COMPILE_CACHE } from './boot.js';
import { urls } from './database.js';
import { keys, origin } from './server.js';
import { type Person, password } from './tenant.js';

/** A folder for the files of a test file. */
export let folder: string;
const started: ChildProcess[] = [];
const proxies: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crm-scripts-'));
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  for (const proxy of proxies) proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
}

type Environment = Record<string, string | undefined>;

/** Starts one of the example scripts as its user would. */
export function start(
  name: string,
  args: string[],
  { username }: Pick<Person, 'username'>,
  env: Environment = {},
): Running {
  const own = { PATH: process.env.PATH, CRM_URL: `${origin}/graphql`, CRM_USERNAME: username, CRM_PASSWORD: password };
  const child = spawn(process.execPath, [`tests/scripts/${name}.mjs`, ...args], { env: { ...own, ...env } });
  started.push(child);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (bytes) => stdout.push(bytes));
  child.stderr.on('data', (bytes) => stderr.push(bytes));
  const ended = once(child, 'close').then(([code]) => ({
    code,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  }));
  return { child, ended };
}

export const script = (...parameters: Parameters<typeof start>): Promise<Ended> => start(...parameters).ended;

let files = 0;

/** A file with a name of its own. */
export function file(content: string | Buffer, name = 'customers.csv'): string {
  files += 1;
  const path = join(folder, `${files}-${name}`);
  writeFileSync(path, content);
  return path;
}

export interface Seen {
  operation: string;
  key: string | undefined;
  variables: Record<string, unknown>;
}

/** The fate of a request: it passes, gets lost before or after the server, or is answered by the test. */
export type Fate =
  | 'pass'
  | 'lost'
  | 'answer lost'
  | { status?: number; headers?: Record<string, string>; body: string | object };

/** A network that a test may break; tells in `seen` what came along. */
export async function network(
  fateOf: (seen: Seen, count: number) => Fate | Promise<Fate>,
  target = origin,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const proxy = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { operationName = '', variables = {} } = JSON.parse(body.toString()) as Record<string, never>;
    const one = { operation: operationName, key: incoming.headers['idempotency-key'] as string | undefined, variables };
    seen.push(one);
    const count = seen.filter(({ operation }) => operation === operationName).length;
    const fate = await fateOf(one, count);
    if (fate === 'lost') return void incoming.socket.destroy();
    if (typeof fate === 'object') return answer(outgoing, fate);
    forward(target, incoming, body, (answered, text) => {
      if (fate === 'answer lost') return void incoming.socket.destroy();
      outgoing.writeHead(answered.statusCode!, answered.headers).end(text);
    });
  });
  proxies.push(proxy);
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/graphql`, seen };
}

function answer(outgoing: ServerResponse, { status = 200, headers = {}, body }: Exclude<Fate, string>): void {
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  outgoing.writeHead(status, { 'content-type': type, ...headers });
  outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  then: (answered: IncomingMessage, text: Buffer) => void,
): void {
  const sent = request(`${target}${url}`, { method, headers }, async (answered) => {
    const chunks: Buffer[] = [];
    for await (const chunk of answered) chunks.push(chunk as Buffer);
    then(answered, Buffer.concat(chunks));
  });
  sent.end(body);
}

/** A refusal as the server would send it. */
export const refusing = (code: string, extensions: object = {}): Fate => ({
  body: { errors: [{ message: 'Not now', extensions: { code, ...extensions } }] },
});

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** The built server as a process of its own, on the database of this test. */
export async function startServer(port: number): Promise<ChildProcess> {
  const server = spawn(process.execPath, ['dist/src/main.js'], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE,
      PORT: String(port),
      LOG_LEVEL: 'silent',
      DATABASE_URL: urls.databaseUrl,
      MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
      TOKEN_KEYS: JSON.stringify(keys),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(server);
  await new Promise<void>((ready, refused) => {
    server.stdout!.on('data', (text) => String(text).includes('is ready') && ready());
    server.once('exit', (code) => refused(new Error(`The server ended with ${code}`)));
  });
  return server;
}
