import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  isEnumType,
  isScalarType,
  Kind,
  type NamedTypeNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Context } from './context.js';

interface Execution {
  document: DocumentNode;
  operationName: string | null | undefined;
  variables: Record<string, unknown> | undefined;
  context: Context;
}

export type Execute = (execution: Execution) => ExecutionResult | Promise<ExecutionResult>;

/** graphql-js walks the document for every value; the reference that the compiled execution is held to. */
export const interpreting =
  (schema: GraphQLSchema): Execute =>
  ({ document, operationName, variables, context }) =>
    execute({ schema, document, operationName, variableValues: variables, contextValue: context });

/**
 * Documents become functions when they come a second time: making one takes longer than interpreting once. What cannot
 * be compiled is interpreted always.
 */
export function compiling(schema: GraphQLSchema): Execute {
  const interpret = interpreting(schema);
  // The server keeps a bounded number of parsed documents; their functions go with them.
  const functions = new WeakMap<DocumentNode, Map<string, Compiled | null>>();

  const compiledOf = (document: DocumentNode, operationName: string): Compiled | null => {
    const named = functions.get(document) ?? new Map<string, Compiled | null>();
    functions.set(document, named);
    const known = named.get(operationName);
    if (known) return known;
    if (known === undefined) {
      named.set(operationName, null);
      return null;
    }
    const definitions = getOperationAST(document, operationName || undefined)?.variableDefinitions ?? [];
    const made = compileQuery(schema, withoutTypes(document), operationName || undefined, { isSerialized });
    const compiled = { definitions, query: isCompiledQuery(made) ? made.query : null };
    named.set(operationName, compiled);
    return compiled;
  };

  return (execution) => {
    const { document, operationName, variables, context } = execution;
    const compiled = compiledOf(document, operationName ?? '');
    if (!compiled?.query) return interpret(execution);
    const { coerced } = getVariableValues(schema, compiled.definitions, variables ?? {});
    if (!coerced) return interpret(execution);
    const result = compiled.query(undefined, context, coerced) as ExecutionResult | Promise<ExecutionResult>;
    return result instanceof Promise ? result.then(withGraphQLErrors) : withGraphQLErrors(result);
  };
}

/**
 * JavaScript that tells whether a value has the form already in which its type would serialize it, as rows from the
 * database have. What it does not hold for is left to the type.
 */
function isSerialized(type: GraphQLOutputType, value: string): string | undefined {
  if (isEnumType(type)) {
    const names = type.getValues().filter((one) => one.value === one.name);
    return `(${names.map(({ name }) => `${value} === "${name}"`).join(' || ') || false})`;
  }
  if (!isScalarType(type)) return undefined;
  if (type.name === 'Int') return `(${value} | 0) === ${value}`;
  if (type.name === 'Boolean') return `typeof ${value} === "boolean"`;
  const isText = type.serialize === String || type.name === 'String' || type.name === 'ID';
  return isText ? `typeof ${value} === "string"` : undefined;
}

/** Its errors are those of GraphQL in all but `extensions`, which may be missing. */
function withGraphQLErrors({ errors, ...result }: ExecutionResult): ExecutionResult {
  if (!errors) return result;
  const same = errors.map(({ message, path, originalError, locations }) =>
    Object.defineProperty(new GraphQLError(message, { path, originalError }), 'locations', {
      value: locations,
      enumerable: true,
    }),
  );
  return { ...result, errors: same };
}

interface Compiled {
  definitions: readonly VariableDefinitionNode[];
  /** Null when it cannot be compiled. */
  query: CompiledQuery['query'] | null;
}

/**
 * The document with variables that are taken as they are: graphql-js has coerced them. Compiled for our filters, which
 * name each other without end, their coercion would take seconds.
 */
const withoutTypes = (document: DocumentNode): DocumentNode =>
  visit(document, {
    VariableDefinition: ({ kind, variable }): VariableDefinitionNode => ({ kind, variable, type: anything }),
  });

const anything: NamedTypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'JSON' } };
