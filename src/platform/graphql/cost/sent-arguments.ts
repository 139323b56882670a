import { type GraphQLArgument, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { SentArguments } from './prices.js';

export type Variables = Readonly<Record<string, unknown>>;

/** Reads the arguments of a field. */
export interface ArgumentReader {
  /** Whether no variable decides about them. */
  isFixed: boolean;
  read(variables: Variables): SentArguments;
}

export function argumentReader(
  declared: readonly GraphQLArgument[],
  sent: readonly { name: { value: string }; value: ValueNode }[] = [],
): ArgumentReader {
  const defaults = Object.fromEntries(declared.map(({ name, defaultValue }) => [name, defaultValue]));
  const isFixed = !sent.some(({ value }) => hasVariable(value));
  const read = (variables: Variables) => {
    const args = { ...defaults };
    for (const { name, value } of sent) {
      const given = valueFromASTUntyped(value, variables as Record<string, unknown>);
      if (given !== undefined) args[name.value] = given;
    }
    return args;
  };
  return { isFixed, read };
}

function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.VARIABLE) return true;
  if (node.kind === Kind.LIST) return node.values.some(hasVariable);
  return node.kind === Kind.OBJECT && node.fields.some(({ value }) => hasVariable(value));
}
