import { type GraphQLSchema, isInputObjectType } from 'graphql';
import type { Class } from '../class.js';
import { declareInput } from './inputs.js';
import type { PropertySpec } from './property.js';
import { recordOf } from './record.js';

/** A key of a record: exactly one of its fields, with its value. */
export type KeyValue = Readonly<Record<string, string>>;

/** Rules of the keys that the server assigns, so that no input has them. */
const assigned: Readonly<Record<string, Partial<PropertySpec>>> = {
  id: { kind: 'id' },
  code: { max: 20, isName: true },
  slug: { max: 255, isName: true },
};

/** Makes the input type that names one record by one of its unique properties; once for each record. */
export function makeKeyType(record: Class, keys: readonly string[], about: string): Class {
  const { name, properties } = recordOf(record);
  const typeName = `${name}Key`;
  const type = { [typeName]: class {} }[typeName]!;
  // As an argument, an empty key is refused instead of being read as null.
  const isKey = { required: false, nullable: true, default: undefined, isArgument: true };
  const fields = keys.map((key): PropertySpec => ({ ...properties.get(key)!, ...assigned[key], ...isKey }));
  declareInput(type, typeName, about, fields).isOneOf = true;
  return type;
}

/** Marks the inputs that take exactly one field with `@oneOf`, for which type-graphql has no option. */
export function markOneOf(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()))
    if (isInputObjectType(type) && type.extensions.spec?.isOneOf) type.isOneOf = true;
}
