import { registerEnumType } from 'type-graphql';
import { becomes } from './deprecations.js';

interface EnumDeclaration {
  name: string;
  values: string[];
  /** Noun with article for descriptions, e.g. "an order status" in "Conditions on an order status". */
  label: string;
}

interface ValueConfig {
  description: string;
  deprecationReason: string;
}

const declarations = new Map<object, EnumDeclaration>();

/** Declares a GraphQL enum whose values are stored by name; they sort in the order of their declaration. */
export function declareEnum<Value extends string>(
  name: string,
  description: string,
  values: Record<Value, string>,
  label = '',
  /** Former names of values, by the former name; they arrive as the value. */
  former: Readonly<Record<string, Value>> = {},
): { readonly [V in Value]: V } {
  const names = Object.keys(values) as Value[];
  const declared = { ...Object.fromEntries(names.map((value) => [value, value])), ...former } as { [V in Value]: V };
  const described = Object.fromEntries(names.map((value) => [value, { description: values[value] }])) as {
    [V in Value]: { description: string };
  };
  const outdated = Object.entries(former).map(([old, value]): [string, ValueConfig] => [
    old,
    { description: values[value], deprecationReason: becomes(value) },
  ]);
  registerEnumType(declared, {
    name,
    description,
    valuesConfig: { ...described, ...Object.fromEntries(outdated) },
  });
  declarations.set(declared, { name, values: names, label });
  return declared;
}

export function declarationOf(declared: object): EnumDeclaration {
  const declaration = declarations.get(declared);
  if (!declaration) throw new Error('Not an enum made by declareEnum');
  return declaration;
}
