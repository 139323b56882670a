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

/** A root field, and the selection that contains it: wrapped into the fragments around it that have directives. */
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

/** The root fields of an operation, including those in fragments. */
export const rootFieldsOf = (document: DocumentNode, operation: OperationDefinitionNode): FieldNode[] =>
  collected(document, operation).map(({ field }) => field);

/** Whether any root field may be left out by `@skip` or `@include`. */
export const areConditional = (document: DocumentNode, operation: OperationDefinitionNode): boolean =>
  collected(document, operation).some(({ selection }) => isConditional(selection));

function isConditional(node: SelectionNode): boolean {
  const isHere = node.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include');
  return isHere || (node.kind === Kind.INLINE_FRAGMENT && node.selectionSet.selections.some(isConditional));
}

export const responseKey = ({ alias, name }: FieldNode): string => (alias ?? name).value;

const splitDocuments = new WeakMap<OperationDefinitionNode, DocumentNode[]>();

/** The document once for each response key, with the root fields of that key only, so that each executes by itself. */
export function splitByRootField(document: DocumentNode, operationName: string | null | undefined): DocumentNode[] {
  const operation = getOperationAST(document, operationName)!;
  const found = splitDocuments.get(operation) ?? split(document, operation);
  splitDocuments.set(operation, found);
  return found;
}

function split(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode[] {
  const byKey = Map.groupBy(collected(document, operation), ({ field }) => responseKey(field));
  if (byKey.size <= 1) return [document];
  return [...byKey.values()].map((fields) => {
    const selections = fields.map(({ selection }) => selection);
    const part = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
    return { ...document, definitions: document.definitions.map((node) => (node === operation ? part : node)) };
  });
}
