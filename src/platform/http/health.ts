import type { FastifyInstance } from 'fastify';

/** Serves the checks of balancers: the process lives, and it can take requests. */
export function serveHealth(http: FastifyInstance, isReady: () => boolean): void {
  http.get('/health/live', async () => ({ status: 'live' }));
  http.get('/health/ready', async (_request, reply) => {
    const ready = isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
}
