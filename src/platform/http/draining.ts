import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type CodedError, Unavailable } from '../errors.js';

/** In this order. Each phase keeps the effects of those before it. */
const phases = {
  serving: 0,
  /** Readiness fails; everything is served. */
  retired: 1,
  /** Each connection is closed after its next answer, and callers make new ones. */
  parting: 2,
  /** Requests that arrive are refused. */
  refusing: 3,
};

/** Milliseconds for which connections are parted before requests are refused, at the end of the grace. */
const partingMs = 1_000;

/** The steps of the end, in milliseconds after requests are refused. */
const deadlines = {
  /** The listener and idle connections are closed. Until then, requests on their way are answered. */
  idle: 100,
  /** Requests that have not arrived whole are refused. A new connection is given as long to send its first request. */
  bodies: 1_000,
  /** Running work is ended, and its requests are answered with the reason. */
  work: 8_000,
  /** All connections are cut. */
  connections: 8_750,
};

const sweepEveryMs = 50;

/**
 * Turns of the event loop after which a connection that was made before is accepted and its request
 * read.
 */
const turnsToRead = 3;

/**
 * The end of a server: it lets balancers and clients know, finishes the requests in flight, and loses no answer. It
 * tracks connections itself, since Node waits for those that have sent half a request or are kept alive.
 */
export class Draining {
  private phase = phases.serving;
  private readonly sockets = new Set<Socket>();
  /** Connections that have not sent a request yet, with the time at which they were made. */
  private readonly fresh = new Map<Socket, number>();
  private readonly unanswered = new Set<FastifyReply>();

  constructor(private readonly http: FastifyInstance) {
    http.server.on('connection', (socket) => {
      this.sockets.add(socket);
      this.fresh.set(socket, performance.now());
      socket.once('close', () => {
        this.sockets.delete(socket);
        this.fresh.delete(socket);
      });
    });
    http.addHook('onRequest', ({ raw }, reply, next) => {
      this.fresh.delete(raw.socket);
      this.unanswered.add(reply);
      reply.raw.once('close', () => this.unanswered.delete(reply));
      next();
    });
    // Refused only when the body has arrived: a client that is still sending might not see the answer.
    http.addHook('preHandler', ({ url }, _reply, next) => {
      const isRefused = this.phase >= phases.refusing && !url.startsWith('/health/');
      next(isRefused ? shuttingDown() : undefined);
    });
    http.addHook('onSend', (_request, reply, _payload, next) => {
      if (this.phase >= phases.parting) reply.header('connection', 'close');
      next();
    });
  }

  get isReady(): boolean {
    return this.phase < phases.retired;
  }

  /** Fails readiness, and resolves after the grace. `hurry` skips the rest of the grace. */
  async retire(graceMs: number, hurry: AbortSignal): Promise<void> {
    const skippable = (milliseconds: number) =>
      pause(milliseconds, undefined, { signal: hurry }).catch((error: Error) => {
        if (error.name !== 'AbortError') throw error;
      });
    this.reach(phases.retired);
    await skippable(Math.max(0, graceMs - partingMs));
    this.reach(phases.parting);
    await skippable(Math.min(graceMs, partingMs));
  }

  /**
   * Refuses new requests, finishes those in flight, and closes the listener and all connections. `endWork` is called
   * when the time for running work is up.
   */
  async close(endWork: (reason: CodedError) => void): Promise<void> {
    this.reach(phases.refusing);
    const since = performance.now();
    await haveRead();
    if (this.sockets.size) await pause(deadlines.idle);
    await haveRead();
    const sweep = async () => {
      await haveRead();
      this.sweep(performance.now() - since, endWork);
    };
    const sweeping = setInterval(sweep, sweepEveryMs);
    try {
      await this.http.close();
      // Node listens on a second address of `localhost` by another server, for which Fastify does not wait.
      while (this.unanswered.size) await pause(sweepEveryMs);
    } finally {
      clearInterval(sweeping);
    }
  }

  private reach(phase: number): void {
    this.phase = Math.max(this.phase, phase);
  }

  private sweep(elapsed: number, endWork: (reason: CodedError) => void): void {
    if (elapsed > deadlines.bodies)
      for (const reply of this.unanswered) if (!reply.request.raw.complete && !reply.sent) reply.send(shuttingDown());
    if (elapsed > deadlines.work) endWork(shuttingDown());
    const busy = new Set([...this.unanswered].map(({ request }) => request.raw.socket));
    const newest = performance.now() - deadlines.bodies;
    for (const [socket, since] of this.fresh) if (since > newest) busy.add(socket);
    for (const socket of new Set([...this.sockets, ...busy]))
      if (!busy.has(socket) || elapsed > deadlines.connections) socket.destroy();
  }
}

/** A busy server has connections and requests in the kernel that it has not seen; to close now would lose them. */
async function haveRead(): Promise<void> {
  for (let turn = 0; turn < turnsToRead; turn += 1) await nextTurn();
}

const shuttingDown = () => new Unavailable('SHUTTING_DOWN');
