import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { SlowReader } from '../../errors.js';
import { eventStream } from '../../http/server.js';
import type { Answer } from './events.js';
import type { Stream } from './stream.js';

const completed = 'event: complete\ndata:\n\n';

const messageOf = ({ cursor, text }: Pick<Answer, 'cursor' | 'text'>): string =>
  `${cursor && `id: ${cursor}\n`}event: next\ndata: ${text}\n\n`;

/** Begins an answer of Server-Sent Events, in the mode of distinct connections of GraphQL over SSE. */
function beginEvents(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': eventStream,
    'cache-control': 'no-store',
    // nginx would keep events until its buffer is full.
    'x-accel-buffering': 'no',
  });
  raw.flushHeaders();
  return raw;
}

/** The answer of a query or mutation is a single event. */
export function sendOneEvent(reply: FastifyReply, text: string): void {
  beginEvents(reply).end(messageOf({ cursor: '', text }) + completed);
}

/** Sends a stream until it ends or its client has gone. A client that takes nothing for too long is cut off. */
export async function sendStream(reply: FastifyReply, stream: Stream, stallMs: number): Promise<void> {
  const { subscriber } = stream;
  const raw = beginEvents(reply);
  raw.once('close', () => subscriber.end(null));
  for await (const answer of stream) {
    if (raw.write(messageOf(answer)) || subscriber.hasEnded) continue;
    await drained(raw, stream, stallMs);
  }
  if (raw.destroyed) return;
  raw.end(completed);
  // A client that takes nothing would keep the connection.
  setTimeout(() => raw.destroy(), stallMs).unref();
}

async function drained(raw: ServerResponse, { subscriber }: Stream, stallMs: number): Promise<void> {
  const waiting = new AbortController();
  const stopListening = subscriber.onEnd(() => waiting.abort());
  const stalled = setTimeout(() => subscriber.end(new SlowReader()), stallMs);
  try {
    await once(raw, 'drain', { signal: waiting.signal });
  } catch (error) {
    if (!subscriber.hasEnded) throw error;
  } finally {
    clearTimeout(stalled);
    stopListening();
  }
}
