import { resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

// No script but ours runs beside the session. GraphiQL's editor writes style elements at run time.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  // The forms are handled by script; should it fail to load, no password may end up in a URL.
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const hashedName = /-[A-Z0-9]{8}\.js$/;

/** Pages for people by their path, and the browser bundles that `bundle.mjs` wrote to the folder `assets`. */
export async function registerPages(
  server: FastifyInstance,
  { pages, assets }: { pages: Record<string, string>; assets: string },
): Promise<void> {
  for (const [path, page] of Object.entries(pages))
    server.get(path, async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .headers({ 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy })
        .send(page),
    );

  await server.register(fastifyStatic, {
    root: resolve(assets),
    prefix: '/assets/',
    index: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders(reply, path) {
      reply.headers({
        'cache-control': hashedName.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
        // A worker obeys the policy of its own script, and the rest of the server's lets it import nothing.
        'content-security-policy': contentSecurityPolicy,
      });
    },
  });
}
