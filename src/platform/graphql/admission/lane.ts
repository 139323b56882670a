import { Overloaded } from '../../errors.js';
import { type Party, type Place, Turns, type Waiter } from './turns.js';

export interface LaneLimits {
  /** Requests in flight, of all callers together. */
  inFlight: number;
  perOrganization: number;
  perCaller: number;
  /** Requests that wait for their turn. */
  waiting: number;
  /** Milliseconds that a request waits for its turn. A request that would wait longer is refused at once. */
  patience: number;
}

/** Gives the place of a request to the next one; further calls do nothing. */
export type Leave = () => void;

/** A narrow lane leaves each caller this many requests at a time: one for the server, one for the database. */
const leastShare = 2;

/** Requests after which their mean duration says how long others will wait; the first of a burst are the slowest. */
const telling = 20;

/** The least weight of the latest request in the mean duration of an organization's requests, and of all. */
const weights = { organization: 0.1, all: 0.02 };

/**
 * Lets only so many requests run at a time; the others wait for their turn. Turns go around the organizations that
 * wait, and within an organization around its callers, so nobody waits behind all requests of somebody else.
 */
export class Lane {
  private inFlight = 0;
  private readonly turns = new Turns();
  /** Since the lane was empty: the number of requests that have run, and the mean milliseconds that they took. */
  private finished = 0;
  private mean = 0;

  private limits: LaneLimits;
  /** The moment since which the lane has been full; null while there is room. */
  private fullSince: number | null = null;
  /** Requests that found no room, so far. */
  shortages = 0;

  constructor(private readonly most: LaneLimits) {
    this.limits = most;
  }

  /** Narrows or widens the lane to this many requests at a time; the shares of organizations and callers follow. */
  resize(inFlight: number): void {
    const { most, limits } = this;
    if (inFlight === limits.inFlight) return;
    const [perOrganization, perCaller] = [most.perOrganization, most.perCaller].map((limit) =>
      Math.max(Math.ceil((limit * inFlight) / most.inFlight), Math.min(limit, leastShare)),
    ) as [number, number];
    this.limits = { ...most, inFlight, perOrganization, perCaller };
    if (inFlight > limits.inFlight) this.admitWaiting();
  }

  /** Resolves at the request's turn. Throws or rejects with OVERLOADED if that would not or does not come in time. */
  enter(party: Party): Leave | Promise<Leave> {
    const place = this.turns.placeOf(party);
    if (this.hasRoom(place)) return this.begin(place);
    this.shortages += 1;
    const refusal = this.refusalAt(place);
    if (refusal) throw refusal;
    if (this.isFull) this.turns.last()?.refuse();
    return this.wait(place);
  }

  /** The error that `enter` would throw now, or null; costs next to nothing. */
  refusal(party: Party): Overloaded | null {
    const place = this.turns.placeOf(party);
    if (this.hasRoom(place)) return null;
    const refusal = this.refusalAt(place);
    if (refusal) this.shortages += 1;
    return refusal;
  }

  /** Requests in flight. */
  get running(): number {
    return this.inFlight;
  }

  get waiting(): number {
    return this.turns.waiting;
  }

  /**
   * A lane that has been full for the whole patience has more to do than it can. A long queue would then make every
   * request late without letting one more through, so only as many wait as are needed to leave no place empty.
   */
  private get isFull(): boolean {
    const { waiting, inFlight, patience } = this.most;
    const isFlood = this.fullSince !== null && performance.now() - this.fullSince > patience;
    return this.turns.waiting >= (isFlood ? Math.min(waiting, inFlight) : waiting);
  }

  private hasRoom({ organization, caller }: Place): boolean {
    const { inFlight, perOrganization, perCaller } = this.limits;
    return this.inFlight < inFlight && organization.inFlight < perOrganization && caller.inFlight < perCaller;
  }

  private refusalAt(place: Place): Overloaded | null {
    const wait = this.expectedWait(place);
    if (wait > this.most.patience) return overloaded(wait);
    if (!this.isFull) return null;
    // A full queue still has room for an organization that waits much less than another.
    const longest = this.turns.last()?.place.organization.waiting ?? 0;
    return 2 * (place.organization.waiting + 1) <= longest ? null : overloaded();
  }

  /** Milliseconds, from the turns ahead and the mean duration of requests. */
  private expectedWait(place: Place): number {
    const { inFlight, perOrganization, perCaller } = this.limits;
    const { organization, caller } = place;
    const ahead = this.turns.ahead(place);
    if (this.finished < telling) return 0;
    const mean = organization.mean ?? this.mean;
    return Math.max(
      caller.inFlight < perCaller ? 0 : (ahead.caller * mean) / perCaller,
      organization.inFlight < perOrganization ? 0 : (ahead.organization * mean) / perOrganization,
      this.inFlight < inFlight ? 0 : (ahead.all * this.mean) / inFlight,
    );
  }

  private begin(place: Place): Leave {
    const began = performance.now();
    this.inFlight += 1;
    if (this.inFlight >= this.limits.inFlight) this.fullSince ??= began;
    this.turns.begin(place);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.inFlight -= 1;
      this.learn(place, performance.now() - began);
      this.turns.end(place);
      this.admitWaiting();
      if (this.inFlight < this.limits.inFlight) this.fullSince = null;
    };
  }

  private wait(place: Place): Promise<Leave> {
    return new Promise((admit, reject) => {
      const leaveQueue = () => {
        clearTimeout(timer);
        this.turns.remove(waiter);
      };
      const waiter: Waiter = {
        place,
        admit: () => {
          const leave = this.begin(place);
          leaveQueue();
          admit(leave);
        },
        refuse: () => {
          leaveQueue();
          reject(overloaded());
        },
      };
      const timer = setTimeout(waiter.refuse, this.most.patience);
      this.turns.add(waiter);
    });
  }

  private admitWaiting(): void {
    const { inFlight, perOrganization, perCaller } = this.limits;
    while (this.turns.waiting && this.inFlight < inFlight) {
      const next = this.turns.next({ organization: perOrganization, caller: perCaller });
      if (!next) return;
      next.admit();
    }
  }

  /** Nothing is learned from the past of a lane or an organization that has been idle since. */
  private learn({ organization }: Place, milliseconds: number): void {
    const duration = Math.min(milliseconds, this.most.patience);
    const goesOn = this.inFlight > 0 || this.turns.waiting > 0;
    this.finished = goesOn ? this.finished + 1 : 0;
    this.mean = goesOn ? this.mean + (duration - this.mean) * Math.max(weights.all, 1 / this.finished) : 0;
    const known = organization.mean ?? this.mean;
    organization.mean = known + (duration - known) * weights.organization;
  }
}

/** The callers that are told to come back do so at different times. */
export const overloaded = (wait = 0): Overloaded =>
  Overloaded.cheaply(
    'The server has no room for this request at present; wait and send it again',
    Math.round(Math.max(wait, 1000) * (1 + Math.random())),
  );
