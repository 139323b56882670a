import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isConnectionLost } from '../database/faults.js';
import type { QueryRunner, Row, Statement } from '../database/sql.js';
import type { Compose, Variables } from './mail.js';
import { atOnce, type MailTransport } from './transports.js';

/** Milliseconds between two looks at the queue, for one try, and for which the end waits for a message on its way. */
const times = { interval: 2_000, try: 60_000, end: 1_000 };

/** Seconds between the tries: five within an hour. */
const waits = [60, 300, 900, 2_340];

interface Log {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

interface DueMail {
  id: string;
  template: string;
  variables: Variables;
  /** Including this one. */
  tries: number;
  /** Older than a day, e.g. from a backup. */
  is_stale: boolean;
}

type Outcome = { is: 'sent' | 'discarded' } | { is: 'failed' | 'due'; fault: string; wait?: number };

/**
 * Sends queued messages, a few at a time, for as long as the server runs. Each server does; while one holds the lease
 * of a message, no other gets it. A server that ends in the middle leaves the message to the end of its lease: a
 * recipient may get it twice, but never misses it.
 */
export class MailWorker {
  private readonly stopping = new AbortController();
  /** Ends the pause before the next look. */
  private hurry = new AbortController();
  private running: Promise<void> | undefined;
  private readonly database: QueryRunner;

  constructor(
    private readonly pool: Pool,
    private readonly transport: MailTransport,
    private readonly compose: Compose,
    private readonly log: Log,
  ) {
    this.database = {
      query: async <Found extends object = Row>({ text, values }: Statement) =>
        (await pool.query<Found>(text, values)).rows,
    };
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Looks at the queue at once, since a message has just been queued. */
  wake(): void {
    this.hurry.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.race([this.running, pause(times.end, undefined, { ref: false })]);
    this.transport.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const sending = new Set<Promise<void>>();
    while (!signal.aborted) {
      // Made before the look, so that a message that is queued meanwhile ends the pause.
      this.hurry = new AbortController();
      const lease = randomUUID();
      const mail = await this.take(lease);
      if (mail) {
        const sent: Promise<void> = this.send(mail, lease).finally(() => sending.delete(sent));
        sending.add(sent);
        if (sending.size === atOnce) await Promise.race(sending);
        continue;
      }
      const early = AbortSignal.any([signal, this.hurry.signal]);
      await pause(times.interval, undefined, { signal: early }).catch(() => undefined);
    }
    await Promise.all(sending);
  }

  private async take(lease: string): Promise<DueMail | undefined> {
    try {
      const { rows } = await this.pool.query<DueMail>('select * from lease_mail($1)', [lease]);
      return rows[0];
    } catch (err) {
      this.note(err);
      return undefined;
    }
  }

  private async send(mail: DueMail, lease: string): Promise<void> {
    try {
      const outcome = await this.attempt(mail, lease);
      const { fault = null, wait = null } = 'fault' in outcome ? outcome : {};
      await this.pool.query('select end_mail($1, $2, $3, $4)', [lease, outcome.is, fault, wait]);
    } catch (err) {
      // The lease ends by itself.
      this.note(err);
    }
  }

  /** The pulse tells about a database that is away. */
  private note(err: unknown): void {
    if (!isConnectionLost(err) && !this.stopping.signal.aborted) this.log.error({ err }, 'the queue of mails failed');
  }

  private async attempt(mail: DueMail, lease: string): Promise<Outcome> {
    const { id, template, variables, tries } = mail;
    if (mail.is_stale) return this.failed(mail, { fault: 'was not sent within a day' });
    if (tries > waits.length + 1) return this.failed(mail, { fault: 'no server has finished sending it' });
    const message = await this.compose({ template, variables, lease }, this.database);
    if (!message) return { is: 'discarded' };
    try {
      await withinTime((signal) => this.transport.send(id, message, signal));
      return { is: 'sent' };
    } catch (error) {
      const reason = reasonOf(error);
      const wait = waits[tries - 1];
      if (wait === undefined) return this.failed(mail, reason);
      this.log.warn({ mail: id, template, tries, ...reason.facts }, 'a mail was not sent and is tried again');
      return { is: 'due', fault: reason.fault, wait };
    }
  }

  private failed({ id, template, tries }: DueMail, { fault, facts = {} }: Reason): Outcome {
    this.log.error({ mail: id, template, tries, ...facts }, 'a mail was given up');
    return { is: 'failed', fault };
  }
}

interface Reason {
  /** For the queue. */
  fault: string;
  /** For the log, which holds no addresses; servers repeat them in their answers. */
  facts?: object;
}

function reasonOf(error: unknown): Reason {
  const { message, code, responseCode, command } = error as Error & Record<string, unknown>;
  return { fault: message.slice(0, 300), facts: { code, responseCode, command } };
}

async function withinTime(send: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(times.try);
  try {
    await send(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw Object.assign(new Error(`The mail server took longer than ${times.try / 1000} s`), { code: 'ETIMEDOUT' });
  }
}
