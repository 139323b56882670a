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

/** What an SQL expression of a computed property may use: the alias of its table and who is asking. */
export interface ExpressionScope {
  table: Fragment;
  viewer: Viewer;
}

/** How a property is declared; the decorators of `decorators.ts` fill in the kind. */
export interface PropertyOptions {
  description: string;
  nullable?: boolean;
  /** Never null in the database, but in the answer to those who may not see it. */
  guarded?: boolean;
  /** Part of the inputs for creating and changing; a text replaces the description there. */
  input?: true | string;
  /** Description in the input for creating only; `false` leaves the property out of it. */
  create?: string | false;
  /** Description in the input for changing only; `false` leaves the property out of it. */
  update?: string | false;
  /** Null may be given for it though it is never null: the entity finds another value. */
  clearable?: boolean;
  /** Must be given when creating. */
  required?: boolean;
  /** Default in the input for creating, shown in the schema. */
  default?: unknown;
  /** What "By …" reads in filters and orders; the property's name in words unless given. */
  by?: string;
  filter?: boolean;
  /** Sortable; a text names the sort key, else it is the property's name in capitals. */
  order?: boolean | string;
  /** Found by a search; `digits`: a number that is compared by its digits, however it is written. */
  search?: boolean | 'digits';
  /** A number that analysts add up and compare; money is kept apart by currency. */
  measure?: 'number' | 'money';
  /** Stored, but not in the API. */
  hidden?: boolean;
  /** What is read instead of the column, where not everybody may see it. */
  seenAs?: (scope: ExpressionScope) => Fragment;
}

export interface PropertySpec extends PropertyOptions {
  name: string;
  kind: Kind;
  list?: boolean;
  /** Text: bounds in characters. Number: bounds in value. */
  min?: number;
  max?: number;
  /** Tags: bound of each text's length. */
  longest?: number;
  format?: TextFormat;
  /** Of a verb: there is nothing that a blank text could clear. */
  isArgument?: boolean;
  /** Text: whether it must show something and hide nothing. */
  isName?: boolean;
  /** Passwords are taken as typed. */
  trim?: boolean;
  /** Decimal: digits in all; two of them are decimals. */
  precision?: number;
  enum?: object;
  /** Input class of a nested input. */
  shape?: () => Class;
  reference?: ReferenceSpec;
  /** GraphQL type, where the kind does not tell. */
  type?: () => object;
  /** Makes of the value read what is answered. */
  shaped?: (value: unknown, viewer: Viewer) => unknown;
  /** Computed by SQL instead of being stored. */
  sql?: (scope: ExpressionScope) => Fragment;
}

export interface ReferenceSpec {
  record: () => Class;
  onDelete: 'set null' | 'cascade' | 'restrict';
  /** The column that holds the other record's id; the property's name with `Id` unless given. */
  id: string;
  /**
   * Whether the key starts with the organization, as all do but those that point to users, who belong to none, and to the
   * organization itself.
   */
  tenant: boolean;
}

const own = new WeakMap<object, Map<string, PropertySpec>>();

export function declare(prototype: object, spec: PropertySpec): void {
  const specs = own.get(prototype) ?? new Map<string, PropertySpec>();
  own.set(prototype, specs.set(spec.name, { by: words(spec.name), ...spec }));
}

/** Properties of a class, inherited ones first. */
export function propertiesOf(type: Class): PropertySpec[] {
  const chain: object[] = [];
  for (let proto = type.prototype; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto))
    chain.unshift(proto);
  return [...new Map(chain.flatMap((proto) => [...(own.get(proto) ?? [])])).values()];
}

const snakeCases = new Map<string, string>();

/** `lastName` as `last_name`, for names of properties. */
export function snakeCase(name: string): string {
  let known = snakeCases.get(name);
  if (known === undefined) {
    known = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeCases.set(name, known);
  }
  return known;
}
/** `lastName` as `last name`. */
const words = (name: string): string => snakeCase(name).replaceAll('_', ' ');

export const constantCase = (name: string) => snakeCase(name).toUpperCase();

/** Name of the column with a stored property's value. */
export function columnOf(spec: PropertySpec): string {
  return snakeCase(spec.reference ? spec.reference.id : spec.name);
}

/**
 * Texts, enums and decimals sort by a generated column, whose comparison PostgreSQL may use under row-level security.
 */
export const hasSortColumn = (spec: PropertySpec) =>
  Boolean(spec.order) && !spec.sql && (spec.kind === 'text' || spec.kind === 'enum' || spec.kind === 'decimal');
