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
  /** The source of the root fields: the event that a subscription answers. */
  root?: object;
}

export type Execute = (execution: Execution) => ExecutionResult | Promise<ExecutionResult>;

/** Executes with graphql-js, which walks the document for every value; tests compare `compiling` with it. */
export const interpreting =
  (schema: GraphQLSchema): Execute =>
  ({ document, operationName, variables, context, root }) =>
    execute({ schema, document, operationName, variableValues: variables, contextValue: context, rootValue: root });

/**
 * Compiles a document with graphql-jit when it comes a second time: compiling takes longer than interpreting once. The
 * compiled functions only complete values; graphql-js coerces variables and arguments. Documents that graphql-jit would
 * answer differently from graphql-js are always interpreted.
 */
export function compiling(schema: GraphQLSchema): Execute {
  const interpret = interpreting(schema);
  const compile = compiler(schema);
  // The store of documents is bounded; compiled functions are collected with their documents.
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
    const { document, operationName, variables, context, root } = execution;
    const compiled = compiledOf(document, operationName ?? '');
    if (!compiled?.query) return interpret(execution);
    const { coerced } = getVariableValues(schema, compiled.definitions, variables ?? {});
    if (!coerced) return interpret(execution);
    const result = compiled.query(root, context, coerced) as ExecutionResult | Promise<ExecutionResult>;
    return result instanceof Promise ? result.then(withGraphQLErrors) : withGraphQLErrors(result);
  };
}

interface Compiled {
  definitions: readonly VariableDefinitionNode[];
  /** Null if the operation is interpreted. */
  query: CompiledQuery['query'] | null;
}

/** Compiles operations, except those that must be interpreted. */
export function compiler(schema: GraphQLSchema): (document: DocumentNode, operationName: string) => Compiled {
  const schemaWithoutArguments = withoutArguments(schema);
  return (document, operationName) => {
    const operation = getOperationAST(document, operationName || undefined);
    if (!operation || !isCompilable(schema, document, operation)) return { definitions: [], query: null };
    const compiled = compileQuery(schemaWithoutArguments, withoutTypes(document), operationName || undefined, {
      isSerialized,
      resolverInfoEnricher: originalInfo(schema, operation),
    });
    return {
      definitions: operation.variableDefinitions ?? [],
      query: isCompiledQuery(compiled) ? compiled.query : null,
    };
  };
}

/**
 * JavaScript that checks whether a value is serialized already, as values from the database are. All other values go
 * through the type's `serialize`.
 */
function isSerialized(type: GraphQLOutputType, value: string): string | undefined {
  if (isEnumType(type)) {
    const names = type.getValues().filter(({ name, value }) => value === name);
    return `(${names.map(({ name }) => `${value} === "${name}"`).join(' || ') || false})`;
  }
  if (!isScalarType(type)) return undefined;
  if (type.name === 'Int') return `(${value} | 0) === ${value}`;
  if (type.name === 'Boolean') return `typeof ${value} === "boolean"`;
  // JSON serializes each value as itself, and most values of changes are strings.
  const isText = type.serialize === String || ['String', 'ID', 'JSON'].includes(type.name);
  return isText ? `typeof ${value} === "string"` : undefined;
}

/**
 * The schema for graphql-jit, without arguments. It would set arguments to null when their variable is omitted, so
 * resolvers let graphql-js coerce their arguments instead.
 */
const withoutArguments = (schema: GraphQLSchema): GraphQLSchema =>
  mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (config, name, typeName) => {
      const field = (schema.getType(typeName) as GraphQLObjectType).getFields()[name]!;
      const { args, resolve } = field;
      if (!args.length || !resolve) return { ...config, args: {} };
      // Coerced again for each call, since checks normalise arguments in place.
      return {
        ...config,
        args: {},
        resolve: (source, _none, context, info) =>
          resolve(source, getArgumentValues(field, info.fieldNodes[0]!, info.variableValues), context, info),
      };
    },
  });

/** Gives resolvers the types of the original schema. Type resolvers of interfaces are not fields and need none. */
const originalInfo =
  (schema: GraphQLSchema, operation: OperationDefinitionNode): CompilerOptions['resolverInfoEnricher'] =>
  ({ parentType, fieldName }) => {
    const type = schema.getType(parentType.name) as GraphQLObjectType;
    const field = type.getFields()[fieldName];
    return field ? { schema, operation, parentType: type, returnType: field.type } : {};
  };

/** Errors of graphql-jit as GraphQLErrors: it omits `extensions`, and the nodes of errors inside arguments. */
function withGraphQLErrors({ errors, ...result }: ExecutionResult): ExecutionResult {
  if (!errors) return result;
  const graphqlErrors = errors.map(({ message, path, originalError, locations }) => {
    const nodes = originalError instanceof GraphQLError ? originalError.nodes : undefined;
    const error = new GraphQLError(message, { nodes, path, originalError });
    return nodes ? error : Object.defineProperty(error, 'locations', { value: locations, enumerable: true });
  });
  return { ...result, errors: graphqlErrors };
}

/**
 * The document with opaque variables, since graphql-js has coerced them. Compiling their coercion would take seconds:
 * filter types refer to each other recursively.
 */
const withoutTypes = (document: DocumentNode): DocumentNode =>
  visit(document, {
    VariableDefinition: ({ kind, variable }): VariableDefinitionNode => ({ kind, variable, type: opaqueType }),
  });

/** A type whose values pass without coercion. */
export const opaqueType: NamedTypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'JSON' } };
