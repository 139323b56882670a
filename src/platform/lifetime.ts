import { type CodedError, Timeout } from './errors.js';

/** Milliseconds from the arrival of a request until its end. */
export const deadlines = { plain: 10_000, analysis: 15_000 } as const;

type Listener = (reason: CodedError) => void;

/**
 * The time for which a request may work. It ends once: at its deadline, or before because its client has gone or the
 * server stops. Work that has ended gives its connection back and throws the reason.
 */
export class Lifetime {
  private readonly since = performance.now();
  private readonly listeners = new Set<Listener>();
  private timer: NodeJS.Timeout | undefined;
  private milliseconds = 0;
  private reason: CodedError | null = null;
  private outlivesClient = false;

  constructor(private readonly onClose: (lifetime: Lifetime) => void) {
    this.limit('plain');
  }

  /** Sets the deadline, counted from the arrival of the request. */
  limit(kind: keyof typeof deadlines): void {
    clearTimeout(this.timer);
    this.milliseconds = deadlines[kind];
    this.timer = setTimeout(() => this.end(tooLong(this.milliseconds)), this.left);
  }

  /** Milliseconds until the deadline, at least 1. */
  get left(): number {
    return Math.max(1, this.milliseconds - (performance.now() - this.since));
  }

  /** From now on, the work goes on after its client has gone. */
  outliveClient(): void {
    this.outlivesClient = true;
  }

  clientGone(): void {
    if (!this.outlivesClient) this.end(clientGone);
  }

  end(reason: CodedError): void {
    if (this.reason) return;
    this.reason = reason;
    clearTimeout(this.timer);
    for (const listener of this.listeners) listener(reason);
  }

  /** Throws the reason if it has ended. */
  demand(): void {
    if (this.reason) throw this.reason;
  }

  /** Calls the listener when it ends, or at once if it has ended. Returns a function that removes the listener. */
  onEnd(listener: Listener): () => void {
    if (this.reason) listener(this.reason);
    else this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The answer is complete. */
  close(): void {
    clearTimeout(this.timer);
    this.listeners.clear();
    this.onClose(this);
  }
}

const clientGone = new Timeout('The client closed the connection before the answer');

const tooLong = (milliseconds: number) =>
  new Timeout(`The request took longer than ${milliseconds / 1000} s and was stopped; narrow it and try again`);

/** The lifetimes of all requests that are being answered. */
export class Lifetimes {
  private readonly running = new Set<Lifetime>();

  /** The lifetime of a request whose body has just arrived. */
  begin(): Lifetime {
    const lifetime = new Lifetime((closed) => this.running.delete(closed));
    this.running.add(lifetime);
    return lifetime;
  }

  endAll(reason: CodedError): void {
    for (const lifetime of this.running) lifetime.end(reason);
  }
}
