import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { eventually } from './eventually.js';

/** Keeps compiled modules of the run; a start takes a fifth less of a processor with it. */
export const NODE_COMPILE_CACHE = join(process.env.TEST_FOLDER!, 'compiled');

const folders: string[] = [];
const started: ChildProcess[] = [];

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'crm-boot-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const folder of folders) {
    await eventually(() => postgresIn(folder) === null);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A started server: its process, its output and its end. */
export interface Booted {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** Starts the built server, from another copy of the project if named. */
export function boot(settings: NodeJS.ProcessEnv, project = '.'): Booted {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_SECONDS: '0', ...settings };
  return launch(join(project, 'node_modules/.bin/node'), ['dist/src/main.js'], project, env);
}

export function launch(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Booted {
  const child = spawn(command, args, { cwd, env: { NODE_COMPILE_CACHE, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, ended };
}

const address = /http:\/\/localhost:(\d+)\/graphql/;

/** Waits until the server has said where it is; what it said instead is the error. */
export async function urlOf({ output, child }: Booted): Promise<string> {
  await eventually(() => address.test(output()) || child.exitCode !== null, { within: 25_000 });
  const port = address.exec(output())?.[1];
  if (!port) throw new Error(`The server did not start: ${output()}`);
  return `http://localhost:${port}`;
}

/** Process id of the embedded PostgreSQL, while it runs. */
export function postgresIn(folder: string): number | null {
  const file = join(folder, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : null;
}

/** The URL of the database of a server that runs in this folder. */
export function urlIn(folder: string, user: 'postgres' | 'crm_owner' | 'crm_app'): string {
  const { superuser, owner, app } = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8'));
  const password = { postgres: superuser, crm_owner: owner, crm_app: app }[user];
  return `postgres://${user}:${password}@${encodeURIComponent(join(folder, 'postgres'))}/crm`;
}

export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function ask(
  url: string,
  query: string,
): Promise<{ data: Record<string, unknown> | null; errors?: unknown[] }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data: Record<string, unknown> | null; errors?: unknown[] };
}

export async function stop({ child, ended }: Booted): Promise<number | null> {
  child.kill('SIGTERM');
  return ended;
}

export function expectRefusal(code: number | null, output: string, message: RegExp): void {
  expect(output).toMatch(message);
  expect(output).not.toMatch(/^\s+at |\.js:\d|node:internal/m);
  expect(output).not.toMatch(address);
  expect(code).toBe(1);
}
