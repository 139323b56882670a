import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestListener, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import { retryAfter } from '../http/failures.js';
import type { Context } from './context.js';
import type { Prices } from './cost/prices.js';
import { makeDocumentStore } from './document-store.js';
import { maskError, statusOfAnswer } from './errors.js';
import type { Execute } from './execution.js';
import { type Executor, makeExecutor, type RootFields } from './executor.js';
import { limitDocument, limits } from './limits.js';
import { type Log, noteCaller, noteCodes, noteCost, noteOperation, type Report, Reports } from './report.js';

/** Apollo in front of our executor, which runs each document in a transaction. */
export function makeApollo(
  schema: GraphQLSchema,
  makeExecute: (schema: GraphQLSchema) => Execute,
  roots: RootFields,
  { production, log, prices }: { production: boolean; log: Log; prices: Prices },
): ApolloServer<Context> {
  const reports = new Reports(log);
  const report: Report = (errors, requestId) => reports.report(errors, requestId);
  const executor = makeExecutor(schema, makeExecute(schema), roots, { hidesSchema: production, prices, report });
  return new ApolloServer<Context>({
    schema,
    // The executor restricts introspection, since it knows the caller.
    introspection: true,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [limitDocument],
    persistedQueries: false,
    documentStore: makeDocumentStore(),
    // The endpoint has refused requests that another site may have forged.
    csrfPrevention: false,
    stopOnTerminationSignals: false,
    formatError: maskError,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      answerWith(executor, report),
    ],
  });
}

/**
 * Executes documents in place of Apollo. A gateway could do so as well, but Apollo's objects for it keep the whole
 * request in memory until the next major garbage collection. Every error carries the request's id, and unexpected
 * errors are logged with it.
 */
function answerWith(execute: Executor, report: Report): ApolloServerPlugin<Context> {
  const listener: GraphQLRequestListener<Context> = {
    async didEncounterErrors({ errors, contextValue: { facts } }) {
      report(errors, facts.requestId);
    },
    async responseForOperation(request) {
      const { facts } = request.contextValue;
      noteOperation(facts.logged, request);
      const { errors, ...rest } = await execute(request).catch(failed);
      noteCaller(facts.logged, request.contextValue.viewerOrError);
      noteCost(facts.logged, request.contextValue);
      if (errors) report(errors, facts.requestId);
      const masked = errors?.map((error) => maskError(error.toJSON(), error));
      return {
        http: { status: statusOfAnswer(rest.data, masked), headers: new HeaderMap() },
        body: { kind: 'single', singleResult: { ...rest, errors: masked } },
      };
    },
    async willSendResponse({ response: { body, http }, contextValue: { facts } }) {
      if (body.kind !== 'single') return;
      const errors = body.singleResult.errors ?? [];
      if (errors.length) noteCodes(facts.logged, errors);
      for (const error of errors)
        Object.assign(error, { extensions: { ...error.extensions, requestId: facts.requestId } });
      const seconds = retryAfter(errors);
      if (seconds) http.headers.set('retry-after', String(seconds));
    },
  };
  return { requestDidStart: async () => listener };
}

const failed = (originalError: Error): ExecutionResult => ({
  errors: [new GraphQLError(originalError.message, { originalError })],
});
