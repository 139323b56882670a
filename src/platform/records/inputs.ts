import { isDeepStrictEqual } from 'node:util';
import { type GraphQLSchema, isInputObjectType, isObjectType } from 'graphql';
import { ArgsType, Extensions, Field, ID, InputType } from 'type-graphql';
import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import type { Fault } from '../errors.js';
import { becomes } from '../schema/deprecations.js';
import { type PropertySpec, propertiesOf } from './property.js';
import { graphqlTypeOf, recordOf } from './record.js';

/**
 * A fault that depends on several fields, on the current time or on the organization's settings. Its path starts inside
 * the input.
 */
export interface InputFault extends Fault {
  /** Reason of the error, if all of its faults have the same. */
  reason?: string;
}

/**
 * Checks fields of an input against each other, without lookups. Valid fields are in their stored form; invalid ones
 * are as sent. The viewer is null if nobody has signed in.
 */
// biome-ignore lint/suspicious/noExplicitAny: each input has a shape of its own
export type InputRule<Values = any> = (values: Values, viewer: Viewer | null) => InputFault[];

/** The checks of an input type, or of a field's arguments. */
export interface InputSpec {
  fields: ReadonlyMap<string, PropertySpec>;
  /** Checks between the fields. */
  rules: readonly InputRule[];
  /** Whether it is one row of a bulk call. */
  isRow?: boolean;
  /** Whether it is made from the properties of a record. */
  isOfRecord?: boolean;
  /** Whether exactly one of its fields must be given. */
  isOneOf?: boolean;
}

// type-graphql copies extensions into the schema, so each input type and each argument carries its checks.
declare module 'graphql' {
  interface GraphQLInputObjectTypeExtensions {
    spec?: InputSpec;
  }
  interface GraphQLArgumentExtensions {
    spec?: InputSpec;
  }
}

const specs = new Map<Class, InputSpec>();

/** The declared checks of a class of inputs or arguments. */
export function inputSpecOf(type: Class): InputSpec {
  const spec = specs.get(type);
  if (!spec) throw new Error(`${type.name} is not an input`);
  return spec;
}

/** A value as inputs bring it: an instant is a text. */
type Arriving<Value> = Value extends Date ? string : Value;

/** The properties of a record that can be assigned: neither getters nor methods nor relations. */
type Assignable<Entity> = {
  // biome-ignore lint/suspicious/noExplicitAny: methods of any signature
  [Name in keyof Entity]-?: NonNullable<Entity[Name]> extends ((...args: any[]) => unknown) | { id: string }
    ? never
    : IsReadonly<Entity, Name> extends true
      ? never
      : Name;
}[keyof Entity];

type IsReadonly<Entity, Name extends keyof Entity> =
  (<T>() => T extends { [N in Name]: Entity[N] } ? 1 : 2) extends <T>() => T extends {
    -readonly [N in Name]: Entity[N];
  }
    ? 1
    : 2
    ? false
    : true;

/** Values that may be assigned to a record, all optional. */
export type Changes<Entity> = {
  [Name in Assignable<Entity>]?: Arriving<Entity[Name]>;
} & { id?: never; version?: never; organizationId?: never; updatedAt?: never };

/** Declares a class as an input type, with the fields that property decorators declare. */
export const Input =
  (description: string, ...between: InputRule[]) =>
  (type: Class): void => {
    declareInput(type, type.name, description, propertiesOf(type), between);
  };

interface InputOptions {
  /** Name of the GraphQL type; by default `CreateXInput` or `UpdateXInput`. */
  name?: string;
  without?: string[];
  /** A class that declares additional fields. */
  with?: Class;
  /** Checks between the fields. */
  rules?: readonly InputRule[];
}

/** Throws if the schema does not use an input or arguments with declared checks. */
export function demandUse(schema: GraphQLSchema): void {
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()) : [],
  );
  const used = new Set<InputSpec | undefined>([
    ...fields.flatMap(({ args }) => args.map(({ extensions }) => extensions.spec)),
    ...Object.values(schema.getTypeMap()).map((type) => (isInputObjectType(type) ? type.extensions.spec : undefined)),
  ]);
  for (const [type, spec] of specs)
    if (!used.has(spec)) throw new Error(`No field takes ${type.name}, whose checks were declared`);
}

/** Declares a class as a field's arguments, with the checks between them; null counts as omitted, without default. */
export const Arguments =
  (...between: InputRule[]) =>
  (type: Class) => {
    const fields = propertiesOf(type).map((spec) => ({ ...spec, nullable: !spec.required, isArgument: true }));
    if (!fields.length) throw new Error(`${type.name} declares no property that its checks could stand at`);
    const spec = inputSpec(type, fields, between);
    declareFields(type, fields);
    for (const { name } of fields) Extensions({ spec })(type.prototype, name);
    ArgsType()(type);
  };

/** Adds checks between the arguments of a field; decorates one argument, which is declared with `Field`. */
export const Ruled = (...rules: InputRule[]): ((prototype: object, name: string) => void) =>
  Extensions({ spec: { fields: new Map(), rules } satisfies InputSpec });

/** Makes the create or update input of a record from its properties. */
export function inputFor(
  record: Class,
  use: 'create' | 'update',
  description: string,
  { name: typeName, without = [], with: further, rules: between }: InputOptions = {},
): Class {
  const { name, properties } = recordOf(record);
  const fields = [...properties.values()]
    .filter((spec) => !without.includes(spec.name))
    .flatMap((spec) => inputFields(spec, use))
    .concat(further ? propertiesOf(further) : []);
  const type = { [name]: class {} }[name]!;
  const inputName = typeName ?? `${use === 'create' ? 'Create' : 'Update'}${name}Input`;
  declareInput(type, inputName, description, fields, between).isOfRecord = true;
  return type;
}

/** The field of a property, and the one with its regular name. */
function inputFields(spec: PropertySpec, use: 'create' | 'update'): PropertySpec[] {
  const field = inputField(spec, use);
  if (!field) return [];
  const { renamed: name } = spec;
  if (!name) return [field];
  return [
    { ...field, deprecated: becomes(name) },
    { ...field, name, replaces: field.name, default: undefined, required: false },
  ];
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

/** Declares a class as an input type with the given fields. */
export function declareInput(
  type: Class,
  name: string,
  description: string,
  fields: PropertySpec[],
  between: readonly InputRule[] = [],
): InputSpec {
  const spec = inputSpec(type, fields, between);
  declareFields(type, fields);
  Extensions({ spec })(type);
  InputType(name, { description })(type);
  return spec;
}

/**
 * Declares the input type for one row of a bulk call. Rows are coerced and checked one by one, so that each reports its
 * own faults.
 */
export function declareRow(...declaration: Parameters<typeof declareInput>): void {
  declareInput(...declaration).isRow = true;
}

function inputSpec(type: Class, fields: PropertySpec[], rules: readonly InputRule[]): InputSpec {
  const spec: InputSpec = { fields: new Map(fields.map((field) => [field.name, field])), rules };
  specs.set(type, spec);
  return spec;
}

/** Whether a field may be left out, but not be null. */
const refusesNull = ({ required, nullable, isArgument }: PropertySpec) => !required && !nullable && !isArgument;

function declareFields(type: Class, fields: PropertySpec[]): void {
  for (const spec of fields)
    Field(spec.kind === 'id' ? () => (spec.list ? [ID] : ID) : graphqlTypeOf(spec), {
      description: refusesNull(spec) ? `${spec.description} Null is refused.` : spec.description,
      nullable: !spec.required,
      ...(spec.default !== undefined && { defaultValue: spec.default }),
      deprecationReason: spec.deprecated,
    })(type.prototype, spec.name);
}

/** Assigns changes to an entity, except for values that are omitted or equal. */
export function assign<Entity extends object>(entity: Entity, changes: Changes<Entity>): void {
  for (const name of changedBy(entity, changes)) {
    const value = Reflect.get(changes, name);
    Reflect.set(entity, name, isInstant(entity, name) && value !== null ? new Date(value as string) : value);
  }
}

/** The fields whose value the changes would alter. */
export function changedBy<Entity extends object>(
  entity: Entity,
  changes: Changes<Entity>,
): Set<keyof Changes<Entity> & string> {
  const names = Object.keys(changes) as (keyof Changes<Entity> & string)[];
  return new Set(names.filter((name) => changes[name] !== undefined && !isSame(entity, name, changes[name])));
}

/** Compares JSON objects by value, since `jsonb` does not keep the order of their names. */
function isSame(entity: object, name: string, value: unknown): boolean {
  const stored: unknown = Reflect.get(entity, name);
  if (isInstant(entity, name))
    return (stored as Date | null)?.getTime() === (value === null ? undefined : Date.parse(String(value)));
  if (typeof value !== 'object' || value === null) return stored === value;
  return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), stored);
}

const isInstant = (entity: object, name: string): boolean =>
  recordOf(entity.constructor as Class).properties.get(name)?.kind === 'instant';
