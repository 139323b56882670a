import type { Pool } from 'pg';
import { runnerOn } from '../database/connection.js';
import type { QueryRunner } from '../database/sql.js';
import { Worker } from '../jobs/worker.js';
import type { Compose, Variables } from './mail.js';
import { atOnce, type MailTransport } from './transports.js';

/** Milliseconds for one try. */
const timeout = 60_000;

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

/** Sends queued messages. A recipient may get one twice, but never misses it. */
export class MailWorker extends Worker<DueMail> {
  private readonly database: QueryRunner;

  constructor(
    private readonly pool: Pool,
    private readonly transport: MailTransport,
    private readonly compose: Compose,
    private readonly log: Log,
  ) {
    super({ interval: 2_000, end: 1_000, most: atOnce }, log);
    this.database = runnerOn(pool);
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.transport.close();
  }

  protected async take(lease: string): Promise<DueMail | undefined> {
    const { rows } = await this.pool.query<DueMail>('select * from lease_mail($1)', [lease]);
    return rows[0];
  }

  protected async work(mail: DueMail, lease: string): Promise<void> {
    const outcome = await this.attempt(mail, lease);
    const { fault = null, wait = null } = 'fault' in outcome ? outcome : {};
    await this.pool.query('select end_mail($1, $2, $3, $4)', [lease, outcome.is, fault, wait]);
  }

  protected fault(): [facts: object, message: string] {
    return [{}, 'the queue of mails failed'];
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
  const signal = AbortSignal.timeout(timeout);
  try {
    await send(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw Object.assign(new Error(`The mail server took longer than ${timeout / 1000} s`), { code: 'ETIMEDOUT' });
  }
}
