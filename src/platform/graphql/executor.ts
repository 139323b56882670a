import type { GraphQLRequestContext } from '@apollo/server';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { BadInput, CodedError } from '../errors.js';
import type { Context } from './context.js';
import type { Execute } from './execution.js';
import { limitVariables } from './limits.js';
import { inTransaction } from './mutation.js';
import { checkVariables } from './variables.js';

export interface RootFields {
  /** Need no token. */
  open: ReadonlySet<string>;
  /** Manage their own transactions and stand alone in their document. */
  alone: ReadonlySet<string>;
  /** Analyse all rows there are, and may take longer. */
  patient: ReadonlySet<string>;
}

type Request = Pick<GraphQLRequestContext<Context>, 'request' | 'operationName'> & {
  document: DocumentNode;
  /** Missing when the request names none of the document's operations. */
  operation?: OperationDefinitionNode;
  context: Context;
};

/** Runs each document in one transaction of its own; the answer is complete before that transaction ends. */
export function makeExecutor(
  schema: GraphQLSchema,
  execute: Execute,
  { open, alone, patient }: RootFields,
  /** Whether introspection is for signed-in callers only. */
  { hidesSchema }: { hidesSchema: boolean },
): GatewayExecutor {
  const run = ({ document, request, operationName, context }: Request) =>
    execute({ document, operationName, variables: request.variables, context });

  return async (incoming) => {
    const request = incoming as unknown as Request;
    const { context, operation } = request;
    try {
      if (!operation)
        throw new BadInput([
          { path: 'operationName', code: 'INVALID', message: 'must name one operation of the document' },
        ]);
      limitVariables(request.request.variables);
      checkVariables(schema, operation, request.request.variables);
      const selected = rootFieldsOf(request.document, operation);
      const roots = selected.filter(({ name }) => !name.value.startsWith('__'));
      const names = roots.map(({ name }) => name.value);
      const single = names.find((name) => alone.has(name));
      context.isSingle = new Set(roots.map(responseKey)).size === 1;
      if (operation.operation === OperationTypeNode.MUTATION && single && !context.isSingle)
        throw new BadInput([{ path: single, code: 'NOT_ALLOWED', message: 'must be alone in its document' }]);
      const asksForSchema = hidesSchema && selected.some(({ name }) => ['__schema', '__type'].includes(name.value));
      const toRead = operation.operation === OperationTypeNode.QUERY;
      if (asksForSchema || names.some((name) => !open.has(name))) await context.identify({ toRead });
      if (asksForSchema && context.viewerOrError instanceof Error) throw context.viewerOrError;
      if (operation.operation === OperationTypeNode.MUTATION && !single)
        return await inTransaction(context, () => run(request));
      context.readFrom(context.snapshot({ isPatient: names.some((name) => patient.has(name)) }));
      return (await run(request)) as never;
    } catch (error) {
      // Answered and not thrown: what is wrong with a request is no failure of the server.
      if (error instanceof CodedError) return { errors: [error] } as never;
      throw error;
    } finally {
      if (operation?.operation === OperationTypeNode.MUTATION) context.services.viewers.forget();
      context.end();
    }
  };
}

const responseKey = ({ alias, name }: FieldNode) => (alias ?? name).value;

function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): FieldNode[] {
  const fragments = new Map(
    document.definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );
  const collect = ({ selections }: SelectionSetNode): FieldNode[] =>
    selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node];
      const { selectionSet } = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value)!;
      return collect(selectionSet);
    });
  return collect(operation.selectionSet);
}
