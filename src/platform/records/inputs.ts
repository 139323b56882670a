import { isDeepStrictEqual } from 'node:util';
import { type GraphQLSchema, isInputObjectType, isObjectType } from 'graphql';
import { ArgsType, Extensions, Field, ID, InputType } from 'type-graphql';
import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import type { Fault } from '../errors.js';
import { type PropertySpec, propertiesOf } from './property.js';
import { graphqlTypeOf, recordOf } from './record.js';

/**
 * A fault that several fields of an input, the clock or the organization's settings show; its path starts in the input.
 */
export interface InputFault extends Fault {
  /** Stands for the fault where no other is told with it. */
  reason?: string;
}

/**
 * Faults between the fields of an input; needs no look-up. Fields are in their stored form, unless they are at fault
 * themselves. The viewer is missing where nobody has signed in.
 */
// biome-ignore lint/suspicious/noExplicitAny: each input has a shape of its own
export type InputRule<Values = any> = (values: Values, viewer: Viewer | null) => InputFault[];

/** How an input type, or the arguments of a field, are checked. */
export interface InputSpec {
  fields: ReadonlyMap<string, PropertySpec>;
  /** Between the fields. */
  rules: readonly InputRule[];
  /** One row of a bulk call. */
  isRow?: boolean;
}

// type-graphql hands extensions on to the schema: each input type and each argument leads to how it is checked.
declare module 'graphql' {
  interface GraphQLInputObjectTypeExtensions {
    spec?: InputSpec;
  }
  interface GraphQLArgumentExtensions {
    spec?: InputSpec;
  }
}

const specs = new Map<Class, InputSpec>();

/** How a class of input or of arguments was declared. */
export function inputSpecOf(type: Class): InputSpec {
  const spec = specs.get(type);
  if (!spec) throw new Error(`${type.name} is not an input`);
  return spec;
}

type Scalar = string | number | boolean | Date | object | null;

/** What an input may carry for a record: any of its stored values, each of which may be left out. */
export type Changes<Entity> = {
  // biome-ignore lint/suspicious/noExplicitAny: methods of any signature are left out
  -readonly [Name in keyof Entity as Entity[Name] extends (...args: any[]) => unknown ? never : Name]?: Entity[Name] &
    (Scalar | undefined);
} & { id?: never; version?: never; organizationId?: never; updatedAt?: never } & {
  addTags?: string[];
  removeTags?: string[];
};

/** A written-out input type, its fields declared with the decorators of properties. */
export const Input =
  (description: string, ...between: InputRule[]) =>
  (type: Class): void => {
    declareInput(type, type.name, description, propertiesOf(type), between);
  };

interface InputOptions {
  /** Name of the GraphQL type, unless the usual one. */
  name?: string;
  without?: string[];
  /** A class that declares further fields. */
  with?: Class;
  /** Rules between its fields. */
  rules?: readonly InputRule[];
}

/** Refuses a schema that leaves out an input or arguments whose checks were declared. */
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

/** Written-out arguments of a field, with the rules between them; null counts as omitted. */
export const Arguments =
  (...between: InputRule[]) =>
  (type: Class) => {
    const fields = propertiesOf(type).map((spec) => ({ ...spec, nullable: !spec.required, isArgument: true }));
    if (!fields.length) throw new Error(`${type.name} declares no property that its checks could stand at`);
    const spec = inputSpec(type, fields, between);
    declareFields(type, fields);
    for (const { name } of fields) Extensions({ spec })(type.prototype, name);
    ArgsType()(type as never);
  };

/** Rules between the arguments of each field that takes this one, which is declared with `Field`. */
export const Ruled = (...rules: InputRule[]): ((prototype: object, name: string) => void) =>
  Extensions({ spec: { fields: new Map(), rules } satisfies InputSpec });

/** The input for creating or changing a record, made from its properties. */
export function inputFor(
  record: Class,
  use: 'create' | 'update',
  description: string,
  { name: typeName, without = [], with: further, rules: between }: InputOptions = {},
): Class {
  const { name, properties } = recordOf(record);
  const fields = [...properties.values()]
    .filter((spec) => !without.includes(spec.name))
    .flatMap((spec) => inputField(spec, use) ?? [])
    .concat(further ? propertiesOf(further) : []);
  const type = { [name]: class {} }[name]!;
  declareInput(type, typeName ?? `${use === 'create' ? 'Create' : 'Update'}${name}Input`, description, fields, between);
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
  InputType(name, { description })(type as never);
  return spec;
}

/**
 * An input type for one row of a bulk call; rows are coerced and checked one by one, and each is told its own faults.
 */
export function declareRow(...declaration: Parameters<typeof declareInput>): void {
  declareInput(...declaration).isRow = true;
}

function inputSpec(type: Class, fields: PropertySpec[], rules: readonly InputRule[]): InputSpec {
  const spec: InputSpec = { fields: new Map(fields.map((field) => [field.name, field])), rules };
  specs.set(type, spec);
  return spec;
}

function declareFields(type: Class, fields: PropertySpec[]): void {
  for (const spec of fields)
    Field((spec.kind === 'id' ? () => (spec.list ? [ID] : ID) : graphqlTypeOf(spec)) as never, {
      description: spec.description,
      nullable: !spec.required,
      ...(spec.default !== undefined && { defaultValue: spec.default }),
    })(type.prototype, spec.name);
}

/** Puts changes into an entity; what was left out, or is so already, stays. */
export function assign<Entity extends object>(entity: Entity, changes: Changes<Entity>): void {
  for (const name of changedBy(entity, changes)) {
    const value = Reflect.get(changes, name);
    Reflect.set(entity, name, isInstant(entity, name) && value !== null ? new Date(value as string) : value);
  }
}

/** Fields that changes would give another value. */
export function changedBy<Entity extends object>(
  entity: Entity,
  changes: Changes<Entity>,
): Set<keyof Changes<Entity> & string> {
  const names = Object.keys(changes) as (keyof Changes<Entity> & string)[];
  return new Set(names.filter((name) => changes[name] !== undefined && !isSame(entity, name, changes[name])));
}

/** PostgreSQL orders the names in a JSON object anew; in another order it is the same value. */
function isSame(entity: object, name: string, value: unknown): boolean {
  const stored: unknown = Reflect.get(entity, name);
  if (isInstant(entity, name))
    return (stored as Date | null)?.getTime() === (value === null ? undefined : Date.parse(String(value)));
  if (typeof value !== 'object' || value === null) return stored === value;
  return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), stored);
}

const isInstant = (entity: object, name: string): boolean =>
  recordOf(entity.constructor as Class).properties.get(name)?.kind === 'instant';
