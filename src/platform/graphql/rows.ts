import {
  coerceInputValue,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
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
import { anything, type Execution } from './execution.js';
import { faultOf } from './variables.js';

/** Whether an argument takes rows of a bulk call. */
export const takesRows = ({ type }: Pick<GraphQLArgument, 'type'>): boolean => {
  const named = getNamedType(type);
  return isInputObjectType(named) && named.extensions.spec?.isRow === true;
};

interface RowVariables {
  /** Types of one row, by the name of the variable that carries them all. */
  types: ReadonlyMap<string, GraphQLInputType>;
  /** The document with those variables taken as they are. */
  document: DocumentNode;
}

const known = new WeakMap<OperationDefinitionNode, RowVariables>();

/**
 * The variables of an operation that each are all rows of a bulk call and nothing else. Their rows are coerced one by
 * one, so that one that does not fit its type is told so and does not refuse the others. Empty when one of them is null
 * or left out, which is refused or defaulted as a whole.
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
    const type = typeFromAST(schema, node as never);
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
      // Any other use needs the variable as a whole.
      Variable: ({ name }) => void types.delete(name.value),
    }),
  );
  return { types, document: withOpaque(document, types) };
}

const withOpaque = (document: DocumentNode, names: Pick<ReadonlyMap<string, unknown>, 'has'>): DocumentNode =>
  visit(document, {
    VariableDefinition: ({ kind, variable }): VariableDefinitionNode | undefined =>
      names.has(variable.name.value) ? { kind, variable, type: anything } : undefined,
  });

/** The execution with its rows coerced, made anew for each run: checks change them in place. */
export function withRows(execution: Execution, { types, document }: RowVariables): Execution {
  if (types.size === 0) return execution;
  const variables = { ...execution.variables };
  for (const [name, type] of types) {
    const given = variables[name];
    variables[name] = (Array.isArray(given) ? given : [given]).map((row) => coerceRow(row, type));
  }
  return { ...execution, document, variables };
}

const faults = new WeakMap<object, Fault[]>();

/** All that did not fit the type of a row, with paths inside it. */
export const misfitsOf = (row: object): readonly Fault[] => faults.get(row) ?? [];

/** A row as its type wants it, with those parts left out that do not fit. */
function coerceRow(given: unknown, type: GraphQLInputType): object {
  const found: Fault[] = [];
  const unfit: (readonly (string | number)[])[] = [];
  const complain = (path: readonly (string | number)[], _value: unknown, { message }: Error) => {
    const fault = faultOf(path, message);
    found.push(fault);
    // Faults of a field that is missing or unknown lie below, and leave the value itself as it is.
    if (fault.path === path.join('.')) unfit.push(path);
  };
  const row = (coerceInputValue(given, type, complain, true) ?? {}) as Bag;
  for (const path of unfit) leaveOut(row, path);
  if (found.length) faults.set(row, found);
  return row;
}

type Bag = { [name: string]: unknown };

/** A list of which one item does not fit is left out whole. */
function leaveOut(row: Bag, path: readonly (string | number)[]): void {
  const item = path.findIndex((step) => typeof step === 'number');
  const steps = (item < 0 ? path : path.slice(0, item)) as string[];
  const last = steps.at(-1);
  if (last === undefined) return;
  const inside = steps.slice(0, -1).reduce<Bag | undefined>((bag, step) => bag?.[step] as Bag | undefined, row);
  if (inside) delete inside[last];
}
