import { isDeepStrictEqual } from 'node:util';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { type Class, type PropertySpec, propertiesOf } from './property.js';
import { graphqlTypeOf, recordOf } from './record.js';

const inputs = new Map<string, Map<string, PropertySpec>>();

/** How the fields of an input type were declared; empty for types that are no inputs of ours, such as filters. */
export const inputFieldsOf = (typeName: string): ReadonlyMap<string, PropertySpec> => inputs.get(typeName) ?? new Map();

type Scalar = string | number | boolean | Date | object | null;

/** What an input may carry for a record: any of its stored values, each of which may be left out. */
export type Changes<Entity> = {
  // biome-ignore lint/suspicious/noExplicitAny: methods of any signature are left out
  -readonly [Name in keyof Entity as Entity[Name] extends (...args: any[]) => unknown ? never : Name]?: Entity[Name] &
    (Scalar | undefined);
} & { id?: never; version?: never; organizationId?: never; createdAt?: never; updatedAt?: never };

/** A written-out input type, its fields declared with the decorators of properties. */
export const Input = (description: string) => (type: Class) =>
  declareInput(type, type.name, description, propertiesOf(type));

interface InputOptions {
  /** Name of the GraphQL type, unless the usual one. */
  name?: string;
  without?: string[];
  /** A class that declares further fields. */
  with?: Class;
}

/** Written-out arguments of the root field `Mutation.markLost` or the like; null counts as omitted. */
export const Arguments = (field: string) => (type: Class) => {
  const fields = propertiesOf(type).map((spec) => ({ ...spec, nullable: !spec.required, isArgument: true }));
  inputs.set(field, new Map(fields.map((spec) => [spec.name, spec])));
  declareFields(type, fields);
  ArgsType()(type as never);
};

/** The input for creating or changing a record, made from its properties. */
export function inputFor(
  record: Class,
  use: 'create' | 'update',
  description: string,
  { name: typeName, without = [], with: further }: InputOptions = {},
): Class {
  const { name, properties } = recordOf(record);
  const fields = [...properties.values()]
    .filter((spec) => !without.includes(spec.name))
    .flatMap((spec) => inputField(spec, use) ?? [])
    .concat(further ? propertiesOf(further) : []);
  const type = { [name]: class {} }[name]!;
  declareInput(type, typeName ?? `${use === 'create' ? 'Create' : 'Update'}${name}Input`, description, fields);
  return type;
}

function inputField(spec: PropertySpec, use: 'create' | 'update'): PropertySpec | null {
  const text = spec[use] ?? spec.input;
  if (!text) return null;
  return {
    ...spec,
    nullable: spec.nullable || spec.clearable,
    name: spec.reference?.id ?? spec.name,
    kind: spec.reference ? 'id' : spec.kind,
    description: text === true ? spec.description : text,
    required: use === 'create' && spec.required,
    default: use === 'create' ? spec.default : undefined,
  };
}

/** Makes the class an input type with fields that were declared elsewhere. */
export function declareInput(type: Class, name: string, description: string, fields: PropertySpec[]): void {
  inputs.set(name, new Map(fields.map((spec) => [spec.name, spec])));
  declareFields(type, fields);
  InputType(name, { description })(type as never);
}

function declareFields(type: Class, fields: PropertySpec[]): void {
  for (const spec of fields)
    Field((spec.kind === 'id' ? () => (spec.list ? [ID] : ID) : graphqlTypeOf(spec)) as never, {
      description: spec.description,
      nullable: !spec.required,
      ...(spec.default !== undefined && { defaultValue: spec.default }),
    })(type.prototype, spec.name);
}

/** Puts changes into an entity; what was left out stays. */
export function assign<Entity extends object>(entity: Entity, changes: Changes<Entity>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const kind = recordOf(entity.constructor as Class).properties.get(name)?.kind;
    // PostgreSQL orders the names in a JSON object anew; in another order it is the same value.
    if (kind === 'json' && isDeepStrictEqual(JSON.parse(JSON.stringify(value)), Reflect.get(entity, name))) continue;
    Reflect.set(entity, name, kind === 'instant' && value !== null ? new Date(value as string) : value);
  }
}
