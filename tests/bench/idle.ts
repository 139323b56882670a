import { setTimeout as pause } from 'node:timers/promises';
import type { Dataset } from './dataset.js';
import { bodyOf } from './documents.js';
import { geometricMean, ratio, type Verdict } from './report.js';
import { type Effort, interleaved, type Measured } from './rounds.js';
import { screensOf } from './screens.js';
import { connections, type Server } from './servers.js';
import { openStream } from './streams.js';

const subscribers = 500;

/** Requests a second of the lists and details beside idle subscribers, divided by those without any. */
export async function idleVerdict(
  ours: Server,
  { subjects }: Dataset,
  effort: Effort,
  report: (line: string) => void,
): Promise<Verdict> {
  const ratios: number[] = [];
  for (const screen of screensOf(subjects).filter(({ postgraphile }) => postgraphile)) {
    const contender = { server: ours, bodies: () => Array(connections).fill([bodyOf(screen)]) };
    const [alone, beside] = await interleaved([contender, { ...contender, on: besideSubscribers(ours) }], effort);
    ratios.push(ratio(beside!, alone!));
    report(`${screen.operation}: ${ratios.at(-1)!.toFixed(2)} ×`);
  }
  const mean = geometricMean(ratios);
  return {
    promise: `lists and details ≥ 0.98 × with ${subscribers} idle subscribers`,
    measured: `${mean.toFixed(3)} × on the geometric mean, the least ${Math.min(...ratios).toFixed(2)} ×`,
    kept: mean >= 0.98,
  };
}

const besideSubscribers = (ours: Server) => async (measuring: () => Promise<Measured>) => {
  const { authorization } = await ours.headers();
  const closing: (() => void)[] = [];
  const join = async () => void closing.push(await openStream(ours.url, authorization!, () => undefined));
  try {
    await Promise.all(Array.from({ length: subscribers }, join));
    return await measuring();
  } finally {
    for (const close of closing) close();
    // The server takes a moment to end them, which the next measurement must not pay for.
    await pause(1000);
  }
};
