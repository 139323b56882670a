import type { Class } from '../class.js';
import type { Fragment } from '../database/sql.js';
import { expectedVersion } from '../schema/arguments.js';
import type { TextFormat } from './formats.js';
import {
  declare,
  type ExpressionScope,
  type Kind,
  type PropertyOptions,
  type PropertySpec,
  type ReferenceSpec,
} from './property.js';

type Bounds = { min?: number; max?: number };
type Declaration = Omit<PropertySpec, 'name' | 'kind'>;

const property =
  (kind: Kind, declaration: Declaration) =>
  (prototype: object, name: string): void =>
    declare(prototype, { ...declaration, kind, name });

export const Id = (options: PropertyOptions & { list?: boolean }) => property('id', options);

/** A text; `min` and `max` are in characters, `max` is 10,000 by default. */
export const Text = (options: PropertyOptions & Bounds & { trim?: boolean; format?: TextFormat }) =>
  property('text', { max: 10_000, ...options });

/** A name, title, code or key. It must be visible, since people distinguish records by it. */
export const Name = (options: PropertyOptions & Bounds) => property('text', { isName: true, max: 255, ...options });

export const Email = (options: PropertyOptions) =>
  property('text', { max: 255, format: 'email', isName: true, ...options });

/** An e-mail address to which messages go. */
export const Mailbox = (options: PropertyOptions) =>
  property('text', { max: 255, format: 'mailbox', isName: true, ...options });

/** A password that somebody chooses; kept as typed. */
export const NewPassword = (options: PropertyOptions) =>
  property('text', { min: 8, max: 128, trim: false, required: true, format: 'newPassword', ...options });

export const Url = (options: PropertyOptions & { max?: number }) =>
  property('text', { max: 255, format: 'url', ...options });

export const Phone = (options: PropertyOptions) =>
  property('text', {
    max: 20,
    format: 'phone',
    nullable: true,
    input: 'Phone number with 7–15 digits.',
    search: 'digits',
    ...options,
  });

export const Username = (options: PropertyOptions) =>
  property('text', { min: 3, max: 30, format: 'username', ...options });

export const Currency = (options: PropertyOptions) => property('text', { max: 3, format: 'currency', ...options });

export const Language = (options: PropertyOptions) => property('text', { max: 35, format: 'language', ...options });

export const Int = (options: PropertyOptions & Bounds) => property('int', options);

/** The argument by which changes and verbs refuse to overwrite a newer version. */
export const ExpectedVersion = () => property('int', { description: expectedVersion });

/** An exact number with two decimals. */
export const Decimal = (options: PropertyOptions & Bounds & { precision: number }) =>
  property('decimal', { min: 0, ...options });

export const Flag = (options: PropertyOptions) => property('boolean', options);

export const Day = (options: PropertyOptions) => property('date', options);

export const Instant = (options: PropertyOptions) => property('instant', options);

export const Json = (options: PropertyOptions) => property('json', options);

export const TimeZoneName = (options: PropertyOptions) => property('zone', options);

export const Choice = (declared: object, options: PropertyOptions) => property('enum', { enum: declared, ...options });

/** A list of values of an enum; empty by default. */
export const Choices = (declared: object, options: PropertyOptions) =>
  property('enum', { enum: declared, list: true, ...options });

/** A list of at most `max` texts (default 20) of at most `longest` characters (default 50). */
export const Tags = (options: PropertyOptions & { max?: number; longest?: number }) =>
  property('tags', { max: 20, ...options });

/** A reference to another record; the property of the same name with `Id` has its id. */
export function Reference(
  record: () => Class,
  { onDelete = 'set null', tenant = true, id, ...options }: PropertyOptions & Partial<Omit<ReferenceSpec, 'record'>>,
) {
  return (prototype: object, name: string): void =>
    declare(prototype, {
      nullable: onDelete === 'set null',
      ...options,
      kind: 'reference',
      name,
      reference: { record, onDelete, tenant, id: id ?? `${name}Id` },
    });
}

/** A field of an input whose value is another input, or a list of them. */
export const Nested = (shape: () => Class, options: PropertyOptions & { list?: boolean }) =>
  property('nested', { ...options, shape });

/** A property that SQL computes whenever it is selected. */
export const Computed = (
  kind: Kind,
  options: PropertyOptions & Pick<PropertySpec, 'enum' | 'type' | 'shaped'>,
  sql: (scope: ExpressionScope) => Fragment,
) => property(kind, { ...options, sql });
