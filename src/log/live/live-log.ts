import { readFrom } from '../../platform/database/connection.js';
import { compile, sql } from '../../platform/database/sql.js';
import type { Services } from '../../platform/graphql/services.js';
import { Channel } from './channel.js';
import { quietMs } from './seat.js';

/** Milliseconds between two looks for changes that other processes have made. */
const pollEveryMs = 100;

/** Parts of the subscribers that get their heartbeats one after the other, so that twice `quietMs` is never reached. */
const parts = 7;

/**
 * Reads the log once for all subscriptions of this process. A statement of its own asks which organizations have
 * something new; then one channel for each reads it.
 */
export class LiveLog {
  private readonly channels = new Map<string, Channel>();
  private poll: NodeJS.Timeout | undefined;
  private readonly beats: NodeJS.Timeout;
  private readonly stopListening: () => void;
  private isClosed = false;

  constructor(private readonly services: Services) {
    this.stopListening = services.commits.listen((organizationId) => this.channels.get(organizationId)?.wake());
    this.beats = setInterval(() => {
      for (const channel of this.channels.values()) void channel.beat(parts);
    }, quietMs / parts);
    this.beats.unref();
  }

  channel(organizationId: string): Channel {
    let channel = this.channels.get(organizationId);
    if (!channel) {
      channel = new Channel(this.services, organizationId, (empty) => this.forget(empty));
      this.channels.set(organizationId, channel);
      this.schedule();
    }
    return channel;
  }

  private forget(empty: Channel): void {
    if (this.channels.get(empty.organizationId) === empty) this.channels.delete(empty.organizationId);
  }

  /** Milliseconds by which the slowest organization's latest change came late. */
  get lag(): number {
    return Math.max(0, ...[...this.channels.values()].map(({ lag }) => lag));
  }

  close(): void {
    this.isClosed = true;
    this.stopListening();
    clearInterval(this.beats);
    clearTimeout(this.poll);
  }

  private schedule(): void {
    if (this.poll || this.isClosed || !this.channels.size) return;
    this.poll = setTimeout(async () => {
      await this.look();
      this.poll = undefined;
      this.schedule();
    }, pollEveryMs);
  }

  private async look(): Promise<void> {
    const known = [...this.channels.values()].filter(({ seen }) => seen !== null);
    if (!known.length) return;
    try {
      const news = await readFrom<{ organization_id: string }>(
        this.services.sidePool,
        compile(sql`
          select organization_id
          from log_news(
            ${known.map(({ organizationId }) => organizationId)}::uuid[],
            ${known.map(({ seen }) => seen)}::text[]
          )`),
      );
      for (const { organization_id: id } of news) this.channels.get(id)?.wake();
    } catch (error) {
      this.services.faults.note(error as Error, 'the log was not asked for news');
    }
  }
}

const logs = new WeakMap<Services, LiveLog>();

/** The log of a server for its subscriptions. */
export function liveLogOf(services: Services): LiveLog {
  const log = logs.get(services) ?? new LiveLog(services);
  logs.set(services, log);
  return log;
}
