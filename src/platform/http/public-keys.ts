import type { FastifyInstance } from 'fastify';
import type { JSONWebKeySet } from 'jose';

/** Serves the keys with which other services verify access tokens. */
export function servePublicKeys(http: FastifyInstance, keys: JSONWebKeySet): void {
  http.get('/.well-known/jwks.json', async (_request, reply) => {
    // A service that verifies tokens may cache the keys, and learns of a new one within a minute.
    reply.header('cache-control', 'public, max-age=60');
    return keys;
  });
}
