import type { AddressInfo, Socket } from 'node:net';
import { afterAll } from '@jest/globals';
import { GraphQLClient } from 'graphql-request';
import { SMTPServer } from 'smtp-server';
import { eventually } from './eventually.js';
import { anotherServer, manyPeople } from './server.js';
import { newAccount } from './sign-in.js';

/** The way in which a mail server treats the next messages. */
type Manner = 'accepts' | 'refuses' | 'hangs' | 'disconnects';

export interface Letter {
  to: string[];
  from: string;
  /** Headers and body as they were sent, with quoted-printable text decoded. */
  source: string;
}

/** A real mail server on this machine, which keeps what it gets. */
class MailServer {
  manner: Manner = 'accepts';
  /** Number of messages of which it has seen the sender. */
  tries = 0;
  /** Number of connections that were opened to it. */
  connections = 0;
  readonly letters: Letter[] = [];
  /** Makes the server that sends here look at its queue at once; it would by itself after two seconds. */
  hurry: () => Promise<unknown> = async () => undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server: SMTPServer;

  constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      // Its own certificate, which is for tests only, is not worth a warning here.
      logger: false,
      onMailFrom: (_address, _session, answer) => {
        this.tries += 1;
        answer();
      },
      onRcptTo: ({ address }, _session, answer) => {
        if (this.manner !== 'refuses') return answer();
        answer(Object.assign(new Error(`${address} is not here`), { responseCode: 550 }));
      },
      onData: (stream, session, answer) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (this.manner === 'hangs') return;
          if (this.manner === 'disconnects') return this.cut();
          const { mailFrom, rcptTo } = session.envelope;
          this.letters.push({
            to: rcptTo.map(({ address }) => address),
            from: mailFrom ? mailFrom.address : '',
            source: decoded(Buffer.concat(chunks).toString()),
          });
          answer();
        });
      },
    });
    // The test looks at what the sender makes of it.
    this.server.on('error', () => undefined);
    this.server.server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((closed) => this.server.close(() => closed()));
  }

  /** The letters to an address, once there are that many. */
  async to(address: string, count = 1): Promise<Letter[]> {
    const found = () => this.letters.filter(({ to }) => to.includes(address));
    if (found().length < count) await this.hurry();
    await eventually(() => found().length >= count, { within: 15_000 });
    return found();
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

const decoded = (source: string): string => {
  const joined = source.replace(/=\r?\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_text, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
};

export const appUrl = 'https://app.example.com/crm';

export interface MailingServer {
  mails: MailServer;
  url: string;
  /** Speaks to the server that sends mail, for a caller or a stranger. */
  client: (token?: string) => GraphQLClient;
}

/** A mail server without anything that sends; it ends with the test file. */
export function mailServer(): MailServer {
  const mails = new MailServer();
  started.push(mails);
  return mails;
}

/** A server on the database of this worker that sends mail, with its mail server; both end with the test file. */
export async function mailingServer(settings: NodeJS.ProcessEnv = {}, databaseUrl?: string): Promise<MailingServer> {
  const mails = mailServer();
  const url = await anotherServer(
    {
      ...manyPeople,
      // Several servers share the connections of one PostgreSQL.
      DATABASE_POOL_SIZE: '6',
      MAIL_URL: await mails.listen(),
      MAIL_FROM: 'Too Good CRM <crm@example.com>',
      APP_URL: appUrl,
      ...settings,
    },
    databaseUrl,
  );
  const client = (token?: string) =>
    new GraphQLClient(`${url}/graphql`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  // Nobody has the address, so nothing is sent to it.
  mails.hurry = () =>
    client().request(`mutation { requestPasswordReset(input: { email: "${newAccount().email}" }) { accepted } }`);
  return { mails, url, client };
}

const started: MailServer[] = [];
afterAll(() => Promise.all(started.map((server) => server.close())));

/** The token of the link to a page in a letter. */
export function tokenIn({ source }: Letter, page: string): string {
  const token = new RegExp(`${appUrl}/${page}\\?token=([\\w-]+)`).exec(source)?.[1];
  if (!token) throw new Error(`No link to ${page} in ${source}`);
  return token;
}
