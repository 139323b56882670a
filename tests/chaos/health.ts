import { setTimeout as pause } from 'node:timers/promises';

const interval = 50;

/** Watches what a load balancer sees of a server. */
export class Health {
  private stopped = false;
  private readonly watching: Promise<void>;
  private ready = 0;
  /** Liveness that was not 200, and answers that took more than a second. */
  readonly faults: string[] = [];

  constructor(private readonly url: string) {
    this.watching = this.watch();
  }

  /** Waits for a status of readiness. Returns how long it took; notes a fault if that was too long. */
  async becomes(status: 200 | 503, within: number): Promise<number> {
    const since = performance.now();
    while (this.ready !== status && performance.now() - since < within) await pause(interval);
    const took = Math.round(performance.now() - since);
    if (this.ready !== status) this.faults.push(`readiness was not ${status} within ${within} ms`);
    return took;
  }

  async stop(): Promise<string[]> {
    this.stopped = true;
    await this.watching;
    return this.faults;
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      this.ready = await this.status('/health/ready');
      const live = await this.status('/health/live');
      if (live !== 200) this.faults.push(`liveness was ${live}`);
      await pause(interval);
    }
  }

  /** 0 if no answer came within a second. */
  private status(path: string): Promise<number> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ status }) => status,
      () => 0,
    );
  }
}
