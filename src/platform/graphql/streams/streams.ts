import type { Viewers } from '../../auth/identify.js';
import type { Config } from '../../config.js';
import { type CodedError, Forbidden, Overloaded, TooManyStreams, Unauthenticated, Unavailable } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Subscriber } from './subscriber.js';

/** Milliseconds between two look-ups of all viewers. */
const renewEveryMs = 5000;

/** Look-ups that may fail, one after the other, before the streams end. */
const mostFailures = 3;

const retryMs = 5000;

/** All open streams: their number, the rights of their callers, and their end. */
export class Streams {
  private readonly open = new Set<Subscriber>();
  private readonly counts = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;
  private renewing: Promise<void> = Promise.resolve();
  private failures = 0;
  private closed: CodedError | null = null;
  /** Streams that have ended, by the code of their last event; `gone` if the client has left. */
  readonly endings: Record<string, number> = {};
  /** Events sent to all subscribers. */
  sent = 0;

  constructor(
    private readonly viewers: Viewers,
    private readonly limits: Config['streams'],
    private readonly log: Pick<Log, 'warn'>,
  ) {
    this.timer = setInterval(() => void this.renew(), renewEveryMs);
    this.timer.unref();
  }

  /** Milliseconds for which a client may take nothing of what is sent to it. */
  get stallMs(): number {
    return this.limits.stallSeconds * 1000;
  }

  get most(): number {
    return this.limits.total;
  }

  get size(): number {
    return this.open.size;
  }

  /** Opens a stream. Throws RATE_LIMITED or OVERLOADED if there are too many. */
  add(subscriber: Subscriber): void {
    if (this.closed) throw this.closed;
    const { total, perOrganization, perCaller } = this.limits;
    const keys = [subscriber.callerId, subscriber.organizationId];
    const [ofCaller, ofOrganization] = keys.map((key) => this.counts.get(key) ?? 0) as [number, number];
    if (ofCaller >= perCaller) throw new TooManyStreams(perCaller, 'you', retryMs);
    if (ofOrganization >= perOrganization) throw new TooManyStreams(perOrganization, 'your organization', retryMs);
    if (this.open.size >= total) throw new Overloaded('The server has no room for another stream', retryMs);
    this.open.add(subscriber);
    for (const key of new Set(keys)) this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    subscriber.onEnd(() => this.remove(subscriber, keys));
  }

  private remove(subscriber: Subscriber, keys: readonly string[]): void {
    this.open.delete(subscriber);
    for (const key of new Set(keys)) {
      const left = this.counts.get(key)! - 1;
      if (left) this.counts.set(key, left);
      else this.counts.delete(key);
    }
    const ending = String(subscriber.reason?.extensions.code ?? 'gone');
    this.endings[ending] = (this.endings[ending] ?? 0) + 1;
  }

  /** Looks all viewers up again, or those of one organization, by one statement, and ends streams without rights. */
  renew(organizationId?: string): Promise<void> {
    this.renewing = this.renewing.then(() => this.renewAll(organizationId));
    return this.renewing;
  }

  private async renewAll(organizationId?: string): Promise<void> {
    const all = [...this.open].filter((one) => !organizationId || one.organizationId === organizationId);
    if (!all.length) return;
    try {
      const viewers = await this.viewers.currentOf(all);
      this.failures = 0;
      for (const [place, subscriber] of all.entries()) renewed(subscriber, viewers[place]!);
    } catch (err) {
      this.failures += 1;
      this.log.warn({ err }, 'the callers of streams could not be looked up');
      if (this.failures >= mostFailures || organizationId)
        for (const subscriber of all) subscriber.end(new Unavailable('DATABASE_UNAVAILABLE', err));
    }
  }

  /** Ends the streams of an organization. */
  endOf(organizationId: string, reason: CodedError): void {
    for (const one of this.open) if (one.organizationId === organizationId) one.end(reason);
  }

  /** Ends all streams, and opens no more. */
  close(reason: CodedError): void {
    this.closed = reason;
    clearInterval(this.timer);
    for (const subscriber of this.open) subscriber.end(reason);
  }
}

/** Gives a subscriber the rights of now, or ends it. */
function renewed(subscriber: Subscriber, viewer: Subscriber['viewer'] | Unauthenticated): void {
  try {
    if (viewer instanceof Unauthenticated) throw viewer;
    const before = subscriber.viewer.organization;
    if (before && viewer.organization?.id !== before.id) throw notAMember();
    subscriber.demand(viewer);
    subscriber.viewer = viewer;
  } catch (error) {
    subscriber.end(error as CodedError);
  }
}

const notAMember = () => new Forbidden('NOT_A_MEMBER', 'You are no longer an active member of this organization');
