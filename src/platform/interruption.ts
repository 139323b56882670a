/** Signals that tell a server to end. */
const signals = ['SIGTERM', 'SIGINT'] as const;

/** Milliseconds after a signal, or the grace that follows it, in which the process ends, come what may. */
export const mostEndingMs = 10_000;

/** npm and service managers pass a signal on to a process that has it already, within this many milliseconds. */
const sameSignalMs = 100;

/** Stops what runs; `hurry` tells of a second signal. */
type Stop = (hurry: AbortSignal) => Promise<void>;

/** Ends the process on a signal: first the start, so that it can stop what it has started, and later what runs. */
export class Interruption {
  private readonly start = new AbortController();
  private readonly hurry = new AbortController();
  private since: number | null = null;
  private stop: Stop | null = null;

  constructor() {
    for (const signal of signals) process.on(signal, () => this.interrupt());
  }

  /** Aborts when a signal ends the start. */
  get signal(): AbortSignal {
    return this.start.signal;
  }

  /** Settles like `work`, which belongs to the start, or rejects at once if a signal arrives first. */
  unless<Value>(work: Promise<Value>): Promise<Value> {
    this.signal.throwIfAborted();
    const interrupted = new Promise<never>((_resolve, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason));
    });
    return Promise.race([work, interrupted]);
  }

  /** The process has started; from now on a signal stops it in this way. */
  started(stop: Stop): void {
    this.stop = stop;
  }

  private interrupt(): void {
    if (this.since !== null) {
      if (performance.now() - this.since > sameSignalMs) this.hurry.abort();
      return;
    }
    this.since = performance.now();
    if (this.stop) {
      this.stop(this.hurry.signal).then(
        () => process.exit(0),
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
      return;
    }
    setTimeout(() => process.exit(1), mostEndingMs).unref();
    this.start.abort(new Error('A signal has ended the start'));
  }
}
