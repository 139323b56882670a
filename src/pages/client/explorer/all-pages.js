import { GraphQLError, Kind, parse, print, visit } from 'graphql';
import { mostRows } from '../hand-out.js';
import { connectionOf } from '../table.js';

const largestPage = 100;
const pagingArguments = new Set(['first', 'last', 'before', 'after', 'page', 'pageSize']);

/**
 * Reads all pages of the list at a path of an answer, up to `most` rows. `ask` sends an operation; `progress` gets the
 * number of rows so far and the total.
 */
export async function allRows({ query, variables, operationName, path }, { ask, progress, most = mostRows }) {
  const rows = [];
  let total;
  let after = null;
  let size = largestPage;
  do {
    const page = pageOf({ query, operationName, path, size, isFirst: after === null });
    const { data, errors } = await ask({ query: page.query, variables: page.pick({ ...variables, csvAfter: after }) });
    if (errors?.[0]?.extensions?.code === 'QUERY_TOO_COMPLEX' && size > 1) {
      size = Math.floor(size / 2);
      continue;
    }
    if (errors) throw new Error(errors[0].message);
    const connection = path.reduce((value, name) => value?.[name], data);
    if (!connection) throw new Error('The list is gone.');
    const { csvPage, csvTotal, ...selected } = connection;
    total ??= csvTotal;
    rows.push(...connectionOf(selected).list);
    after = csvPage.hasNextPage ? csvPage.endCursor : undefined;
    progress(Math.min(rows.length, most), total);
  } while (after !== undefined && rows.length < most);
  return { rows: rows.slice(0, most), total };
}

/**
 * An operation that reads one page of a connection in a document, and `pick`, which keeps the variables that it
 * declares.
 */
function pageOf({ query, operationName, path, size, isFirst }) {
  const document = parse(query);
  const fragments = new Map();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const operation = operationOf(document, operationName);
  const names = path.filter((step) => typeof step === 'string');
  const narrowed = {
    ...operation,
    // Without indexes of lists, which a document does not contain.
    selectionSet: selectionAlong(operation.selectionSet, names, fragments, (field) => paged(field, size, isFirst)),
  };
  const { used, spread } = usesOf(narrowed, fragments);
  const variableDefinitions = [
    ...(operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value)),
    parse('query ($csvAfter: String) { a }').definitions[0].variableDefinitions[0],
  ];
  const definitions = [{ ...narrowed, variableDefinitions }, ...[...spread].map((name) => fragments.get(name))];
  const declared = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  return {
    query: print({ kind: Kind.DOCUMENT, definitions }),
    pick: (variables) => Object.fromEntries(Object.entries(variables).filter(([name]) => declared.has(name))),
  };
}

/** Keeps only the selections that lead to the field at the path, with fragments inlined. */
function selectionAlong(selectionSet, [name, ...rest], fragments, change) {
  const selections = selectionSet.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) {
      if ((selection.alias ?? selection.name).value !== name) return [];
      if (!rest.length) return [change(selection)];
      return [{ ...selection, selectionSet: selectionAlong(selection.selectionSet, rest, fragments, change) }];
    }
    const { typeCondition, selectionSet: inner } =
      selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    const below = selectionAlong(inner, [name, ...rest], fragments, change);
    const { directives } = selection;
    return below.selections.length
      ? [{ kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: below }]
      : [];
  });
  return { kind: Kind.SELECTION_SET, selections };
}

function paged(field, size, isFirst) {
  const model = `{ a(first: ${size}, after: $csvAfter) {
    csvPage: pageInfo { hasNextPage endCursor } ${isFirst ? 'csvTotal: totalCount' : ''} } }`;
  const { arguments: page, selectionSet } = parse(model).definitions[0].selectionSet.selections[0];
  return {
    ...field,
    arguments: [...field.arguments.filter(({ name }) => !pagingArguments.has(name.value)), ...page],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [...field.selectionSet.selections, ...selectionSet.selections],
    },
  };
}

/** Variables and fragments that an operation uses, directly or through fragments. */
function usesOf(operation, fragments) {
  const used = new Set();
  const spread = new Set();
  const look = (node) =>
    visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void used.add(name.value),
      FragmentSpread({ name: { value } }) {
        if (spread.has(value)) return;
        spread.add(value);
        look(fragments.get(value));
      },
    });
  look(operation);
  return { used, spread };
}

/** Whether the operation only reads, so that it can be sent again. */
export const isQuery = ({ query, operationName }) => operationOf(parse(query), operationName).operation === 'query';

/** The operation's name; undefined if it has none. */
export const nameOf = ({ query, operationName }) => operationOf(parse(query), operationName).name?.value;

/** Whether the document contains an operation with this name; false if it does not parse. */
export const hasOperation = ({ query, operationName }) =>
  holds(query, ({ definitions }) =>
    definitions.some(({ kind, name }) => kind === Kind.OPERATION_DEFINITION && name?.value === operationName),
  );

/** Whether the operation is a subscription; false if the document does not parse. */
export const isSubscription = ({ query, operationName }) =>
  holds(query, (document) => operationOf(document, operationName)?.operation === 'subscription');

function holds(query, test) {
  try {
    return test(parse(query));
  } catch (error) {
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}

function operationOf({ definitions }, operationName) {
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return operations.find(({ name }) => !operationName || name?.value === operationName) ?? operations[0];
}
