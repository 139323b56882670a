import { v7 } from 'uuid';
import type { QueryRunner } from '../database/sql.js';
import { sql } from '../database/sql.js';

/** A message as its recipient gets it. */
export interface Message {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The link that the message is about; null if it only tells something. */
  link: string | null;
}

/** Texts that a template puts into its message. Tokens are not among them: a message gets one when it is sent. */
export type Variables = Readonly<Record<string, string>>;

/** A message that a server is about to send. */
export interface LeasedMail {
  template: string;
  variables: Variables;
  /** Known only to the server that sends the message. */
  lease: string;
}

/** Makes the message; null if it is not to be sent any more. */
export type Compose = (mail: LeasedMail, database: QueryRunner) => Promise<Message | null>;

/** Queues messages from one template in the transaction of their cause, about the transaction's user. */
export async function queueMails(work: QueryRunner, template: string, each: readonly Variables[]): Promise<void> {
  await work.query(sql`
    select queue_mail(m.id, ${template}, m.variables, 0)
    from unnest(
      ${each.map(() => v7())}::uuid[],
      ${each.map((variables) => JSON.stringify(variables))}::jsonb[]
    ) as m(id, variables)`);
}

/**
 * Queues a message in the transaction of its cause, about the transaction's user. With `apart`, does not queue it if
 * the user has had one from this template within that many seconds. Returns the milliseconds to wait, otherwise 0.
 */
export async function queueMail(
  work: QueryRunner,
  template: string,
  variables: Variables = {},
  { apart = 0 } = {},
): Promise<number> {
  const [queued] = await work.query<{ wait: number }>(
    sql`select queue_mail(${v7()}::uuid, ${template}, ${JSON.stringify(variables)}::jsonb, ${apart}) as wait`,
  );
  return queued!.wait;
}
