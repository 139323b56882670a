import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 10;
const sampled = 100;

/**
 * Watches how late the event loop is. `@fastify/under-pressure` measures the same, but it would refuse health checks
 * and sign-ins as well, and small requests as soon as big ones.
 */
export class EventLoop {
  private readonly delays = monitorEventLoopDelay({ resolution });
  private readonly timer: NodeJS.Timeout;

  /** `onSample` gets the mean milliseconds that callbacks have waited in the last tenth of a second. */
  constructor(onSample: (delay: number) => void) {
    this.delays.enable();
    this.timer = setInterval(() => {
      onSample(Math.max(0, this.delays.mean / 1e6 - resolution));
      this.delays.reset();
    }, sampled).unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }
}
