import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { generateKey } from '../../src/platform/auth/tokens.js';
import type { Dataset } from './dataset.js';
import type { Job, Result } from './load.js';
import type { Peer } from './peer.js';
import { ask } from './same-rows.js';

/** As many connections to the database as requests in flight, for every server. */
export const connections = 16;

export interface Server {
  name: 'ours' | keyof typeof peers;
  url: string;
  /** Credentials; the peers act in the measured organization for everybody. */
  headers(): Promise<Record<string, string>>;
  process: ChildProcess;
}

type Login = Dataset['owner'];

export interface Servers {
  ours: Server;
  postgraphile: Server;
  mercurius: Server;
  bare: Server;
}

const peers = { PostGraphile: './postgraphile.js', mercurius: './mercurius.js', 'bare pg': './bare.js' };

const started: ChildProcess[] = [];

function start(module: string, env: NodeJS.ProcessEnv, execArgv: string[] = []): ChildProcess {
  const child = fork(new URL(module, import.meta.url), {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    execArgv,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  started.push(child);
  return child;
}

/** Ends every process that was started here. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    started.splice(0).map(async (child) => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }),
  );
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** The options that `npm run serve` gives Node. */
const flags = scripts.serve!.match(/--max-\S+/g)!;

/** Beyond what any load here sends. */
const unlimited = {
  REQUESTS_PER_MINUTE: '1000000000',
  ANONYMOUS_REQUESTS_PER_MINUTE: '1000000000',
  SIGN_INS_PER_MINUTE: '1000000000',
};

/** Starts our server in production mode, with further modules; it logs no requests, as the peers don't. */
export async function startOurs(settings: NodeJS.ProcessEnv, modules: string[] = []) {
  const keys = JSON.stringify([await generateKey()]);
  const child = start(
    '../../src/main.js',
    {
      PORT: '0',
      LOG_LEVEL: 'warn',
      SHUTDOWN_GRACE_SECONDS: '0',
      ...unlimited,
      TOKEN_KEYS: keys,
      DATABASE_POOL_SIZE: String(connections),
      ...settings,
    },
    [...flags, ...modules.flatMap((module) => ['--import', new URL(module, import.meta.url).href])],
  );
  const url = await new Promise<string>((ready, refused) => {
    child.stdout!.on('data', (text: Buffer) => {
      const found = /ready at (\S+);/.exec(String(text));
      if (found) ready(found[1]!.replace('localhost', '127.0.0.1'));
    });
    child.once('exit', (code) => refused(new Error(`Our server ended with ${code}`)));
  });
  const headersOf = (login: Login) => {
    let known = { authorization: '', until: 0 };
    return async () => {
      if (Date.now() > known.until)
        known = { authorization: await signIn(url, login), until: Date.now() + tokenMilliseconds };
      return { authorization: known.authorization };
    };
  };
  return { name: 'ours' as const, url, process: child, headersOf };
}

export async function startPeer(name: keyof typeof peers, dataset: Dataset): Promise<Server> {
  const { databaseUrl, userId, organizationId, subjects } = dataset;
  const peer: Peer = { databaseUrl, connections, userId, organizationId, subjects };
  const child = start(peers[name], { GRAPHILE_ENV: 'production', BENCH_PEER: JSON.stringify(peer) });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { name, url: `http://127.0.0.1:${port}/graphql`, process: child, headers: async () => ({}) };
}

/** Access tokens last ten minutes, less than a run. */
const tokenMilliseconds = 300_000;

async function signIn(url: string, login: Login): Promise<string> {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
  const body = JSON.stringify({ query, variables: { input: login } });
  const answer = await ask({ url, headers: async () => ({}) }, body);
  return `Bearer ${(answer as { login: { accessToken: string } }).login.accessToken}`;
}

let loader: ChildProcess | undefined;

export async function load(job: Job): Promise<Result> {
  loader ??= start('./load.js', {});
  loader.send(job);
  const [result] = (await once(loader, 'message')) as [Result];
  return result;
}
