import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

// Only our own scripts may run, since the pages hold a session. GraphiQL's editor adds style elements at run time.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  // Scripts handle the forms. If they fail to load, a form must not submit a password into a URL.
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const hashedName = /-[A-Z0-9]{8}\.js$/;

/** Name of an asset, also for the path of its compressed copy. */
const nameOf = (path: string): string => basename(path).replace(/\.(br|gz)$/, '');

/** Serves HTML pages by their path, and the browser bundles that `bundle.mjs` has written to the folder `assets`. */
export async function registerPages(
  server: FastifyInstance,
  { pages, assets }: { pages: Record<string, string>; assets: string },
): Promise<void> {
  const versions = new Map<string, string>();
  for (const [path, markup] of Object.entries(pages)) {
    const page = withVersions(markup, assets, versions);
    server.get(path, async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .headers({ 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy })
        .send(page),
    );
  }

  await server.register(fastifyStatic, {
    root: resolve(assets),
    prefix: '/assets/',
    index: false,
    decorateReply: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      const name = nameOf(path);
      const version = versions.get(name);
      const isFixed = hashedName.test(name) || (version && reply.request.url.endsWith(`?${version}`));
      reply.headers({
        'cache-control': isFixed ? 'public, max-age=31536000, immutable' : 'no-cache',
        // A worker obeys the policy of its own script; the server's default policy would let it import nothing.
        'content-security-policy': contentSecurityPolicy,
      });
    },
  });
}

/** Adds a content hash to the page's links to assets, so that browsers may cache them forever. */
function withVersions(page: string, assets: string, versions: Map<string, string>): string {
  return page.replaceAll(/(?<="\/assets\/)[\w.-]+/g, (name) => {
    const file = join(assets, name);
    if (!existsSync(file)) return name;
    const version = createHash('sha256').update(readFileSync(file)).digest('base64url').slice(0, 12);
    versions.set(name, version);
    return `${name}?${version}`;
  });
}
