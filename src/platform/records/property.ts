import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import type { Fragment } from '../database/sql.js';
import type { TextFormat } from './formats.js';

export type Kind =
  | 'id'
  | 'text'
  | 'int'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'instant'
  | 'enum'
  | 'tags'
  | 'json'
  | 'zone'
  | 'float'
  | 'reference'
  | 'nested';

/** Scope of a computed property's SQL expression: the alias of the table, and the viewer. */
export interface ExpressionScope {
  table: Fragment;
  viewer: Viewer;
}

/** A value that stands for a property. */
interface Compared {
  kind: Kind;
  sql: (scope: ExpressionScope) => Fragment;
}

/** Declaration of a property; the decorators of `decorators.ts` fill in the kind. */
export interface PropertyOptions {
  description: string;
  nullable?: boolean;
  /** Never null in the database, but null for viewers who may not read it. */
  guarded?: boolean;
  /** Included in the create and update inputs; a text replaces the description there. */
  input?: true | string;
  /** Description in the create input; `false` leaves the property out of it. */
  create?: string | false;
  /** Description in the update input; `false` leaves the property out of it. */
  update?: string | false;
  /** Description in the upsert input, if it differs from that in the update input. */
  upsert?: string;
  /** Accepts null in inputs although it is never null: the entity then sets another value. */
  clearable?: boolean;
  /** Required in the create input. */
  required?: boolean;
  /** Default in the create input, shown in the schema. */
  default?: unknown;
  /** Noun for the descriptions "By …" of filters and sort keys; the property's name in words unless given. */
  by?: string;
  filter?: boolean;
  /** Sortable by the property's name in capitals; a text describes the sort key. */
  order?: boolean | string;
  /** Searchable; `digits` compares a phone number by its digits, whatever its punctuation. */
  search?: boolean | 'digits';
  /** The regular name, under which fields and inputs have it as well; the property's own name is deprecated. */
  renamed?: string;
  /** A number that analytics can aggregate: `money` for each currency separately, a `percentage` without sums. */
  measure?: 'number' | 'percentage' | 'money';
  /** A text or tags by which analytics can group; enums, references and dates need no such mark. */
  group?: boolean;
  /** Permission to filter and to sort by it. */
  permission?: string;
  /** Value that filters and sort keys compare, if it is not the property itself. */
  compared?: Compared;
  /** Value that sort keys compare, if it is not that of filters. */
  sorted?: Compared;
  /** Stored, but not part of the API. */
  hidden?: boolean;
  /** SQL to read instead of the column, that of its id for a reference, if not every viewer may see it. */
  seenAs?: (scope: ExpressionScope) => Fragment;
  /** SQL for a second value: a condition holds if it does for either, a negative one if it does for both. */
  alternative?: (scope: ExpressionScope) => Fragment;
}

export interface PropertySpec extends PropertyOptions {
  name: string;
  kind: Kind;
  list?: boolean;
  /** Smallest number of characters of a text, or smallest value of a number. */
  min?: number;
  max?: number;
  /** Greatest number of characters of a tag. */
  longest?: number;
  format?: TextFormat;
  /** Argument of an operation: a blank text is a fault there, whereas it clears a field of an input. */
  isArgument?: boolean;
  /** Refuses texts that are invisible or contain invisible characters. */
  isName?: boolean;
  /** False for passwords, which are taken as typed. */
  trim?: boolean;
  /** Total number of digits of a decimal, two of them after the point. */
  precision?: number;
  enum?: object;
  /** Input class of a nested input. */
  shape?: () => Class;
  reference?: ReferenceSpec;
  /** GraphQL type, if the kind does not determine it. */
  type?: () => object;
  /** Converts the value that was read into the value of the answer. */
  shaped?: (value: unknown, viewer: Viewer) => unknown;
  /** Property whose column it shows, if that is another. */
  column?: string;
  /** Former field of the input; `timeZone: "…"` arrives as the value of that field. */
  replaces?: string;
  /** Reason to use another field instead. */
  deprecated?: string;
  /** Computed by SQL instead of being stored. */
  sql?: (scope: ExpressionScope) => Fragment;
}

export interface ReferenceSpec {
  record: () => Class;
  onDelete: 'set null' | 'cascade' | 'restrict';
  /** Property with the other record's id; by default the property's name with `Id`. */
  id: string;
  /**
   * Whether the foreign key starts with the organization. Only references to users, who belong to no organization, and
   * to the organization itself do not.
   */
  tenant: boolean;
}

const declaredProperties = new WeakMap<object, Map<string, PropertySpec>>();

export function declare(prototype: object, spec: PropertySpec): void {
  const specs = declaredProperties.get(prototype) ?? new Map<string, PropertySpec>();
  declaredProperties.set(prototype, specs.set(spec.name, { by: words(spec.name), ...spec }));
}

/** Properties of a class, inherited ones first. */
export function propertiesOf(type: Class): PropertySpec[] {
  const chain: object[] = [];
  for (let proto = type.prototype; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto))
    chain.unshift(proto);
  return [...new Map(chain.flatMap((proto) => [...(declaredProperties.get(proto) ?? [])])).values()];
}

const snakeCases = new Map<string, string>();

/** Turns a property's name `lastName` into `last_name`. */
export function snakeCase(name: string): string {
  let known = snakeCases.get(name);
  if (known === undefined) {
    known = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeCases.set(name, known);
  }
  return known;
}
/** Turns a property's name `lastName` into `last name`. */
const words = (name: string): string => snakeCase(name).replaceAll('_', ' ');

export const constantCase = (name: string) => snakeCase(name).toUpperCase();

/** Name of a stored property's column. */
export function columnOf(spec: PropertySpec): string {
  return snakeCase(spec.reference ? spec.reference.id : (spec.column ?? spec.name));
}

/** Kind and SQL of the value that filters and sort keys compare; without SQL it is the column. */
export const comparedOf = ({ compared, kind, sql }: PropertySpec): Pick<PropertySpec, 'kind' | 'sql'> =>
  compared ?? { kind, sql };

/** Kind and SQL of the value that sort keys compare; without SQL it is the column. */
export const sortedOf = (spec: PropertySpec): Pick<PropertySpec, 'kind' | 'sql'> => spec.sorted ?? comparedOf(spec);

/**
 * Whether a property sorts by a generated column, as texts, enums and decimals do: PostgreSQL can use the comparison of
 * its type in an index even under row-level security.
 */
export const hasSortColumn = (spec: PropertySpec) =>
  Boolean(spec.order) &&
  !sortedOf(spec).sql &&
  (spec.kind === 'text' || spec.kind === 'enum' || spec.kind === 'decimal');
