import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { folder } from './dataset.js';
import type { Server } from './servers.js';

export interface Probe {
  document: string;
  options: Options;
  /** Points, as the server says; missing if the answer does not tell. */
  points: number;
  statements: number;
  /** Milliseconds of processor time of PostgreSQL. */
  postgres: number;
  /** Megabytes by which the server's memory grew at its highest. */
  megabytes: number;
  /** Code of the first error. */
  error: string | null;
}

export interface Options {
  variables?: object;
  headers?: Record<string, string>;
}

interface Answer {
  errors?: { message: string; extensions: { code: string; cost?: { requested: number } } }[];
  extensions?: { cost?: { requested: number; statements: number } };
}

const [attempts, pauseMs] = [10, 2_000];

/** Measures what a document takes; again if the server had no room for it or lost its database. Linux only. */
export async function probe(server: Server, document: string, options: Options = {}): Promise<Probe> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === attempts;
    const found = await once(server, document, options).catch((error) => {
      // The sign-in has been refused.
      if (isLast) throw error;
      return null;
    });
    if (found && (isLast || !/^(OVERLOADED|UNAVAILABLE)/.test(found.error ?? ''))) return found;
    await pause(pauseMs);
  }
}

async function once(server: Server, document: string, options: Options): Promise<Probe> {
  const { variables, headers = {} } = options;
  const pid = server.process.pid!;
  // Makes the kernel forget the highest memory so far.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const [memory, begun] = [megabytesOf(pid, 'VmRSS'), postgresMilliseconds()];
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await server.headers()), ...headers },
    body: JSON.stringify({ query: document, variables }),
  });
  const { errors, extensions } = (await response.json()) as Answer;
  // Counted once the processes have been scheduled away.
  await pause(20);
  const [error] = errors ?? [];
  return {
    document,
    options,
    points: extensions?.cost?.requested ?? error?.extensions.cost?.requested ?? 0,
    statements: extensions?.cost?.statements ?? 0,
    postgres: postgresMilliseconds() - begun,
    megabytes: Math.max(0, megabytesOf(pid, 'VmHWM') - memory),
    error: error ? `${error.extensions.code} ${error.message}` : null,
  };
}

function megabytesOf(pid: number, figure: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`${figure}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) / 1024;
}

/** Processor time of PostgreSQL so far, with that of its backends that have ended. */
function postgresMilliseconds(): number {
  const postmaster = Number(readFileSync(`${folder}/postgres/postmaster.pid`, 'utf8').split('\n')[0]);
  const { own, ended } = timesOf(postmaster)!;
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const running = children.map((name) => timesOf(Number(name))).filter((times) => times?.parent === postmaster);
  return (own + ended + running.reduce((sum, times) => sum + times!.own, 0)) * millisecondsPerTick;
}

const millisecondsPerTick = 10;

/** The parent of a process, and its ticks and those of its ended children; null if it has ended. */
function timesOf(pid: number): { parent: number; own: number; ended: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1]!, own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! };
  } catch {
    return null;
  }
}
