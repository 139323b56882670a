import { availableParallelism } from 'node:os';
import type { Config } from '../../config.js';
import { EventLoop } from '../../http/event-loop.js';
import { Lane } from './lane.js';

/** Requests at a time that keep the processors busy, even if the database runs on the same machine. */
const least = 2 * availableParallelism();

/** Milliseconds that the event loop is late when the processors have more to do than they can. */
const crowded = 4;

/** The lanes of a server. The busier the processors are, the fewer requests run at a time. */
export class Admission {
  /** Documents whose caller is known. */
  readonly work: Lane;
  /** Sign-ins and the like, so that an overload by others keeps nobody out; its organizations are addresses. */
  readonly entry: Lane;
  /** Requests with a big body, from before the body is read. */
  readonly bodies: Lane;
  /** Whether the event loop is so late that nothing big should be begun. */
  isLate = false;
  private readonly loop: EventLoop;
  private width: number;

  constructor(private readonly limits: Config['admission']) {
    const { inFlight, perOrganization, perCaller, waiting, patience, bigBodies } = limits;
    this.work = new Lane({ inFlight, perOrganization, perCaller, waiting, patience });
    this.entry = new Lane({ inFlight: 16, perOrganization: 8, perCaller: 8, waiting: 256, patience });
    const perParty = Math.ceil(bigBodies / 2);
    this.bodies = new Lane({
      inFlight: bigBodies,
      perOrganization: perParty,
      perCaller: perParty,
      waiting: 32,
      patience,
    });
    this.width = inFlight;
    this.loop = new EventLoop((delay) => this.adapt(delay));
  }

  close(): void {
    this.loop.close();
  }

  /**
   * Requests beyond those that the processors can run only take time from the event loop. It then cannot even refuse
   * the others at once. Requests that wait for locks or for a distant database leave it alone.
   */
  private adapt(delay: number): void {
    const { inFlight, loopDelay } = this.limits;
    this.isLate = delay > loopDelay;
    const wanted = delay > crowded ? this.width * 0.8 : this.width + 1;
    this.width = Math.min(inFlight, Math.max(least, wanted));
    this.work.resize(Math.floor(this.width));
  }
}
