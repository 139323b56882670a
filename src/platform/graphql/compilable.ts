import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Above this number of fields, fragments expanded, compiling takes too long. */
const mostFields = 2000;

/**
 * Whether graphql-jit answers an operation as graphql-js does. It confuses fields whose keys it joins with `_`, and the
 * conditions of fragments that are spread twice. Its compile time doubles with each fragment that spreads another one
 * twice. It resolves the type of an interface's object synchronously (`records/node.ts`).
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
