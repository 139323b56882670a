import { readFileSync } from 'node:fs';
import type { Dataset } from './dataset.js';
import { bodyOf } from './documents.js';
import type { Verdict } from './report.js';
import { screensOf } from './screens.js';
import { connections, load, type Server } from './servers.js';

const requests = 100_000;
const samples = 10;

/** Memory of our server, Linux only, while it answers lists. */
export async function soakVerdict(ours: Server, { subjects }: Dataset): Promise<Verdict> {
  const lists = screensOf(subjects).filter(({ operation }) =>
    ['Vendors', 'LeadsList', 'DealsScroll'].includes(operation),
  );
  const bodies = Array(connections).fill(lists.map(bodyOf));
  const megabytes: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const { failed } = await load({ url: ours.url, headers: await ours.headers(), bodies, amount: requests / samples });
    if (failed) throw new Error(`${failed} requests failed`);
    megabytes.push(residentMegabytes(ours.process.pid!));
  }
  const [most, settled] = [Math.max(...megabytes), megabytes[1]!];
  return {
    promise: 'S8 memory flat and ≤ 250 MB after 100,000 lists',
    measured: `${megabytes.join(', ')} MB after each ${requests / samples}`,
    kept: most <= 250 && megabytes.at(-1)! <= settled * 1.1,
  };
}

export function residentMegabytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kilobytes) / 1024);
}
