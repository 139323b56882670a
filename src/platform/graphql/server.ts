import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { GraphQLSchema } from 'graphql';
import type { Context } from './context.js';
import { maskError, unexpected } from './errors.js';
import type { Execute } from './execution.js';
import { makeExecutor, type RootFields } from './executor.js';
import { limitDocument, limits } from './limits.js';

interface Log {
  error(facts: object, message: string): void;
}

/** Apollo in front of our executor, which gives each document its transaction. */
export function makeApollo(
  schema: GraphQLSchema,
  makeExecute: (schema: GraphQLSchema) => Execute,
  roots: RootFields,
  { production, log }: { production: boolean; log: Log },
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    gateway: gatewayOf(schema, makeExecute, roots, production),
    // The executor decides, which knows who asks.
    introspection: true,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [limitDocument],
    persistedQueries: false,
    stopOnTerminationSignals: false,
    formatError: maskError,
    plugins: [ApolloServerPluginCacheControlDisabled(), reportErrors(log)],
  });
}

function gatewayOf(
  schema: GraphQLSchema,
  makeExecute: (schema: GraphQLSchema) => Execute,
  roots: RootFields,
  production: boolean,
): GatewayInterface {
  return {
    load: async () => ({ executor: makeExecutor(schema, makeExecute(schema), roots, { hidesSchema: production }) }),
    onSchemaLoadOrUpdate(announce) {
      announce({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    stop: async () => undefined,
  };
}

/** Every error tells the request's id; what we did not foresee is logged under the same id. */
const reportErrors = (log: Log): ApolloServerPlugin<Context> => ({
  async requestDidStart({ contextValue: { facts } }) {
    return {
      async didEncounterErrors({ errors }) {
        for (const error of errors)
          if (unexpected(error))
            log.error(
              { requestId: facts.requestId, path: error.path, err: error.originalError ?? error },
              'unexpected error',
            );
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind !== 'single') return;
        for (const error of body.singleResult.errors ?? [])
          Object.assign(error, { extensions: { ...error.extensions, requestId: facts.requestId } });
      },
    };
  },
});
