import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Viewer } from '../../platform/auth/viewer.js';
import { CursorExpired } from '../../platform/errors.js';
import type { Services } from '../../platform/graphql/services.js';
import { readAs } from '../../platform/graphql/streams/reading.js';
import { begun, pageAfter } from '../feed.js';
import { isExpired, LogCursors, type Moment, momentOf, type Position } from '../position.js';
import type { LiveChange } from './matching.js';
import { heartbeat, liveSelection, Page } from './page.js';
import { Seat } from './seat.js';

/** Changes that are read at a time. */
const mostChanges = 1000;

/**
 * Subscribers who are offered a page before the event loop has a turn: requests go on, and garbage stays young
 * (decision 0059).
 */
const mostSeats = 100;

/** Milliseconds between two readings, so that changes that follow each other quickly are read together. */
const apart = 20;

/** Reads the log of one organization for all of its subscribers, while there are any. */
export class Channel {
  readonly cursors: LogCursors;
  private readonly seats = new Set<Seat>();
  private joining: PromiseWithResolvers<Seat>[] = [];
  /** Subscribers who will have a seat after the reading that has begun or is about to. */
  private expected = 0;
  private moment: Moment | null = null;
  private position: Position | null = null;
  private isReading = false;
  private isBehind = false;
  private beats = 0;
  /** The latest page on its way to the subscribers. */
  private handing: Promise<void> = Promise.resolve();
  /** Milliseconds from the beginning of the latest change until it was handed over, by the clocks of both machines. */
  lag = 0;

  constructor(
    private readonly services: Services,
    readonly organizationId: string,
    private readonly onEmpty: (channel: Channel) => void,
  ) {
    this.cursors = new LogCursors(services.seal, organizationId, services.logRetentionDays);
  }

  /** The snapshot up to which everything was handed over; null before the first reading, and during each. */
  get seen(): string | null {
    return this.isReading ? null : (this.position?.lower ?? null);
  }

  /** A place for a subscriber, who gets everything that commits from now on. */
  join(): Promise<Seat> {
    const joining = Promise.withResolvers<Seat>();
    this.joining.push(joining);
    this.expected += 1;
    this.wake();
    return joining.promise;
  }

  leave(seat: Seat): void {
    seat.leave();
    this.seats.delete(seat);
    if (this.isEmpty) this.onEmpty(this);
  }

  private get isEmpty(): boolean {
    return this.seats.size === 0 && this.expected === 0;
  }

  /** Reads soon, since there may be something new. */
  wake(): void {
    this.isBehind = true;
    if (!this.isReading) void this.readAll();
  }

  /** Sends a heartbeat to a part of the subscribers, so that not all of them are busy with it at once. */
  async beat(parts: number): Promise<void> {
    const part = this.beats++ % parts;
    // While a page is handed over, some have it already: the old position would take their cursor back.
    await this.handing.catch(() => undefined);
    const cursor = this.moment && this.position && this.cursors.make(this.position);
    if (!cursor) return;
    const events = heartbeat(cursor);
    let place = 0;
    for (const seat of this.seats) if (place++ % parts === part) seat.beat(events);
  }

  private async readAll(): Promise<void> {
    this.isReading = true;
    while (this.isBehind && !this.isEmpty) {
      this.isBehind = false;
      const joining = this.joining;
      this.joining = [];
      try {
        await this.readNew();
        for (const { resolve } of joining) {
          const seat = new Seat(this.moment!);
          this.seats.add(seat);
          resolve(seat);
        }
      } catch (error) {
        this.services.faults.note(error as Error, 'the log was not read for subscriptions');
        for (const { reject } of joining) reject(error);
      }
      this.expected -= joining.length;
      await pause(apart);
    }
    this.isReading = false;
    if (this.isEmpty) this.onEmpty(this);
  }

  /** Reads until the end, page by page, and hands the pages over. */
  private async readNew(): Promise<void> {
    for (;;) {
      const from = this.position;
      const { now, page } = await readAs(this.services, reader(this.organizationId), async (read) => {
        const now = await momentOf(read);
        const page = from && (await pageAfter(read, { from, now, filter: null, size: mostChanges }, liveSelection));
        return { now, page };
      });
      if (from && isExpired(from, now, this.services.logRetentionDays)) this.expire();
      const end = page?.end ?? begun(now);
      if (page?.changes.length) {
        const changes = page.changes.map(({ change }) => change as object as LiveChange);
        const behind = [...page.changes.slice(0, -1).map(({ position }) => position), end];
        const cursors = behind.map((position) => this.cursors.make(position));
        this.handing = this.handOver(new Page(changes, cursors, end));
        await this.handing;
      } else this.position = end;
      if (end.within) continue;
      this.moment = { incarnation: end.incarnation, snapshot: end.lower!, at: end.at, bound: end.bound };
      // The end of an older snapshot is not the present.
      if (!from?.within) return;
    }
  }

  private async handOver(page: Page): Promise<void> {
    if (page.changesAccess) await this.services.streams.renew(this.organizationId);
    let offered = 0;
    for (const seat of this.seats) {
      seat.offer(page);
      offered += 1;
      if (offered % mostSeats === 0) await nextTurn();
    }
    this.lag = Date.now() - Date.parse(page.changes.at(-1)!.at);
    this.position = page.end;
  }

  private expire(): never {
    this.position = null;
    this.services.streams.endOf(this.organizationId, new CursorExpired());
    throw new CursorExpired();
  }
}

/** Sees the changes of all types; each subscriber gets only what they may see. */
const reader = (organizationId: string): Viewer => ({
  userId: null,
  sessionId: null,
  apiKey: null,
  isSuperuser: true,
  now: new Date(),
  organization: {
    id: organizationId,
    currency: '',
    timeZone: 'UTC',
    today: '',
    isOwner: true,
    isSuspended: false,
    selfId: null,
    permissions: new Set(),
  },
});
