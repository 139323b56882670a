/** Milliseconds by which a replica may lag. */
export const mostLag = 5_000;

/** Milliseconds from a write on, until every replica that serves has it: longer than the lag and a slow commit. */
export const settledAfter = 2 * mostLag;

/** A server as it is: the primary or a standby. */
export interface Moment {
  isStandby: boolean;
  /** Cluster, database and role. */
  origin: string;
  /** A promotion begins another timeline. Standbys that follow it tell so from their next checkpoint on. */
  timeline: number;
  /** The end of what the primary has written, or of what a standby has replayed. */
  end: number;
  /** When it was asked, by `performance.now()`. */
  askedAt: number;
}

/** Recent moments of the primary, by which the lag of replicas is known without comparing clocks. */
export class PrimaryHistory {
  private moments: Moment[] = [];

  add(moment: Moment): void {
    this.moments = [...this.moments.filter(({ askedAt }) => askedAt > moment.askedAt - settledAfter), moment];
  }

  get latest(): Moment | undefined {
    return this.moments.at(-1);
  }

  /** Whether the primary had written less than a standby had replayed, although it was asked later. */
  wasBehind(end: number, heardAt: number): boolean {
    return this.moments.some((moment) => moment.askedAt > heardAt && moment.end < end);
  }

  /** When the primary was last known to be no further than the replica. */
  timeOf({ end, timeline }: Moment): number {
    const reached = this.moments.findLast((moment) => moment.end <= end && moment.timeline === timeline);
    return reached?.askedAt ?? Number.NEGATIVE_INFINITY;
  }
}
