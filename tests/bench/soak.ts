import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MixedTraffic, residentMegabytes } from '../support/mixed-traffic.js';
import type { Verdict } from './report.js';
import { startOurs, stopAll } from './servers.js';

const requests = 100_000;
const documents = 10_000;
const samples = 20;
const most = 300;

/** Memory of our server, Linux only, while it answers everything that an organization may send. */
export async function soakVerdict(report: (line: string) => void): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'crm-soak-'));
  try {
    const { url, process: server } = await startOurs({ DATA_FOLDER: folder });
    const traffic = await MixedTraffic.open(url, documents);
    const megabytes: number[] = [];
    for (let sample = 0; sample < samples; sample += 1) {
      await traffic.send((sample * requests) / samples, ((sample + 1) * requests) / samples);
      megabytes.push(residentMegabytes(server.pid!));
      report(`${megabytes.at(-1)} MB after ${((sample + 1) * requests) / samples} requests`);
    }
    traffic.close();
    return verdictOf(megabytes);
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true });
  }
}

/** Flat: the second half grows by no more than a tenth. */
function verdictOf(megabytes: number[]): Verdict {
  const [middle, last] = [megabytes[megabytes.length / 2 - 1]!, megabytes.at(-1)!];
  return {
    promise: `S8 memory flat and ≤ ${most} MB after ${requests} mixed requests and ${documents} documents`,
    measured: `${megabytes.join(', ')} MB after each ${requests / samples}`,
    kept: Math.max(...megabytes) <= most && last <= middle * 1.1,
  };
}
