import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface Balancer {
  url: string;
  /** Number of requests that each server has answered. */
  answered: number[];
  close(): void;
}

/** A balancer that gives each request to the next server, or to the one after it if that cannot be reached. */
export async function balancer(servers: readonly string[]): Promise<Balancer> {
  const answered = servers.map(() => 0);
  let turns = 0;

  function forward(incoming: IncomingMessage, body: Buffer, answer: ServerResponse, tries: number): void {
    const place = turns++ % servers.length;
    const { method, headers, url } = incoming;
    const outgoing = request(new URL(url!, servers[place]), { method, headers, agent: false });
    outgoing.on('response', (response) => {
      answered[place]! += 1;
      answer.writeHead(response.statusCode!, response.headers);
      // An answer that breaks off breaks off for the client as well.
      pipeline(response, answer, () => undefined);
    });
    outgoing.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' && tries > 1) forward(incoming, body, answer, tries - 1);
      else answer.destroy();
    });
    answer.on('close', () => outgoing.destroy());
    outgoing.end(body);
  }

  const server = createServer(async (incoming, answer) => {
    forward(incoming, Buffer.concat(await incoming.toArray()), answer, servers.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
