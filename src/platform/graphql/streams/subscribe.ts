import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { BadInput, CodedError } from '../../errors.js';
import { demandOf } from '../../permissions/rules.js';
import { Context } from '../context.js';
import type { Execute, Execution } from '../execution.js';
import { limits } from '../limits.js';
import type { Report } from '../report.js';
import { areConditional, responseKey, rootFieldsOf } from '../root-fields.js';
import type { Portion, StreamEvent } from './events.js';
import { readInTurn } from './reading.js';
import { Stream } from './stream.js';
import { Subscriber } from './subscriber.js';

/** Events that are answered at a time, however little they cost. */
const mostEvents = 100;

const streamNeeded = () =>
  new BadInput([
    {
      path: 'query',
      code: 'NOT_ALLOWED',
      message: 'subscriptions need `Accept: text/event-stream`, or a WebSocket with the protocol graphql-transport-ws',
    },
  ]);

const conditional = () =>
  new CodedError('GRAPHQL_VALIDATION_FAILED', 'The field of a subscription must not depend on @skip or @include');

/** Opens the stream of a subscription, or tells why it is refused. `opened` then has the stream. */
export async function subscribe(
  schema: GraphQLSchema,
  execute: Execute,
  operation: OperationDefinitionNode,
  { context, ...asked }: Execution,
  report: Report,
): Promise<ExecutionResult> {
  const { document, operationName, variables } = asked;
  const { services, viewer, credentials } = context;
  const { opened } = context.facts;
  if (!opened) throw streamNeeded();
  if (areConditional(document, operation)) throw conditional();
  const [node] = rootFieldsOf(document, operation);
  const field = schema.getSubscriptionType()!.getFields()[node!.name.value]!;
  const sent = getArgumentValues(field, node!, variables ?? {});
  const subscriber = new Subscriber(viewer, credentials!, demandOf(field, sent));
  context.subscriber = subscriber;
  services.streams.add(subscriber);
  try {
    const source = await createSourceEventStream({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context,
    });
    if (!(Symbol.asyncIterator in source)) {
      subscriber.end(null);
      return source;
    }
    // Without the context of the request, so that an open stream does not retain it.
    const answer = (events: readonly StreamEvent[], { viewer, isShared }: Pick<Portion, 'viewer' | 'isShared'>) =>
      readInTurn(
        services,
        subscriber,
        (read, lifetime) =>
          Promise.all(
            events.map(({ value }) =>
              execute({
                ...asked,
                context: Context.reading(services, lifetime, viewer, read),
                root: { [node!.name.value]: value },
              }),
            ),
          ),
        { viewer, isShared },
      );
    const key = keyOf(document, operation, variables);
    const most = Math.max(1, Math.min(mostEvents, Math.floor(limits.cost / context.cost)));
    opened.stream = new Stream(subscriber, source as AsyncIterable<Portion>, { key, answer, most }, report, () => {
      services.streams.sent += 1;
      services.horizons?.told(subscriber.callerId);
    });
    return { data: { [responseKey(node!)]: null } };
  } catch (error) {
    subscriber.end(null);
    throw error;
  }
}

const ids = new WeakMap<OperationDefinitionNode, number>();
let lastId = 0;

/** The same for operations that give the same answers: arguments of the root field only choose the events. */
function keyOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): string {
  const id = ids.get(operation) ?? ++lastId;
  ids.set(operation, id);
  const roots = new Set<unknown>(rootFieldsOf(document, operation));
  const named = new Set<string>();
  for (const node of document.definitions)
    if (node === operation || node.kind === Kind.FRAGMENT_DEFINITION)
      visit(node, {
        VariableDefinition: () => false,
        Argument: (_node, _key, _parent, _path, ancestors) => (roots.has(ancestors.at(-1)) ? false : undefined),
        Variable: ({ name }) => void named.add(name.value),
      });
  return JSON.stringify([id, [...named].sort().map((name) => [name, variables[name]])]);
}
