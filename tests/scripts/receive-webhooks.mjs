#!/usr/bin/env node
// Receives webhooks on PORT, verifies them with WEBHOOK_SECRET, and prints each change once.

import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const verifier = new Webhook(process.env.WEBHOOK_SECRET);
// Keep these ids in your database instead, in the transaction that applies the change.
const known = new Set();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let event;
  try {
    event = verifier.verify(Buffer.concat(chunks).toString(), request.headers);
  } catch {
    // Signed by somebody else, or long ago.
    response.writeHead(401).end();
    return;
  }
  const id = request.headers['webhook-id'];
  if (!known.has(id)) {
    const { recordId, version, fields } = event.data;
    console.log(event.type, recordId, version, JSON.stringify(fields.map(({ name }) => name)));
    known.add(id);
  }
  response.writeHead(204).end();
});
server.listen(process.env.PORT ?? 4100, '127.0.0.1', () => console.log(`listens on ${server.address().port}`));
