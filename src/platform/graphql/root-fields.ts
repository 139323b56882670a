import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A root field, inside the fragments with directives that it stands in. */
interface RootField {
  field: FieldNode;
  selection: SelectionNode;
}

const known = new WeakMap<OperationDefinitionNode, RootField[]>();

function collected(document: DocumentNode, operation: OperationDefinitionNode): RootField[] {
  const found = known.get(operation) ?? collect(document, operation);
  known.set(operation, found);
  return found;
}

function collect({ definitions }: DocumentNode, operation: OperationDefinitionNode): RootField[] {
  const fragments = new Map(
    definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );
  const within = ({ selections }: SelectionSetNode): RootField[] =>
    selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [{ field: node, selection: node }];
      const { selectionSet } = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value)!;
      const { directives } = node;
      return within(selectionSet).map(({ field, selection }) => ({
        field,
        selection: directives?.length
          ? {
              kind: Kind.INLINE_FRAGMENT,
              directives,
              selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
            }
          : selection,
      }));
    });
  return within(operation.selectionSet);
}

/** The root fields that an operation selects, those in fragments included. */
export const rootFieldsOf = (document: DocumentNode, operation: OperationDefinitionNode): FieldNode[] =>
  collected(document, operation).map(({ field }) => field);

export const responseKey = ({ alias, name }: FieldNode): string => (alias ?? name).value;

const apart = new WeakMap<OperationDefinitionNode, DocumentNode[]>();

/** The same document with one root field each, by their names in the answer, so that each can be executed by itself. */
export function oneByOne(document: DocumentNode, operationName: string | null | undefined): DocumentNode[] {
  const operation = getOperationAST(document, operationName)!;
  const found = apart.get(operation) ?? taken(document, operation);
  apart.set(operation, found);
  return found;
}

function taken(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode[] {
  const byKey = Map.groupBy(collected(document, operation), ({ field }) => responseKey(field));
  if (byKey.size <= 1) return [document];
  return [...byKey.values()].map((fields) => {
    const selections = fields.map(({ selection }) => selection);
    const one = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
    return { ...document, definitions: document.definitions.map((node) => (node === operation ? one : node)) };
  });
}
