import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Seal } from '../auth/seal.js';
import { readFrom } from '../database/connection.js';
import { furthest, type Horizon, noHorizon } from '../database/horizon.js';
import { settledAfter } from '../database/primary-history.js';
import type { Replicas } from '../database/replicas.js';
import type { Pools } from '../database/snapshot.js';
import { BadInput } from '../errors.js';
import type { AnswerHeaders } from './rate-limits.js';

/** Header of answers, which callers send back so that other servers know their horizon, too. */
export const readAfter = 'x-read-after';

/** More callers than can write within `settledAfter`. */
const mostCallers = 20_000;

/** Values of the header belong to it. */
const owner = 'horizon';

/** A request, as far as its horizon depends on it. */
interface Asking {
  /** Null for strangers. */
  callerId: string | null;
  /** Values of earlier answers, separated by commas. */
  header: string | undefined;
}

/** Horizons of callers: a replica serves a caller once it has everything that the caller must see. */
export class Horizons {
  private readonly ofCallers = new LRUCache<string, Horizon>({ max: mostCallers, ttl: settledAfter });

  constructor(
    private readonly replicas: Replicas,
    private readonly primary: Pool,
    private readonly seal: Seal,
  ) {}

  /** Pools of a replica for the caller; null if only the primary serves. */
  replicaFor(asking: Asking & { callerId: string }): Pools | null {
    return this.replicas.poolsFor(asking.callerId, this.of(asking));
  }

  /** Throws BAD_USER_INPUT for a header that no answer has given. */
  of({ callerId, header }: Asking): Horizon {
    const known = callerId === null ? undefined : this.ofCallers.get(callerId);
    const sent = header ? header.split(',').map((value) => this.read(value.trim())) : [];
    return furthest(known ? [known, ...sent] : sent);
  }

  /**
   * Moves the horizon of the caller to the present, and tells it in the answer. If the outcome of a write is unknown,
   * it may end later than the present.
   */
  async advance(
    before: Horizon,
    callerId: string | null,
    { isKnown, answer }: { isKnown: boolean; answer: AnswerHeaders },
  ): Promise<void> {
    const horizon = furthest([before, isKnown ? await this.present() : unknown()]);
    if (callerId !== null) this.move(callerId, horizon);
    answer.header(readAfter, this.seal.close(`${horizon.end} ${horizon.unknownSince}`, owner));
  }

  /** Notes that the caller is told of changes that others have made. */
  told(callerId: string): void {
    this.move(callerId, { ...noHorizon, toldAt: performance.now() });
  }

  private move(callerId: string, horizon: Horizon): void {
    this.ofCallers.set(callerId, furthest([this.ofCallers.get(callerId) ?? noHorizon, horizon]));
  }

  private async present(): Promise<Horizon> {
    // A failure must not turn the answer into an error: the changes are made.
    const rows = await readFrom<{ end: number }>(this.primary, { text: present, values: [] }).catch(() => []);
    return rows[0] ? { ...noHorizon, end: rows[0].end } : unknown();
  }

  private read(value: string): Horizon {
    // A key is removed long after the writes of its last values.
    if (this.seal.isForeign(value)) return noHorizon;
    const [end, unknownSince] = this.seal.open(value, owner)?.split(' ') ?? [];
    if (end && unknownSince) return { ...noHorizon, end: Number(end), unknownSince: Number(unknownSince) };
    const message = 'must be as an answer gave it in this header; leave it out if there is none';
    throw new BadInput([{ path: 'X-Read-After', code: 'INVALID', message }]);
  }
}

const present = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as end`;

const unknown = (): Horizon => ({ ...noHorizon, unknownSince: Date.now() });
