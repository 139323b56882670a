import type { GraphQLRequestContext } from '@apollo/server';
import type {
  DocumentNode,
  ExecutionResult,
  FieldNode,
  GraphQLSchema,
  OperationDefinitionNode as Operation,
} from 'graphql';
import { bearsApiKey } from '../auth/tokens.js';
import { notForApiKeys } from '../auth/viewer.js';
import { BadInput, CodedError } from '../errors.js';
import type { OpenFields } from '../permissions/rules.js';
import type { Context } from './context.js';
import { Costs } from './cost/costs.js';
import type { Prices } from './cost/prices.js';
import { findDeprecatedUses } from './deprecated-uses.js';
import { type MutationSettings, settingsOf } from './directives.js';
import type { Execute } from './execution.js';
import { KeyedMutation } from './idempotency.js';
import { limits } from './limits.js';
import { runMutation } from './mutation-run.js';
import { noteDeprecated, type Report } from './report.js';
import { responseKey, rootFieldsOf, splitByRootField } from './root-fields.js';
import { rowVariablesOf, withRows } from './rows.js';
import { subscribe } from './streams/subscribe.js';
import { checkVariables, limitVariables } from './variables.js';

export interface RootFields extends OpenFields {
  /** Fields that manage their own transactions and must be alone in their document. */
  alone: ReadonlySet<string>;
  /** Fields that sign in or out, for which some room is reserved. */
  entry: ReadonlySet<string>;
  /** Fields whose answers hold a secret, so that none is kept under an idempotency key. */
  answersWithSecrets: ReadonlySet<string>;
  /** Fields that analyse all rows and may take longer. */
  analyses: ReadonlySet<string>;
  /** Queries that a replica cannot answer. */
  primary: ReadonlySet<string>;
}

type Request = Pick<GraphQLRequestContext<Context>, 'request' | 'operationName' | 'contextValue'> & {
  document: DocumentNode;
  /** Missing if the request does not name one of the document's operations. */
  operation?: Operation;
};

/** Executes a document; the result has no `data` if the request itself is refused. */
export type Executor = (request: Request) => Promise<ExecutionResult>;

/** Runs each document in its own transaction; the answer is complete before that transaction ends. */
export function makeExecutor(
  schema: GraphQLSchema,
  execute: Execute,
  { open, openToPeople, alone, entry, answersWithSecrets, analyses, primary }: RootFields,
  {
    hidesSchema,
    prices,
    report,
  }: {
    /** Whether introspection requires a signed-in caller. */
    hidesSchema: boolean;
    prices: Prices;
    /** Logs errors of streams that are not expected. */
    report: Report;
  },
): Executor {
  const costs = new Costs(schema, prices);
  const deprecatedUses = findDeprecatedUses(schema);
  const needsViewer = (names: string[]) => names.some((name) => !open.has(name));

  const begin = ({ document, operationName, contextValue: context, request }: Request, operation: Operation) => {
    const { variables } = request;
    checkVariables(schema, operation, variables);
    context.cost = costs.demand(document, operation, variables);
    return { document, operationName, variables, context };
  };

  const openStream = async (request: Request, operation: Operation) => {
    const execution = begin(request, operation);
    const { context } = execution;
    await context.identify({ toRead: true });
    await context.enterLane(context.services.admission.work);
    if (context.viewerOrError instanceof Error) throw context.viewerOrError;
    context.readFrom(context.snapshot());
    return subscribe(schema, execute, operation, execution, report);
  };

  const read = async (request: Request, operation: Operation) => {
    const execution = begin(request, operation);
    const { document, context } = execution;
    const names = rootFieldsOf(document, operation).map(({ name }) => name.value);
    const fields = names.filter((name) => !name.startsWith('__'));
    const asksForSchema = hidesSchema && names.some((name) => name === '__schema' || name === '__type');
    if (asksForSchema || needsViewer(fields)) await context.identify({ toRead: true });
    if (asksForSchema && context.viewerOrError instanceof Error) throw context.viewerOrError;
    await context.enterLane(context.services.admission.work);
    const kind = fields.some((name) => analyses.has(name)) ? 'analysis' : undefined;
    if (kind) context.lifetime.limit(kind);
    const isForPrimary = fields.some((name) => primary.has(name));
    const replica = isForPrimary ? null : context.replica();
    if (replica) {
      const snapshot = context.snapshot(kind, replica);
      context.readFrom(snapshot);
      const answer = await execute(execution);
      if (!snapshot.hasFailed) return answer;
      snapshot.end();
    }
    context.readFrom(context.snapshot(kind));
    return isForPrimary ? context.advancing(() => execute(execution)) : execute(execution);
  };

  const mutate = async (request: Request, operation: Operation) => {
    const { document, operationName, contextValue: context } = request;
    // People press Save and close the tab.
    context.lifetime.outliveClient();
    const { variables } = request.request;
    const rows = rowVariablesOf(schema, document, operation, variables);
    checkVariables(schema, operation, variables, rows.types);
    context.cost = costs.demand(document, operation, variables);
    const fields = rootFieldsOf(document, operation).filter(({ name }) => !name.value.startsWith('__'));
    const names = fields.map(({ name }) => name.value);
    context.operations = names;
    const single = names.find((name) => alone.has(name));
    const settings = settingsOf(schema, operation, variables, context.facts);
    if (single) checkAlone(settings, single, fields);
    const secretive = names.find((name) => answersWithSecrets.has(name));
    if (secretive && settings.key) throw notFor(secretive, settings.key.from);
    const isByApiKey = bearsApiKey(context.facts.authorization);
    // People who have left an organization can still sign out, even if the client goes on naming it.
    if (isByApiKey || needsViewer(names)) await context.identify({ toRead: false, anywhere: single !== undefined });
    if (isByApiKey && names.some((name) => openToPeople.has(name)) && context.viewer.apiKey) throw notForApiKeys();
    const { work, entry: entrance } = context.services.admission;
    await context.enterLane(single && entry.has(single) ? entrance : work);
    const execution = { document, operationName, variables, context };
    if (single) {
      context.readFrom(context.snapshot());
      return context.advancing(() => execute(execution));
    }
    const isDryRun = settings.dryRun.value;
    const change = () =>
      runMutation(context, {
        fields: splitByRootField(rows.document, operationName).map(
          (part) => () => execute({ ...withRows(execution, rows), document: part }),
        ),
        isDryRun,
        keyed: isDryRun ? null : keyedMutation(request, names, settings),
      });
    return isDryRun ? change() : context.advancing(change);
  };

  const run = { query: read, mutation: mutate, subscription: openStream };
  return async (request) => {
    const { operation, contextValue: context } = request;
    if (!operation) return { errors: [operationUnknown()] };
    try {
      if (operation.operation !== 'subscription' && context.facts.opened?.isForStreamsOnly) throw postNeeded();
      limitVariables(request.request.variables);
      noteDeprecated(context.facts.logged, deprecatedUses(request));
      return withExtensions(await run[operation.operation](request, operation), context);
    } catch (error) {
      // Returned and not thrown, since a bad request is not a failure of the server.
      if (error instanceof CodedError) return { errors: [error] };
      throw error;
    } finally {
      context.end();
    }
  };
}

/** The result with its change set, what the operation cost, and how many statements it sent. */
const withExtensions = (result: ExecutionResult, { changeSetId, cost, statements }: Context): ExecutionResult => ({
  ...result,
  extensions: {
    ...result.extensions,
    ...(changeSetId && { changeSetId }),
    cost: { requested: cost, limit: limits.cost, statements },
  },
});

const postNeeded = () => notAllowed('query', 'must be a subscription here; send queries and mutations by POST');

const operationUnknown = () =>
  new BadInput([{ path: 'operationName', code: 'INVALID', message: 'must name one operation of the document' }]);

/** Fields that sign in or out commit their own transactions, so they support neither a dry run nor a key. */
function checkAlone({ dryRun, key }: MutationSettings, field: string, fields: FieldNode[]): void {
  if (new Set(fields.map(responseKey)).size > 1) throw notAllowed(field, 'must be alone in its document');
  if (dryRun.value) throw notFor(field, dryRun.from);
  if (key) throw notFor(field, key.from);
}

const notAllowed = (path: string, message: string) => new BadInput([{ path, code: 'NOT_ALLOWED', message }]);
const notFor = (field: string, path: string) => notAllowed(path, `is not for ${field}`);

function keyedMutation(
  { request, contextValue: context }: Request,
  operation: string[],
  { key }: MutationSettings,
): KeyedMutation | null {
  if (!key || context.viewerOrError instanceof Error) return null;
  const { userId, apiKey, organization } = context.viewer;
  const { query, operationName, variables } = request;
  return new KeyedMutation({
    userId,
    apiKeyId: apiKey?.id ?? null,
    organizationHeader: context.facts.organizationHeader?.toLowerCase() ?? null,
    organizationId: organization?.id ?? null,
    operation,
    key: key.value,
    keyFrom: key.from,
    request: [query, operationName, variables],
  });
}
