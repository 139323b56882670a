import { type Cpu, cpuOf } from './cpu.js';
import type { Result } from './load.js';
import { ask } from './same-rows.js';
import { load, type Server } from './servers.js';

/** One server in a comparison, and what each of its connections sends over and over, made afresh for every round. */
export interface Contender {
  server: Server;
  bodies: (seconds: number) => string[][];
  /** Runs each measurement, e.g. on tables without the log. */
  on?: (measuring: () => Promise<Measured>) => Promise<Measured>;
}

export interface Measured extends Omit<Result, 'failed' | 'requests'> {
  /** Of one request. */
  cpu: Cpu;
}

export interface Effort {
  rounds: number;
  /** Of one server in one round. */
  seconds: number;
  /** Before the first round, for each server. */
  warmUpSeconds: number;
}

/** Medians over rounds in which the servers take turns, so that what else the machine does meets all of them. */
export async function interleaved(contenders: Contender[], effort: Effort): Promise<Measured[]> {
  const results = contenders.map((): Measured[] => []);
  for (const contender of contenders) {
    await ask(contender.server, contender.bodies(1)[0]![0]!);
    await measure(contender, effort.warmUpSeconds);
  }
  for (let round = 0; round < effort.rounds; round += 1)
    for (const [place, contender] of contenders.entries())
      results[place]!.push(await measure(contender, effort.seconds));
  return results.map((rounds) => ({
    requestsPerSecond: median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
    p50: median(rounds.map(({ p50 }) => p50)),
    cpu: {
      server: median(rounds.map(({ cpu }) => cpu.server)),
      postgres: median(rounds.map(({ cpu }) => cpu.postgres)),
    },
  }));
}

async function measure(
  { server, bodies, on = (measuring) => measuring() }: Contender,
  seconds: number,
): Promise<Measured> {
  const job = { url: server.url, headers: await server.headers(), bodies: bodies(seconds), seconds };
  return on(async () => {
    const before = cpuOf(server);
    const { failed, requests, ...result } = await load(job);
    if (failed) throw new Error(`${server.name} failed ${failed} requests`);
    const after = cpuOf(server);
    const each = (part: keyof Cpu) => (after[part] - before[part]) / requests;
    return { ...result, cpu: { server: each('server'), postgres: each('postgres') } };
  });
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
