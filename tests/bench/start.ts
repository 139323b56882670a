import { folder } from './dataset.js';
import type { Verdict } from './report.js';
import { median } from './rounds.js';
import { startOurs, stopAll } from './servers.js';

/** Seconds from the start of the process to readiness, its own PostgreSQL included, on the bulk dataset. */
export async function startVerdict(): Promise<Verdict> {
  const seconds: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const begun = performance.now();
    const { url } = await startOurs({ DATA_FOLDER: folder });
    const { status } = await fetch(new URL('/health/ready', url));
    if (status !== 200) throw new Error(`The server says that it is ready and answers ${status}`);
    seconds.push((performance.now() - begun) / 1000);
    await stopAll();
  }
  const usual = median(seconds);
  return {
    promise: 'S9 start to ready with existing data ≤ 4 s',
    measured: `${usual.toFixed(1)} s (median of ${seconds.map((time) => time.toFixed(1)).join(', ')})`,
    kept: usual <= 4,
  };
}
