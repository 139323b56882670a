import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { BadInput, CodedError, type Fault } from '../errors.js';

/** Sizes beyond which a document is refused before it is run. */
export const limits = {
  documentBytes: 65_536,
  tokens: 2000,
  depth: 10,
  aliases: 30,
  rootFields: 20,
  directives: 20,
  fragments: 50,
  variableDepth: 2000,
} as const;

export const tooComplex = (what: string) =>
  new CodedError('QUERY_TOO_COMPLEX', `${what}; ask for less at once, or in several requests`);

/** Throws for a body that is no GraphQL request, or whose document is too long to be parsed. */
export function checkBody(body: unknown): void {
  const { query, variables, operationName, extensions } = (body ?? {}) as Record<string, unknown>;
  const faults: Fault[] = [];
  const expect = (sound: boolean, path: string, message: string) => {
    if (!sound) faults.push({ path, code: 'INVALID', message });
  };
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  expect(
    isObject(body),
    'body',
    'must be one JSON object with query, variables and operationName; batches are not taken',
  );
  // Apollo answers requests for a kept document in the words that its clients know.
  const asksForKept = query == null && Boolean((extensions as { persistedQuery?: unknown } | null)?.persistedQuery);
  expect(asksForKept || (typeof query === 'string' && query !== ''), 'query', 'must be the text of a GraphQL document');
  expect(variables == null || isObject(variables), 'variables', 'must be a JSON object');
  expect(operationName == null || typeof operationName === 'string', 'operationName', 'must be a text');
  expect(extensions == null || isObject(extensions), 'extensions', 'must be a JSON object');
  if (faults.length) throw new BadInput(faults);
  const bytes = Buffer.byteLength((query ?? '') as string);
  if (bytes > limits.documentBytes)
    throw tooComplex(`The document has ${bytes} bytes, at most ${limits.documentBytes} are allowed`);
}

/** Throws for variables so deep that whoever walks through them would run out of stack. */
export function limitVariables(variables: unknown): void {
  let level = [variables];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.variableDepth)
      throw tooComplex(`The variables nest more than ${limits.variableDepth} levels deep`);
    level = level.flatMap((value) => (value && typeof value === 'object' ? Object.values(value) : []));
  }
}

/** Validation rule for the sizes that only the parsed document shows. */
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
      leave: () => {
        for (const name of ['aliases', 'directives', 'fragments'] as const)
          if (counts[name] > limits[name]) refuse(context, name, counts[name], limits[name]);
      },
    },
  };
}

function refuse(context: ValidationContext, what: string, found: number, most: number): void {
  context.reportError(tooComplex(`The document has ${found} ${what}, at most ${most} are allowed`));
}

/** Fragments on the way down; one that contains itself is another rule's business and ends the walk here. */
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

/** Introspection nests deeply by nature and is bounded by the schema, so it does not count. */
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
