import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 20;
const sampled = 250;

/**
 * Notices when the event loop falls behind. `@fastify/under-pressure` measures the same, but it would refuse health
 * checks and sign-ins as well, and small requests as soon as big ones.
 */
export class EventLoop {
  /** Whether callbacks have waited longer than allowed, on average over the last quarter of a second. */
  isLate = false;
  private readonly delays = monitorEventLoopDelay({ resolution });
  private readonly timer: NodeJS.Timeout;

  /** @param mostDelay Milliseconds that a callback may wait. */
  constructor(mostDelay: number) {
    this.delays.enable();
    this.timer = setInterval(() => {
      this.isLate = this.delays.mean / 1e6 - resolution > mostDelay;
      this.delays.reset();
    }, sampled).unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }
}
