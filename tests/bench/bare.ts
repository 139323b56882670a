import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ready } from './peer.js';
import { dataOf } from './statements.js';

// The practical limit: a statement's rows are shaped and sent, whatever the document asks for.

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const server = createServer((request, response) => {
  bodyOf(request)
    .then((body) => dataOf(JSON.parse(body).operationName))
    .then(
      (data) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ data })),
      (error: Error) => response.writeHead(500).end(JSON.stringify({ errors: [{ message: error.message }] })),
    );
});
server.listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port));
