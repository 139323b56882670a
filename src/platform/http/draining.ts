import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
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
  /** The listener and connections without a request are closed. Until then, requests on their way are answered. */
  idle: 100,
  /** Requests that have not arrived whole are refused. */
  bodies: 1_000,
  /** Running work is ended, and its requests are answered with the reason. */
  work: 8_000,
  /** All connections are cut. */
  connections: 8_750,
};

const sweepEveryMs = 50;

/**
 * The end of a server: it lets balancers and clients know, finishes the requests in flight, and loses no answer. It
 * tracks connections itself, since Node waits for those that have sent half a request or are kept alive.
 */
export class Draining {
  private phase = phases.serving;
  private readonly sockets = new Set<Socket>();
  private readonly unanswered = new Set<FastifyReply>();

  constructor(private readonly http: FastifyInstance) {
    http.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    http.addHook('onRequest', (_request, reply, next) => {
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
    if (this.sockets.size) await pause(deadlines.idle);
    const sweeping = setInterval(() => this.sweep(performance.now() - since, endWork), sweepEveryMs);
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
    for (const socket of new Set([...this.sockets, ...busy]))
      if (!busy.has(socket) || elapsed > deadlines.connections) socket.destroy();
  }
}

const shuttingDown = () => new Unavailable('SHUTTING_DOWN');
