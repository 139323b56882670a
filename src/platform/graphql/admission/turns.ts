import { addressKey } from '../../http/address.js';

/** The keys under which a request counts, for fairness alone. */
export interface Party {
  organization: string;
  caller: string;
}

/** Requests without a viewer share an organization, so all of them together leave room for others. */
export const strangers = (ip: string): Party => ({ organization: 'strangers', caller: addressKey(ip) });

/** A request that waits for its turn. */
export interface Waiter {
  place: Place;
  admit(): void;
  refuse(): void;
}

class Caller {
  inFlight = 0;
  readonly waiting: Waiter[] = [];
}

class Organization {
  inFlight = 0;
  waiting = 0;
  /** Mean milliseconds that its latest requests ran. */
  mean: number | null = null;
  readonly callers = new Map<string, Caller>();
  /** The callers that wait, the next one first. */
  readonly turns = new Map<string, Caller>();
}

/** The counts that a request adds to. */
export interface Place extends Readonly<{ party: Party; organization: Organization; caller: Caller }> {}

/** Counts requests by organization and caller, and knows whose turn is next. */
export class Turns {
  waiting = 0;
  private readonly organizations = new Map<string, Organization>();
  /** The organizations that wait, the next one first. */
  private readonly turns = new Map<string, Organization>();

  placeOf(party: Party): Place {
    const organization = this.organizations.get(party.organization) ?? new Organization();
    return { party, organization, caller: organization.callers.get(party.caller) ?? new Caller() };
  }

  begin(place: Place): void {
    this.keep(place);
    place.organization.inFlight += 1;
    place.caller.inFlight += 1;
  }

  end(place: Place): void {
    place.organization.inFlight -= 1;
    place.caller.inFlight -= 1;
    this.forget(place);
  }

  add(waiter: Waiter): void {
    const { party, organization, caller } = waiter.place;
    this.keep(waiter.place);
    caller.waiting.push(waiter);
    organization.waiting += 1;
    this.waiting += 1;
    if (caller.waiting.length === 1) organization.turns.set(party.caller, caller);
    if (organization.waiting === 1) this.turns.set(party.organization, organization);
  }

  remove(waiter: Waiter): void {
    const { party, organization, caller } = waiter.place;
    caller.waiting.splice(caller.waiting.indexOf(waiter), 1);
    organization.waiting -= 1;
    this.waiting -= 1;
    if (!caller.waiting.length) organization.turns.delete(party.caller);
    if (!organization.waiting) this.turns.delete(party.organization);
    this.forget(waiter.place);
  }

  /** The waiter whose turn it is, among those for whom there is room; its caller and organization go to the end. */
  next(most: { organization: number; caller: number }): Waiter | undefined {
    for (const [name, organization] of this.turns) {
      if (organization.inFlight >= most.organization) continue;
      for (const [callersName, caller] of organization.turns) {
        if (caller.inFlight >= most.caller) continue;
        organization.turns.delete(callersName);
        organization.turns.set(callersName, caller);
        this.turns.delete(name);
        this.turns.set(name, organization);
        return caller.waiting[0];
      }
    }
    return undefined;
  }

  /** The turns until a further request of this place has its own: its caller's, its organization's, and all. */
  ahead({ organization, caller }: Place): { caller: number; organization: number; all: number } {
    const own = caller.waiting.length + 1;
    let ofOrganization = own;
    for (const other of organization.turns.values())
      if (other !== caller) ofOrganization += Math.min(other.waiting.length, own);
    let all = ofOrganization;
    for (const other of this.turns.values()) if (other !== organization) all += Math.min(other.waiting, ofOrganization);
    return { caller: own, organization: ofOrganization, all };
  }

  /** The latest waiter of the organization, and in it of the caller, that waits most. */
  last(): Waiter | undefined {
    const most = <Waits>(all: Iterable<Waits>, length: (waits: Waits) => number): Waits | undefined =>
      [...all].reduce<Waits | undefined>((most, one) => (most && length(most) >= length(one) ? most : one), undefined);
    const organization = most(this.turns.values(), ({ waiting }) => waiting);
    return organization && most(organization.turns.values(), ({ waiting }) => waiting.length)!.waiting.at(-1);
  }

  private keep({ party, organization, caller }: Place): void {
    this.organizations.set(party.organization, organization);
    organization.callers.set(party.caller, caller);
  }

  private forget({ party, organization, caller }: Place): void {
    if (!caller.inFlight && !caller.waiting.length) organization.callers.delete(party.caller);
    if (!organization.callers.size) this.organizations.delete(party.organization);
  }
}
