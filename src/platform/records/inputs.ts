import { isDeepStrictEqual } from 'node:util';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import type { Fault } from '../errors.js';
import { type PropertySpec, propertiesOf } from './property.js';
import { graphqlTypeOf, recordOf } from './record.js';

const inputs = new Map<string, Map<string, PropertySpec>>();

/** How the fields of an input type were declared; empty for types that are no inputs of ours, such as filters. */
export const inputFieldsOf = (typeName: string): ReadonlyMap<string, PropertySpec> => inputs.get(typeName) ?? new Map();

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

const rules = new Map<string, readonly InputRule[]>();

/** The rules between the fields of an input type, or between the arguments of a root field. */
export const inputRulesOf = (name: string): readonly InputRule[] => rules.get(name) ?? [];

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
  (type: Class) =>
    declareInput(type, type.name, description, propertiesOf(type), between);

interface InputOptions {
  /** Name of the GraphQL type, unless the usual one. */
  name?: string;
  without?: string[];
  /** A class that declares further fields. */
  with?: Class;
  /** Rules between its fields. */
  rules?: readonly InputRule[];
}

/** Written-out arguments of the root field `Mutation.markLost` or the like; null counts as omitted. */
export const Arguments =
  (field: string, ...between: InputRule[]) =>
  (type: Class) => {
    const fields = propertiesOf(type).map((spec) => ({ ...spec, nullable: !spec.required, isArgument: true }));
    inputs.set(field, new Map(fields.map((spec) => [spec.name, spec])));
    rules.set(field, between);
    declareFields(type, fields);
    ArgsType()(type as never);
  };

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
): void {
  inputs.set(name, new Map(fields.map((spec) => [spec.name, spec])));
  rules.set(name, between);
  declareFields(type, fields);
  InputType(name, { description })(type as never);
}

const rows = new Set<string>();

/**
 * An input type for one row of a bulk call; rows are coerced and checked one by one, and each is told its own faults.
 */
export function declareRow(...declaration: Parameters<typeof declareInput>): void {
  const [, name] = declaration;
  rows.add(name);
  declareInput(...declaration);
}

export const isRow = (typeName: string): boolean => rows.has(typeName);

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
