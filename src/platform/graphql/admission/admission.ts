import type { Config } from '../../config.js';
import { EventLoop } from '../../http/event-loop.js';
import { Lane } from './lane.js';

/** The lanes of a server, and the state of its event loop. */
export class Admission {
  /** Documents whose caller is known. */
  readonly work: Lane;
  /** Sign-ins and the like, so that an overload by others keeps nobody out; its organizations are addresses. */
  readonly entry = new Lane({ inFlight: 16, perOrganization: 8, perCaller: 8, waiting: 256 });
  /** Requests with a big body, from before the body is read. */
  readonly bodies: Lane;
  readonly loop: EventLoop;

  constructor({ inFlight, perOrganization, perCaller, waiting, bigBodies, loopDelay }: Config['admission']) {
    this.work = new Lane({ inFlight, perOrganization, perCaller, waiting });
    const perParty = Math.ceil(bigBodies / 2);
    this.bodies = new Lane({ inFlight: bigBodies, perOrganization: perParty, perCaller: perParty, waiting: 32 });
    this.loop = new EventLoop(loopDelay);
  }

  close(): void {
    this.loop.close();
  }
}
