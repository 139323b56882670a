import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { CodedError } from '../errors.js';
import { responseKey } from './root-fields.js';

/** A document beyond these sizes is refused before it runs. */
export const limits = {
  documentBytes: 65_536,
  tokens: 2000,
  depth: 10,
  aliases: 30,
  rootFields: 20,
  directives: 20,
  fragments: 50,
  variableDepth: 1100,
  /** Of a list or an object in the variables. */
  variableItems: 2000,
  variableValues: 200_000,
  /** Pairs of fields that validation has to compare, since they have the same place in the answer. */
  samePairs: 20_000,
  cost: 10_000,
  bulkRows: 1000,
} as const;

export const tooComplex = (what: string, extensions?: Record<string, unknown>) =>
  new CodedError('QUERY_TOO_COMPLEX', `${what}; ask for less at once, or in several requests`, extensions);

/** Validation rule for the sizes that can only be counted in a parsed document. */
export function limitDocument(context: ValidationContext): ASTVisitor {
  const counts = { aliases: 0, directives: 0, fragments: 0 };
  return {
    Field: ({ alias }) => {
      if (alias) counts.aliases += 1;
    },
    Directive: () => {
      counts.directives += 1;
    },
    FragmentDefinition: () => {
      counts.fragments += 1;
    },
    OperationDefinition: ({ selectionSet }) => {
      const roots = rootFields(context, selectionSet);
      if (roots > limits.rootFields) refuse(context, 'root fields', roots, limits.rootFields);
      const depth = depthOf(context, selectionSet);
      if (depth > limits.depth) refuse(context, 'levels of nesting', depth, limits.depth);
    },
    Document: {
      enter: (document) => {
        const pairs = document.definitions.reduce(
          (sum, node) => sum + ('selectionSet' in node ? samePairs([node.selectionSet]) : 0),
          0,
        );
        if (pairs <= limits.samePairs) return undefined;
        context.reportError(tooComplex('The document selects the same fields too often'));
        // Then nothing else of it is validated, which would take too long.
        return { ...document, definitions: [] };
      },
      leave: () => {
        for (const name of ['aliases', 'directives', 'fragments'] as const)
          if (counts[name] > limits[name]) refuse(context, name, counts[name], limits[name]);
      },
    },
  };
}

/** Pairs of fields in selections for one object that have the same key, and pairs among the fields below them. */
function samePairs(sets: readonly SelectionSetNode[]): number {
  const counts = new Map<string, number>();
  const below = new Map<string, SelectionSetNode[]>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet);
      if (node.kind !== Kind.FIELD) continue;
      const key = responseKey(node);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (node.selectionSet) below.set(key, [...(below.get(key) ?? []), node.selectionSet]);
    }
  };
  for (const set of sets) collect(set);
  let pairs = 0;
  for (const count of counts.values()) pairs += (count * (count - 1)) / 2;
  for (const group of below.values()) pairs += samePairs(group);
  return pairs;
}

function refuse(context: ValidationContext, what: string, found: number, most: number): void {
  context.reportError(tooComplex(`The document has ${found} ${what}, at most ${most} are allowed`));
}

/** Fragments on the way down. A fragment that contains itself ends the walk; another rule reports it. */
type Path = ReadonlySet<FragmentDefinitionNode>;

function fragmentsIn(context: ValidationContext, name: string, path: Path): [FragmentDefinitionNode, Path] | null {
  const fragment = context.getFragment(name);
  return fragment && !path.has(fragment) ? [fragment, new Set([...path, fragment])] : null;
}

function rootFields(
  context: ValidationContext,
  { selections }: SelectionSetNode,
  path: Path = new Set(),
  known = new Map<string, number>(),
): number {
  let total = 0;
  for (const node of selections) {
    if (node.kind === Kind.FIELD) total += 1;
    else if (node.kind === Kind.INLINE_FRAGMENT) total += rootFields(context, node.selectionSet, path, known);
    else {
      const found = fragmentsIn(context, node.name.value, path);
      if (!found) continue;
      const fields = known.get(node.name.value) ?? rootFields(context, found[0].selectionSet, found[1], known);
      known.set(node.name.value, fields);
      total += fields;
    }
    if (total > limits.rootFields) break;
  }
  return total;
}

/** Depth of a selection without introspection, which nests deeply by nature and is bounded by the schema. */
function depthOf(
  context: ValidationContext,
  set: SelectionSetNode,
  path: Path = new Set(),
  known = new Map<string, number>(),
): number {
  let deepest = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      if (!node.name.value.startsWith('__'))
        deepest = Math.max(deepest, 1 + (node.selectionSet ? depthOf(context, node.selectionSet, path, known) : 0));
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      deepest = Math.max(deepest, depthOf(context, node.selectionSet, path, known));
    } else {
      const found = fragmentsIn(context, node.name.value, path);
      if (!found) continue;
      const depth = known.get(node.name.value) ?? depthOf(context, found[0].selectionSet, found[1], known);
      known.set(node.name.value, depth);
      deepest = Math.max(deepest, depth);
    }
  }
  return deepest;
}
