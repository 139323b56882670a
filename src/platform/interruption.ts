/** Signals that tell a server to end. */
export const signals = ['SIGTERM', 'SIGINT'] as const;

/** Milliseconds after a signal, or the grace that follows it, in which the process ends, come what may. */
export const mostEndingMs = 10_000;

/** SIGTERM and SIGINT while a process starts. They end the start, so that it can stop what it has started. */
export class Interruption {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;

  constructor() {
    for (const signal of signals) process.on(signal, this.interrupt);
  }

  /** Leaves signals to somebody else, once the process has started. */
  readonly end = (): void => {
    for (const signal of signals) process.off(signal, this.interrupt);
  };

  /** Settles like `work`, or rejects at once if a signal arrives first. */
  unless<Value>(work: Promise<Value>): Promise<Value> {
    this.signal.throwIfAborted();
    const interrupted = new Promise<never>((_resolve, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason));
    });
    return Promise.race([work, interrupted]);
  }

  private readonly interrupt = (): void => {
    setTimeout(() => process.exit(1), mostEndingMs).unref();
    this.controller.abort(new Error('A signal has ended the start'));
  };
}
