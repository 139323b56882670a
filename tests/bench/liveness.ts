import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** Asks for the liveness of a server all the time; in a thread of its own, since big bodies keep the caller's busy. */
export class Liveness {
  private readonly worker: Worker;

  constructor(serverUrl: string) {
    this.worker = new Worker(new URL(import.meta.url), { workerData: new URL('/health/live', serverUrl).href });
  }

  /** Milliseconds that the slowest answer took. */
  async stop(): Promise<number> {
    const slowest = new Promise<number>((resolve, reject) => {
      this.worker.once('message', resolve);
      this.worker.once('error', reject);
    });
    this.worker.postMessage('stop');
    return slowest;
  }
}

async function watch(url: string): Promise<void> {
  let [slowest, isDone] = [0, false];
  parentPort!.once('message', () => {
    isDone = true;
  });
  while (!isDone) {
    const begun = performance.now();
    await fetch(url).then((response) => response.text());
    slowest = Math.max(slowest, performance.now() - begun);
    await pause(10);
  }
  parentPort!.postMessage(slowest);
}

if (!isMainThread) await watch(workerData);
