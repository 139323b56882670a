import type { Events } from '../../platform/graphql/streams/events.js';
import type { Moment } from '../position.js';
import type { Page } from './page.js';

/**
 * The most that waits for a subscriber; a single page may be longer. A subscriber with more to read reads the log on
 * its own until it has caught up.
 */
const most = { changes: 2000, characters: 2_000_000 };

/** Milliseconds of silence after which a subscriber gets a heartbeat. */
export const quietMs = 7000;

/** The place of a subscriber among those of its organization: pages and heartbeats wait here until they are taken. */
export class Seat implements AsyncIterable<Page | Events> {
  private readonly waiting: (Page | Events)[] = [];
  private changes = 0;
  private characters = 0;
  private wake: () => void = () => undefined;
  private isLeft = false;
  private lastAt = performance.now();
  /** Whether more arrived than may wait, so that the rest has to be read from the log. */
  isOverrun = false;

  constructor(
    /** Everything up to here was there before the seat was taken. */
    readonly since: Moment,
  ) {}

  offer(page: Page): void {
    if (this.isLeft || this.isOverrun) return;
    const isFirst = this.changes === 0;
    this.changes += page.changes.length;
    this.characters += page.characters;
    if (!isFirst && (this.changes > most.changes || this.characters > most.characters)) {
      this.isOverrun = true;
      this.waiting.length = 0;
    } else this.waiting.push(page);
    this.wake();
  }

  /** Notes that the subscriber gets something now. */
  told(): void {
    this.lastAt = performance.now();
  }

  /** Gives a heartbeat to a subscriber who has got nothing for some time. */
  beat(events: Events): void {
    const isQuiet = performance.now() - this.lastAt >= quietMs;
    if (!isQuiet || this.waiting.length || this.isLeft || this.isOverrun) return;
    this.waiting.push(events);
    this.wake();
  }

  leave(): void {
    this.isLeft = true;
    this.waiting.length = 0;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Page | Events> {
    for (;;) {
      const next = this.waiting.shift();
      if (next) {
        if ('changes' in next) {
          this.changes -= next.changes.length;
          this.characters -= next.characters;
        }
        yield next;
      } else if (this.isLeft || this.isOverrun) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}
