import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  isEnumType,
  isScalarType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { type CompiledQuery, type CompilerOptions, compileQuery, isCompiledQuery } from 'graphql-jit';
import { isCompilable } from './compilable.js';
import type { Context } from './context.js';

export interface Execution {
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
 * Documents become functions when they come a second time: making one takes longer than interpreting once. The
 * functions complete values; variables and arguments are coerced by graphql-js alone. What graphql-jit would do
 * otherwise than graphql-js is interpreted always.
 */
export function compiling(schema: GraphQLSchema): Execute {
  const interpret = interpreting(schema);
  const compile = compiler(schema);
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
    const compiled = compile(document, operationName);
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

interface Compiled {
  definitions: readonly VariableDefinitionNode[];
  /** Null when it is interpreted. */
  query: CompiledQuery['query'] | null;
}

/** Makes a function of an operation, unless it is to be interpreted. */
export function compiler(schema: GraphQLSchema): (document: DocumentNode, operationName: string) => Compiled {
  const bare = withoutArguments(schema);
  return (document, operationName) => {
    const operation = getOperationAST(document, operationName || undefined);
    if (!operation || !isCompilable(schema, document, operation)) return { definitions: [], query: null };
    const made = compileQuery(bare, withoutTypes(document), operationName || undefined, {
      isSerialized,
      resolverInfoEnricher: originalInfo(schema, operation),
    });
    return { definitions: operation.variableDefinitions ?? [], query: isCompiledQuery(made) ? made.query : null };
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

/**
 * The schema as graphql-jit gets to see it. It would fill in arguments in its own way, with null for variables that
 * were left out, so to it no field has any: resolvers ask graphql-js for theirs.
 */
const withoutArguments = (schema: GraphQLSchema): GraphQLSchema =>
  mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (config, name, typeName) => {
      const field = (schema.getType(typeName) as GraphQLObjectType).getFields()[name]!;
      const { args, resolve } = field;
      if (!args.length || !resolve) return { ...config, args: {} };
      // Checks bring arguments into their stored form in place, so each call has its own.
      return {
        ...config,
        args: {},
        resolve: (source, _none, context, info) =>
          resolve(source, getArgumentValues(field, info.fieldNodes[0]!, info.variableValues), context, info),
      };
    },
  });

/** Resolvers are told of the types that they belong to; an interface's, which is no field, needs to know nothing. */
const originalInfo =
  (schema: GraphQLSchema, operation: OperationDefinitionNode): CompilerOptions['resolverInfoEnricher'] =>
  ({ parentType, fieldName }) => {
    const type = schema.getType(parentType.name) as GraphQLObjectType;
    const field = type.getFields()[fieldName];
    return field ? { schema, operation, parentType: type, returnType: field.type } : {};
  };

/** Its errors are those of GraphQL in all but `extensions`, which may be missing, and places inside the arguments. */
function withGraphQLErrors({ errors, ...result }: ExecutionResult): ExecutionResult {
  if (!errors) return result;
  const same = errors.map(({ message, path, originalError, locations }) => {
    const nodes = originalError instanceof GraphQLError ? originalError.nodes : undefined;
    const error = new GraphQLError(message, { nodes, path, originalError });
    return nodes ? error : Object.defineProperty(error, 'locations', { value: locations, enumerable: true });
  });
  return { ...result, errors: same };
}

/**
 * The document with variables that are taken as they are: graphql-js has coerced them. Compiled for our filters, which
 * name each other without end, their coercion would take seconds.
 */
const withoutTypes = (document: DocumentNode): DocumentNode =>
  visit(document, {
    VariableDefinition: ({ kind, variable }): VariableDefinitionNode => ({ kind, variable, type: anything }),
  });

/** A type whose values are taken as they are. */
export const anything: NamedTypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'JSON' } };
