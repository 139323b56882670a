import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { CloseCode, type Context, handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { bigBytes } from '../admission/gate.js';

/** A socket and the request that has opened it, for the subscriptions on it. */
export interface Extra {
  request: IncomingMessage;
  socket: WebSocket;
}

interface Socketed {
  path: string;
  /** Sockets that are open at a time. */
  most: number;
}

/** Milliseconds from one ping to the next, and until a client that does not answer is cut off. */
const pingEveryMs = 12_000;

/** Milliseconds in which a client answers that it closes, too. */
const partingMs = 1000;

/** Serves the protocol of `graphql-ws` at a path. Returns a function that closes all sockets. */
export function serveSockets(
  http: FastifyInstance,
  { path, most }: Socketed,
  options: ServerOptions<Record<string, unknown>, Extra>,
): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: bigBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  const subscriptions = new WeakMap<WebSocket, Context['subscriptions']>();
  const protocol = makeServer<Record<string, unknown>, Extra>({
    ...options,
    onConnect: ({ extra, subscriptions: open }) => void subscriptions.set(extra.socket, open),
  });

  /** Closes the socket that has been without a subscription for longest. Its client may come back. */
  const makeRoom = (): boolean => {
    for (const socket of sockets.clients) {
      if (socket.readyState !== socket.OPEN || Object.keys(subscriptions.get(socket) ?? {}).length) continue;
      socket.close(1013, 'Others need the room');
      setTimeout(() => socket.terminate(), partingMs).unref();
      return true;
    }
    return false;
  };

  const open = (socket: WebSocket, request: IncomingMessage): void => {
    // The library would write to the console what a client does wrong.
    socket.on('error', (err) => http.log.debug({ err }, 'a WebSocket broke'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => sent(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (message) =>
            handle(String(message)).catch((err) => {
              http.log.debug({ err }, 'a message of a WebSocket was not understood');
              socket.close(CloseCode.BadRequest, 'Invalid message received');
            }),
          ),
      },
      { request, socket },
    );
    const stopPinging = ping(socket);
    socket.once('close', (code, reason) => {
      stopPinging();
      void closed(code, String(reason));
    });
  };

  http.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    const isHere = request.url?.split('?', 1)[0] === path;
    if (isHere && (sockets.clients.size < most || makeRoom()))
      return sockets.handleUpgrade(request, socket, head, (opened) => open(opened, request));
    socket.end(`HTTP/1.1 ${isHere ? '503 Service Unavailable' : '404 Not Found'}\r\nconnection: close\r\n\r\n`);
  });
  return () => {
    for (const socket of sockets.clients) socket.close(1001, 'Going away');
  };
}

/** Resolves when the socket has taken the text. */
const sent = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(text, (error) => (error ? reject(error) : resolve()));
  });

/** Cuts a client off that does not answer. Returns a function that stops it. */
function ping(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingEveryMs);
  return () => clearInterval(timer);
}
