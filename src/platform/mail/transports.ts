import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Message } from './mail.js';

/** Takes messages to where people find them. */
export interface MailTransport {
  /** Rejects if the message was not accepted, or the signal ends the try. `id` is the same for each try. */
  send(id: string, message: Message, signal: AbortSignal): Promise<void>;
  /** Takes no more messages. One that is on its way is finished. */
  close(): void;
}

/** Messages that a server sends at the same time, each on a connection of its own. */
export const atOnce = 4;

/** Milliseconds without an answer of the mail server. */
const silence = 10_000;

/** Never lets a message read files or addresses of the network. */
const closed = { disableFileAccess: true, disableUrlAccess: true };

const envelopeOf = (id: string, { to, subject, text, html }: Message, from: string) => ({
  from,
  // As an object, since a text may be read as a name, or as several addresses.
  to: { name: '', address: to },
  subject,
  text,
  html,
  messageId: `<${id}@${domainOf(from)}>`,
  // Out-of-office replies would reach nobody.
  headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
});

const domainOf = (from: string): string => /@([^@>]+)>?$/.exec(from)?.[1] ?? 'localhost';

/**
 * Sends by SMTP to the server of a URL such as `smtps://user:password@mail.example.com`. Its connections serve one
 * message after the other.
 */
export function smtp(url: string, from: string): MailTransport {
  const transport = createTransport(
    {
      url,
      pool: true,
      maxConnections: atOnce,
      connectionTimeout: silence,
      greetingTimeout: silence,
      socketTimeout: silence,
      dnsTimeout: silence,
      ...closed,
    },
    {},
  );
  return {
    async send(id, message, signal) {
      await transport.sendMail({ ...envelopeOf(id, message, from), signal });
    },
    close: () => transport.close(),
  };
}

/** Writes each message to a file, and shows it to the developer, instead of sending it. */
export function files(folder: string, from: string, show: (message: Message) => void): MailTransport {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows', ...closed });
  return {
    async send(id, message) {
      const { message: bytes } = await transport.sendMail(envelopeOf(id, message, from));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(folder, `${id}.eml`), bytes as Buffer, { mode: 0o600 });
      show(message);
    },
    close: () => transport.close(),
  };
}
