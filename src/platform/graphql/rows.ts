import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Fault } from '../errors.js';
import { takesRows } from '../records/check.js';
import { type Execution, opaqueType } from './execution.js';
import { limits } from './limits.js';
import { coerce, faultOf } from './variables.js';

interface RowVariables {
  /** Type of one row, by the name of the variable that carries all rows. */
  types: ReadonlyMap<string, GraphQLInputType>;
  /** The document with those variables declared as opaque, so that GraphQL does not coerce them. */
  document: DocumentNode;
}

const known = new WeakMap<OperationDefinitionNode, RowVariables>();

/**
 * The variables of an operation that carry all rows of a bulk call and are used for nothing else. Their rows are
 * coerced one by one, so that a row that does not fit its type fails alone. Empty if one of the variables is null or
 * omitted: then GraphQL refuses or defaults it as a whole.
 */
export function rowVariablesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): RowVariables {
  const found = known.get(operation) ?? findRowVariables(schema, document, operation);
  known.set(operation, found);
  return [...found.types.keys()].every((name) => variables?.[name] != null) ? found : { types: new Map(), document };
}

function findRowVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): RowVariables {
  const types = new Map<string, GraphQLInputType>();
  for (const { variable, type: node } of variableDefinitions) {
    const type = typeFromAST(schema, node);
    const list = isInputType(type) && takesRows({ type }) ? getNullableType(type) : null;
    if (isListType(list)) types.set(variable.name.value, list.ofType as GraphQLInputType);
  }
  if (types.size === 0) return { types, document };
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      VariableDefinition: () => false,
      Argument: ({ value }) => {
        const argument = typeInfo.getArgument();
        return value.kind === Kind.VARIABLE && argument && takesRows(argument) ? false : undefined;
      },
      // Any other use needs GraphQL to coerce the variable as a whole.
      Variable: ({ name }) => void types.delete(name.value),
    }),
  );
  return { types, document: withOpaque(document, types) };
}

const withOpaque = (document: DocumentNode, names: Pick<ReadonlyMap<string, unknown>, 'has'>): DocumentNode =>
  visit(document, {
    VariableDefinition: ({ kind, variable }): VariableDefinitionNode | undefined =>
      names.has(variable.name.value) ? { kind, variable, type: opaqueType } : undefined,
  });

/** The execution with its rows coerced; called for each run, since checks change the rows in place. */
export function withRows(execution: Execution, { types, document }: RowVariables): Execution {
  if (types.size === 0) return execution;
  const variables = { ...execution.variables };
  for (const [name, type] of types) {
    const rows = variables[name];
    // One more than may be sent is enough to be refused.
    const sent = (Array.isArray(rows) ? rows : [rows]).slice(0, limits.bulkRows + 1);
    variables[name] = sent.map((row) => coerceRow(row, type));
  }
  return { ...execution, document, variables };
}

const mostRowFaults = 20;

const faults = new WeakMap<object, Fault[]>();

/** The parts of a row that did not fit its type, with paths inside the row. */
export const coercionFaultsOf = (row: object): readonly Fault[] => faults.get(row) ?? [];

/** Coerces a row to its type and leaves out the parts that do not fit. */
function coerceRow(value: unknown, type: GraphQLInputType): object {
  const found: Fault[] = [];
  const unfit: (readonly (string | number)[])[] = [];
  const complain = (path: readonly (string | number)[], message: string) => {
    const fault = faultOf(path, message);
    found.push(fault);
    // A missing or unknown field is a fault below `path`; the value at `path` itself can stay.
    if (fault.path === path.join('.')) unfit.push(path);
  };
  const row = (coerce(value, type, complain, mostRowFaults) ?? {}) as Bag;
  for (const path of unfit) leaveOut(row, path);
  if (found.length) faults.set(row, found);
  return row;
}

type Bag = { [name: string]: unknown };

/** Leaves out the part at `path`; inside a list, the whole list. */
function leaveOut(row: Bag, path: readonly (string | number)[]): void {
  const item = path.findIndex((step) => typeof step === 'number');
  const steps = (item < 0 ? path : path.slice(0, item)) as string[];
  const last = steps.at(-1);
  if (last === undefined) return;
  const inside = steps.slice(0, -1).reduce<Bag | undefined>((bag, step) => bag?.[step] as Bag | undefined, row);
  if (inside) delete inside[last];
}
