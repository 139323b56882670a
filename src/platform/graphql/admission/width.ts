import { availableParallelism } from 'node:os';

/** Load during the last tenth of a second. */
interface Pressure {
  /** Milliseconds that the event loop was late. */
  delay: number;
  /** The share of the time that the processors were busy, 0–1. */
  busy: number;
  /** Whether requests wait for their turn. */
  isWanted: boolean;
}

/** Requests at a time that keep the processors busy, even if the database runs on the same machine. */
const enough = 2 * availableParallelism();

/** From here on the processors have more to do than they can. */
const crowded = { delay: 4, busy: 0.85 };

/**
 * The number of requests that may run at a time. Further ones are of use while processors are idle, since requests wait
 * for locks, for the disk or for a distant database. Where the processors are busy, they only make each other slower.
 */
export class Width {
  private readonly least: number;
  private exact: number;

  constructor(private readonly most: number) {
    this.least = Math.min(enough, most);
    this.exact = this.least;
  }

  get now(): number {
    return Math.floor(this.exact);
  }

  adapt({ delay, busy, isWanted }: Pressure): void {
    const isCrowded = delay > crowded.delay || busy > crowded.busy;
    const wanted = isCrowded ? this.exact * 0.8 : this.exact + (isWanted ? 2 : -1);
    this.exact = Math.min(this.most, Math.max(this.least, wanted));
  }
}
