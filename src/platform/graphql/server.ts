import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestListener, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import {
  type ASTVisitor,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  type ValidationContext,
} from 'graphql';
import type { Context } from './context.js';
import { maskError, unexpected } from './errors.js';
import type { Execute } from './execution.js';
import { type Executor, makeExecutor, type RootFields } from './executor.js';
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
  const executor = makeExecutor(schema, makeExecute(schema), roots, { hidesSchema: production });
  return new ApolloServer<Context>({
    schema,
    // The executor decides, which knows who asks.
    introspection: true,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [knownOperations, limitDocument],
    persistedQueries: false,
    // The endpoint has already refused what another site may have forged.
    csrfPrevention: false,
    stopOnTerminationSignals: false,
    formatError: maskError,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      answerWith(executor, log),
    ],
  });
}

/**
 * Validation rule for what graphql-js 16 finds out only when it executes: a kind of operation that the schema lacks.
 */
const knownOperations = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition(node) {
    const { operation } = node;
    if (!context.getSchema().getRootType(operation))
      context.reportError(new GraphQLError(`There is no ${operation} here; ask again with a query`, { nodes: [node] }));
  },
});

/**
 * Answers documents in place of Apollo's own execution. A gateway could as well, but what Apollo makes for it keeps the
 * whole request in memory until the next major garbage collection. Every error tells the request's id; what we did not
 * foresee is logged under the same id.
 */
function answerWith(execute: Executor, log: Log): ApolloServerPlugin<Context> {
  const report = (errors: readonly GraphQLError[], { facts: { requestId } }: Context) => {
    for (const error of errors)
      if (unexpected(error))
        log.error({ requestId, path: error.path, err: error.originalError ?? error }, 'unexpected error');
  };
  const listener: GraphQLRequestListener<Context> = {
    async didEncounterErrors({ errors, contextValue }) {
      report(errors, contextValue);
    },
    async responseForOperation(request) {
      const { status, result } = await execute(request).then(
        (result) => ({ status: result.data === undefined ? 400 : undefined, result }),
        (error: Error) => ({ status: 500, result: failed(error) }),
      );
      const { errors, ...rest } = result;
      if (errors) report(errors, request.contextValue);
      const masked = errors?.map((error) => maskError(error.toJSON(), error));
      return {
        http: { status, headers: new HeaderMap() },
        body: { kind: 'single', singleResult: { ...rest, errors: masked } },
      };
    },
    async willSendResponse({ response: { body, http }, contextValue: { facts } }) {
      if (body.kind !== 'single') return;
      const errors = body.singleResult.errors ?? [];
      for (const error of errors)
        Object.assign(error, { extensions: { ...error.extensions, requestId: facts.requestId } });
      const wait = Math.max(0, ...errors.map(({ extensions }) => Number(extensions?.retryAfterMs ?? 0)));
      if (wait) http.headers.set('retry-after', String(Math.ceil(wait / 1000)));
    },
  };
  return { requestDidStart: async () => listener };
}

const failed = (originalError: Error): ExecutionResult => ({
  errors: [new GraphQLError(originalError.message, { originalError })],
});
