import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { mercurius } from 'mercurius';
import { ready } from './peer.js';
import { dataOf } from './statements.js';

// An expert's server: mercurius compiles the documents, over our own schema; each screen has a statement written by
// hand. It has no rules and no rights, and verifies no token.

interface Asked {
  /** The data of the screen, which all root fields of its document share. */
  data?: Promise<Record<string, unknown>>;
}

const app = fastify();
await app.register(mercurius, {
  schema: readFileSync('schema.graphql', 'utf8'),
  jit: 1,
  context: (): Asked => ({}),
});

const query = app.graphql.schema.getQueryType()!;
for (const field of Object.values(query.getFields()))
  field.resolve = async (_source, _args, context: Asked, { operation, path }: GraphQLResolveInfo) => {
    context.data ??= dataOf(operation.name!.value) as Promise<Record<string, unknown>>;
    return (await context.data)[path.key];
  };

await app.listen({ port: 0, host: '127.0.0.1' });
ready((app.server.address() as AddressInfo).port);
