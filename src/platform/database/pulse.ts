import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.js';
import type { GuardedPool } from './orm.js';

/** Milliseconds: to connect at most, and the period over which bytes on other connections count. */
const times = { connect: 2_000, hearing: 500 };

/** A question that a pulse repeats. */
export interface Question<Answer> {
  text: string;
  /** Milliseconds between two questions. */
  interval: number;
  /** Milliseconds for an answer. A process that is too busy to listen waits longer: it counts periods of hearing. */
  patience: number;
  /** Names in the log who is asked, as the subject of a sentence. */
  of: string;
  onAnswer(answer: Answer, about: Asked): void;
}

export interface Asked {
  /** The time of the question by `performance.now()`. */
  at: number;
  /** The process of the connection, as PostgreSQL or a pooler has told it. */
  processId: number | null;
}

/** Asks only for a sign of life; a dead network is noticed within 4 seconds. */
const signOfLife: Question<unknown> = {
  text: 'select 1',
  interval: 1_000,
  patience: 3_000,
  of: 'the database',
  onAnswer: () => undefined,
};

/**
 * Asks PostgreSQL again and again, on a connection of its own, whether it is there. A connection over a network that
 * died without a word looks sound, and its statements would wait forever. So when PostgreSQL stops answering, the
 * pools' connections are closed, their statements reject, and the pools give no connections until it answers again. A
 * busy PostgreSQL may be late to answer this question alone: it is not away as long as other connections hear of it.
 */
export class Pulse<Answer = unknown> {
  /** The error for which PostgreSQL counts as away; null while it counts as up. */
  failure: unknown = null;
  /** Null before the first question, so that its failure is logged as well. */
  private answers: boolean | null = null;
  private client: pg.Client | null = null;
  private readonly connections = new Set<pg.Client>();
  private readonly stopping = new AbortController();
  /** Ends the pause before the next question. */
  private hurry = new AbortController();
  private running: Promise<void> | undefined;

  /** Connects as the first of the pools does. */
  constructor(
    private readonly pools: readonly [GuardedPool, ...GuardedPool[]],
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly question: Question<Answer> = signOfLife,
  ) {
    for (const pool of pools)
      pool
        .on('connect', (client) => this.connections.add(client))
        .on('remove', (client) => this.connections.delete(client));
  }

  get isUp(): boolean {
    return this.answers === true;
  }

  /** Resolves after the first answer or failure. */
  async start(): Promise<void> {
    await this.beat();
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.client?.end();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      this.hurry = new AbortController();
      const early = AbortSignal.any([signal, this.hurry.signal]);
      await pause(this.question.interval, undefined, { signal: early }).catch(() => undefined);
      if (!signal.aborted) await this.beat();
    }
  }

  private async beat(): Promise<void> {
    const hearing = new Hearing(this.connections);
    try {
      this.client ??= await this.connect();
      const { answer, ...about } = await this.ask(this.client);
      this.set(true);
      this.question.onAnswer(answer, about);
    } catch (err) {
      this.client?.connection.stream.destroy();
      this.client = null;
      if (isSilence(err) && hearing.isSome) return;
      this.set(false, err);
      for (const { connection } of this.connections) connection.stream.destroy();
    } finally {
      hearing.end();
    }
  }

  private set(isUp: boolean, err: unknown = null): void {
    this.failure = err;
    if (isUp === this.answers) return;
    this.answers = isUp;
    for (const pool of this.pools) pool.isAway = !isUp;
    if (isUp) this.log.info(`${this.question.of} answers`);
    else this.log.warn({ err }, `${this.question.of} does not answer`);
  }

  private async connect(): Promise<pg.Client> {
    const { connectionString, options } = this.pools[0].options;
    const client = new pg.Client({ connectionString, options, connectionTimeoutMillis: times.connect });
    // The next question rejects. Without a listener the event would end the process.
    client.on('error', () => undefined);
    client.on('end', () => {
      if (client !== this.client || this.stopping.signal.aborted) return;
      // Perhaps only this connection was ended; the next question tells.
      this.client = null;
      this.hurry.abort();
    });
    await client.connect();
    return client;
  }

  private async ask(client: pg.Client): Promise<{ answer: Answer } & Asked> {
    const given = new AbortController();
    const at = performance.now();
    const answering = client.query(this.question.text).finally(() => given.abort());
    await Promise.race([answering, silent(this.question.patience, given.signal)]);
    const { rows } = await answering;
    return { answer: rows[0], at, processId: client.processID };
  }
}

/** Rejects when the process has listened in vain for an answer; resolves when it is given. */
async function silent(patience: number, given: AbortSignal): Promise<void> {
  for (let heard = 0; heard < patience && !given.aborted; heard += times.hearing) {
    await pause(times.hearing, undefined, { signal: given }).catch(() => undefined);
    // A busy process is late to read an answer that has arrived.
    for (let turn = 0; turn < 3 && !given.aborted; turn += 1) await nextTurn();
  }
  if (!given.aborted) throw new Silence(`PostgreSQL did not answer within ${patience} ms`);
}

class Silence extends Error {}

/** Whether nothing was heard at all; a refusal or a closed connection tells more. */
const isSilence = (error: unknown): boolean =>
  error instanceof Silence || (error as Error).message === 'timeout expired';

/** Notices whether connections have just received anything. */
class Hearing {
  private before = new Map<pg.Client, number>();
  private latest = new Map<pg.Client, number>();
  private readonly timer = setInterval(() => this.listen(), times.hearing);

  constructor(private readonly connections: ReadonlySet<pg.Client>) {
    this.listen();
    this.listen();
  }

  /** Whether one has within the last one or two periods. */
  get isSome(): boolean {
    return [...this.connections].some((client) => received(client) > (this.before.get(client) ?? 0));
  }

  end(): void {
    clearInterval(this.timer);
  }

  private listen(): void {
    this.before = this.latest;
    this.latest = new Map([...this.connections].map((client) => [client, received(client)]));
  }
}

/** Bytes so far. */
const received = ({ connection }: pg.Client): number => (connection.stream as Socket).bytesRead;
