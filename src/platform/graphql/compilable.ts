import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { CompilerOptions } from 'graphql-jit';

/** Fields, with fragments written out, beyond which a function would take too long to make. */
const mostFields = 2000;

/**
 * Whether graphql-jit answers an operation as graphql-js would. It mixes up fields whose keys it joins with `_`, and
 * conditions of fragments that are spread twice; it takes unions and interfaces for null when their type is found out
 * asynchronously, and time that doubles with each fragment that spreads another one twice.
 */
export function isCompilable(
  schema: GraphQLSchema,
  { definitions }: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
): boolean {
  const fragments = new Map(
    definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );
  let selections = 0;

  const isSound = (type: GraphQLObjectType, set: SelectionSetNode): boolean =>
    set.selections.every((node) => {
      selections += 1;
      if (selections > mostFields || node.directives?.length) return false;
      if (node.kind === Kind.INLINE_FRAGMENT) return isSound(type, node.selectionSet);
      if (node.kind === Kind.FRAGMENT_SPREAD) return isSound(type, fragments.get(node.name.value)!.selectionSet);
      const { name, alias } = node;
      if (name.value === '__typename' && !alias) return true;
      if (name.value.startsWith('__') || (alias ?? name).value.includes('_')) return false;
      if (!node.selectionSet) return true;
      const below = getNamedType(type.getFields()[name.value]!.type);
      return isObjectType(below) && isSound(below, node.selectionSet);
    });

  return isSound(schema.getRootType(operation)!, selectionSet);
}

/**
 * The schema as graphql-jit gets to see it. It would fill in arguments in its own way, with null for variables that
 * were left out, so to it no field has any: resolvers ask graphql-js for theirs.
 */
export const withoutArguments = (schema: GraphQLSchema): GraphQLSchema =>
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

/** Resolvers are told of the types that they belong to. */
export const originalInfo =
  (schema: GraphQLSchema, operation: OperationDefinitionNode): CompilerOptions['resolverInfoEnricher'] =>
  ({ parentType, fieldName }) => {
    const type = schema.getType(parentType.name) as GraphQLObjectType;
    return { schema, operation, parentType: type, returnType: type.getFields()[fieldName]!.type };
  };
