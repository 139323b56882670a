import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';

/** The body of a message. */
interface Event {
  type: string;
  timestamp: string;
  data: {
    id: string;
    recordType: string;
    recordId: string;
    action: string;
    version: number | null;
    fields: { name: string; before: unknown; after: unknown }[];
    changeSet: { id: string; actorName: string; operations: string[]; source: string };
  };
}

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: Event;
  /** The `webhook-id`. */
  id: string;
}

type Manner = (received: Received, response: ServerResponse) => unknown;

const accept: Manner = (_, response) => response.writeHead(204).end();

/** A receiver of webhooks, on loopback. */
export class Receiver {
  readonly received: Received[] = [];
  /** How it answers. */
  manner: Manner = accept;
  /** Requests that are not answered yet, now and at most so far. */
  open = 0;
  mostOpen = 0;
  connections = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      this.open += 1;
      this.mostOpen = Math.max(this.mostOpen, this.open);
      response.once('close', () => {
        this.open -= 1;
      });
      request.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const received = {
          path: request.url!,
          headers: request.headers,
          body,
          event: JSON.parse(body),
          id: String(request.headers['webhook-id']),
        };
        this.received.push(received);
        this.manner(received, response);
      });
    });
    this.server.on('connection', () => {
      this.connections += 1;
    });
  }

  async listen(port = 0): Promise<string> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Messages about a record, in the order of their arrival. */
  about(recordId: string): Received[] {
    return this.received.filter(({ event }) => event.data.recordId === recordId);
  }

  /** Answers with this status. */
  answer(status: number, text = '', headers = {}): void {
    this.manner = (_, response) => response.writeHead(status, headers).end(text);
  }

  accept(): void {
    this.manner = accept;
  }
}

const started: Receiver[] = [];
afterAll(() => Promise.all(started.map((receiver) => receiver.close())));

/** A receiver that ends with the test file, and its address. */
export async function newReceiver(): Promise<{ receiver: Receiver; url: string }> {
  const receiver = new Receiver();
  started.push(receiver);
  return { receiver, url: await receiver.listen() };
}

/** Whether the public library accepts the message with a secret. */
export function isSigned({ body, headers }: Received, secret: string): boolean {
  try {
    new Verifier(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
