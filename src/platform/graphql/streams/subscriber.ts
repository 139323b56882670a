import type { Verified } from '../../auth/tokens.js';
import { callerIdOf, type Viewer } from '../../auth/viewer.js';
import type { CodedError } from '../../errors.js';
import type { Demand } from '../../permissions/rights.js';

/** The caller of a subscription, whose rights are looked up again while the stream is open. */
export class Subscriber {
  readonly callerId: string;
  readonly organizationId: string;
  /** The error that the client gets as the last event; null if the client has gone, or if the stream goes on. */
  reason: CodedError | null = null;
  hasEnded = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    public viewer: Viewer,
    readonly credentials: Verified,
    /** Throws the error for the right that the root field needs. */
    readonly demand: Demand,
  ) {
    this.callerId = callerIdOf(viewer);
    this.organizationId = viewer.organization?.id ?? this.callerId;
  }

  end(reason: CodedError | null): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.reason = reason;
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }

  /** Calls the listener when it ends, or at once if it has ended. Returns a function that removes the listener. */
  onEnd(listener: () => void): () => void {
    if (this.hasEnded) listener();
    else this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
