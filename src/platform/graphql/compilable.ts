import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isInterfaceType,
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
 * conditions of fragments that are spread twice; it takes time that doubles with each fragment that spreads another one
 * twice. Of an interface it needs to be told at once which type an object has (`records/node.ts`).
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

  const isSound = (type: Fielded, set: SelectionSetNode): boolean =>
    set.selections.every((node) => {
      selections += 1;
      if (selections > mostFields || node.directives?.length) return false;
      if (node.kind !== Kind.FIELD) {
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value)!;
        const about = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
        return hasFields(about) && isSound(about, fragment.selectionSet);
      }
      const { name, alias } = node;
      if (name.value === '__typename' && !alias) return true;
      if (name.value.startsWith('__') || (alias ?? name).value.includes('_')) return false;
      if (!node.selectionSet) return true;
      const below = getNamedType(type.getFields()[name.value]!.type);
      return hasFields(below) && isSound(below, node.selectionSet);
    });

  return isSound(schema.getRootType(operation)!, selectionSet);
}

type Fielded = GraphQLObjectType | GraphQLInterfaceType;

const hasFields = (type: GraphQLNamedType | undefined): type is Fielded => isObjectType(type) || isInterfaceType(type);

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

/** Resolvers are told of the types that they belong to; an interface's, which is no field, needs to know nothing. */
export const originalInfo =
  (schema: GraphQLSchema, operation: OperationDefinitionNode): CompilerOptions['resolverInfoEnricher'] =>
  ({ parentType, fieldName }) => {
    const type = schema.getType(parentType.name) as GraphQLObjectType;
    const field = type.getFields()[fieldName];
    return field ? { schema, operation, parentType: type, returnType: field.type } : {};
  };
