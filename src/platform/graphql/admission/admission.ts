import type { Config } from '../../config.js';
import { EventLoop } from '../../http/event-loop.js';
import { Lane } from './lane.js';
import { Processors } from './processors.js';
import { Width } from './width.js';

/** The lanes of a server. */
export class Admission {
  /** Documents whose caller is known. */
  readonly work: Lane;
  /** Sign-ins and the like, so that an overload by others keeps nobody out; its organizations are addresses. */
  readonly entry: Lane;
  /** Big bodies that arrive, which may take a slow client half a minute. */
  readonly uploads: Lane;
  /** Requests with a big body, from before it is parsed. */
  readonly bodies: Lane;
  /** Whether the event loop is so late that nothing big should be begun. */
  isLate = false;
  private readonly loop: EventLoop;

  constructor({ loopDelay, bigBodies, ...work }: Config['admission']) {
    const { patience } = work;
    this.work = new Lane(work);
    this.entry = new Lane({ inFlight: 16, perOrganization: 8, perCaller: 8, waiting: 256, patience });
    this.uploads = new Lane({ inFlight: 16, perOrganization: 4, perCaller: 4, waiting: 32, patience });
    const perParty = Math.ceil(bigBodies / 2);
    this.bodies = new Lane({
      inFlight: bigBodies,
      perOrganization: perParty,
      perCaller: perParty,
      // Each keeps its whole body in memory.
      waiting: 4,
      patience: 3 * patience,
    });
    const width = new Width(work.inFlight);
    this.work.resize(width.now);
    const processors = new Processors();
    let shortages = 0;
    this.loop = new EventLoop((delay) => {
      this.isLate = delay > loopDelay;
      const isWanted = this.work.waiting > 0 || this.work.shortages > shortages;
      shortages = this.work.shortages;
      width.adapt({ delay, busy: processors.busy(), isWanted });
      this.work.resize(width.now);
    });
  }

  close(): void {
    this.loop.close();
  }
}
