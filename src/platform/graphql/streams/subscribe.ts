import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { BadInput } from '../../errors.js';
import { demandOf } from '../../permissions/rules.js';
import { Context } from '../context.js';
import type { Execution } from '../execution.js';
import type { Report } from '../report.js';
import { responseKey, rootFieldsOf } from '../root-fields.js';
import type { Portion, StreamEvent } from './events.js';
import { readAs } from './reading.js';
import { Stream } from './stream.js';
import { Subscriber } from './subscriber.js';

const streamNeeded = () =>
  new BadInput([
    {
      path: 'query',
      code: 'NOT_ALLOWED',
      message: 'subscriptions need `Accept: text/event-stream`, or a WebSocket with the protocol graphql-transport-ws',
    },
  ]);

/** Opens the stream of a subscription, or tells why it is refused. `opened` then has the stream. */
export async function subscribe(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  { document, operationName, variables, context }: Execution,
  report: Report,
): Promise<ExecutionResult> {
  const { services, viewer, credentials } = context;
  const { opened } = context.facts;
  if (!opened) throw streamNeeded();
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
    const answer = (events: readonly StreamEvent[]) =>
      readAs(services, subscriber.viewer, (read, lifetime) =>
        Promise.all(
          events.map(({ value }) =>
            execute({
              schema,
              document,
              operationName,
              variableValues: variables,
              rootValue: { [node!.name.value]: value },
              contextValue: Context.reading(services, lifetime, subscriber.viewer, read),
            }),
          ),
        ),
      );
    const key = keyOf(document, operation, variables);
    opened.stream = new Stream(subscriber, source as AsyncIterable<Portion>, key, answer, report, () => {
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
  { definitions }: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): string {
  const id = ids.get(operation) ?? ++lastId;
  ids.set(operation, id);
  const named = new Set<string>();
  for (const node of definitions)
    if (node === operation || node.kind === Kind.FRAGMENT_DEFINITION)
      visit(node, {
        VariableDefinition: () => false,
        Argument: (_node, _key, _parent, path) => (isOfRoot(path) ? false : undefined),
        Variable: ({ name }) => void named.add(name.value),
      });
  return JSON.stringify([id, [...named].sort().map((name) => [name, variables[name]])]);
}

/** Whether a path leads to an argument of a field directly in the operation's selection. */
const isOfRoot = (path: readonly (string | number)[]): boolean =>
  path.filter((step) => step === 'selectionSet').length === 1 && path.at(-2) === 'arguments' && path.length === 5;
