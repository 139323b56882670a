import { Check, Entity, Enum, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import type { Fragment } from '../database/sql.js';
import { TextList } from '../database/text-list.js';
import { declarationOf } from '../schema/enums.js';
import { DateScalar, DateTimeScalar, DecimalScalar, JSONScalar, TimeZoneScalar } from '../schema/scalars.js';
import { Node } from './node.js';
import { columnOf, hasSortColumn, type PropertySpec, propertiesOf, snakeCase } from './property.js';

/** A list of other records that point here, usable in filters: `some` and `none`. */
export interface RelatedList {
  record: () => Class;
  /** Property of the other record that points here. */
  by: string;
  description: string;
}

/** A yes or no that filters may ask for, besides the record's properties. */
interface FilterFlag {
  description: string;
  condition: (alias: string, wanted: boolean, viewer: Viewer) => Fragment;
}

export interface RecordSpec {
  type: Class;
  name: string;
  table: string;
  /** How a list of them reads in descriptions, e.g. `invoices`. */
  plural: string;
  /** What its numbers begin with, e.g. `ABC` of `ABC-0001`. */
  numbers?: string;
  /** Resource whose read permission a relation filter needs; none for what every member may see. */
  resource?: string;
  /** False for users and organizations, which row-level security alone keeps apart. */
  tenant: boolean;
  properties: Map<string, PropertySpec>;
  lists: Map<string, RelatedList>;
  flags: Map<string, FilterFlag>;
  /**
   * `function`: a search function of the database over an index; `columns`: compared row by row; else via a reference.
   */
  search?: 'function' | 'columns' | { via: string };
  /** Sort keys when none are asked for; newest first unless given. */
  defaultOrder?: { field: string; direction: 'ASC' | 'DESC' }[];
  /** The view that references to it read instead of its table. */
  referenceView?: ReferenceView;
  /** Read from a view: no table of its own, never written. */
  view?: boolean;
  /** How the default order reads, where its keys do not tell. */
  defaultOrderText?: string;
  /** Sort keys that are no property of the record, by name. */
  sortKeys?: Record<string, SortKeySpec>;
}

/**
 * A view that shows the record as it is to those who may still see it, and a snapshot of it to the others. It has a
 * column for every property, computed ones too, and `is_snapshot`.
 */
interface ReferenceView {
  name: string;
  /** Whether a row belongs to an organization, named by `organization_id`, and a join needs both keys. */
  byOrganization?: boolean;
  /** Columns that a search covers besides those of the record's searched properties. */
  searched?: string[];
}

/** A sort key by SQL of its own, nullable; without a description only the default order uses it. */
interface SortKeySpec {
  description?: string;
  /** PostgreSQL type of the value, to read it back from a cursor. */
  type: string;
  value: (alias: string, viewer: Viewer) => Fragment;
  /** Permission that sorting by it needs. */
  permission?: string;
}

interface RecordOptions extends Partial<Omit<RecordSpec, 'type' | 'properties' | 'lists' | 'flags'>> {
  table: string;
  plural: string;
  description: string;
  policies: Policy[];
}

interface Policy {
  name: string;
  roles?: string[];
  using?: string;
  check?: string;
  command?: 'select' | 'insert' | 'update' | 'delete';
}

const records = new Map<Class, RecordSpec>();

export function recordOf(type: Class): RecordSpec {
  const spec = records.get(type);
  if (!spec) throw new Error(`${type.name} is not a record`);
  return spec;
}

/** What a reference to a record is joined to, and whether the organization is part of the key. */
export const targetOf = ({ table, tenant, referenceView }: RecordSpec): { name: string; byOrganization: boolean } => ({
  name: referenceView?.name ?? table,
  byOrganization: tenant || referenceView?.byOrganization === true,
});

export const allRecords = (): RecordSpec[] => [...records.values()];

/** Lets filters of `owner` ask for its `name`; for lists that a later feature adds. */
export function relate(owner: Class, name: string, list: RelatedList): void {
  recordOf(owner).lists.set(name, list);
}

/** Lets filters of `owner` ask for something that depends on the viewer. */
export function filterableBy(owner: Class, name: string, flag: FilterFlag): void {
  recordOf(owner).flags.set(name, flag);
}

/** Lets lists of `owner` be sorted by something that a later feature knows. */
export function sortableBy(owner: Class, key: string, spec: SortKeySpec): void {
  const record = recordOf(owner);
  record.sortKeys = { ...record.sortKeys, [key]: spec };
}

/** Adds a property that SQL computes to an earlier record; for figures that a later feature knows. */
export function compute(
  owner: Class,
  spec: Pick<PropertySpec, 'name' | 'kind' | 'description' | 'nullable' | 'type' | 'shaped'> &
    Required<Pick<PropertySpec, 'sql'>>,
): void {
  recordOf(owner).properties.set(spec.name, spec);
  outputField(owner, spec);
}

/** An entity and its GraphQL type in one, both made from the declared properties. */
export function Record({ policies, description, ...options }: RecordOptions) {
  // biome-ignore lint/suspicious/noExplicitAny: the signature of class decorators
  return (type: any): void => {
    const properties = propertiesOf(type);
    const name = options.name ?? type.name;
    records.set(type, {
      tenant: true,
      ...options,
      type,
      name,
      properties: new Map(properties.map((spec) => [spec.name, spec])),
      lists: new Map(),
      flags: new Map(),
    });
    ObjectType(name, { description, simpleResolvers: true, implements: Node })(type);
    if (!options.view) Entity({ tableName: options.table, rowLevelSecurity: 'force', policies })(type);
    for (const spec of properties) if (!spec.hidden) outputField(type, spec);
    if (!options.view) for (const spec of organizationFirst(properties)) storedProperty(type.prototype, spec);
    for (const spec of properties) if (spec.kind === 'tags') Check(withoutNull(options.table, columnOf(spec)))(type);
    if (options.search === 'function') searchColumn(type.prototype, properties);
  };
}

/** Stored properties, in the order of which the primary key has its columns. */
function organizationFirst(properties: readonly PropertySpec[]): PropertySpec[] {
  const stored = properties.filter(({ sql }) => !sql);
  return [...stored.filter(ofOrganization), ...stored.filter((spec) => !ofOrganization(spec))];
}

const ofOrganization = ({ reference }: PropertySpec): boolean => reference?.id === 'organizationId';

/** GraphQL type of a property's value. */
export function graphqlTypeOf(spec: PropertySpec): () => object {
  if (spec.type) return spec.type;
  switch (spec.kind) {
    case 'id':
      return spec.list ? () => [ID] : () => ID;
    case 'int':
      return () => Int;
    case 'decimal':
      return () => DecimalScalar;
    case 'boolean':
      return () => Boolean;
    case 'date':
      return () => DateScalar;
    case 'instant':
      return () => DateTimeScalar;
    case 'enum':
      return () => spec.enum!;
    case 'tags':
      return () => [String];
    case 'json':
      return () => JSONScalar;
    case 'zone':
      return () => TimeZoneScalar;
    case 'float':
      return () => Float;
    case 'nested':
      return spec.list ? () => [spec.shape!()] : spec.shape!;
    case 'reference':
      return () => spec.reference!.record();
    case 'text':
      return () => String;
  }
}

function outputField(type: Class, spec: PropertySpec): void {
  const nullable = spec.nullable ?? spec.guarded ?? false;
  Field(graphqlTypeOf(spec) as never, { description: spec.description, nullable })(type.prototype, spec.name);
}

const columnTypes = {
  id: 'uuid',
  text: 'text',
  zone: 'text',
  int: 'integer',
  boolean: 'boolean',
  date: 'date',
  json: 'jsonb',
} as const;

function storedProperty(prototype: object, spec: PropertySpec): void {
  const { name, nullable = false } = spec;
  const column = (type: string, options = {}) => Property({ type, nullable, ...options } as never)(prototype, name);
  switch (spec.kind) {
    case 'reference':
      reference(prototype, spec);
      break;
    case 'enum':
      Enum({ items: declarationOf(spec.enum!).values, nullable } as never)(prototype, name);
      break;
    case 'decimal':
      column('decimal', { columnType: `numeric(${spec.precision},2)` });
      break;
    case 'instant':
      column('datetime', { length: 3, ...(name === 'updatedAt' && { onUpdate: () => new Date() }) });
      break;
    case 'int':
      column('integer', { version: name === 'version' });
      break;
    case 'id':
      if (name === 'id') column('uuid', { primary: true });
      else column('uuid');
      break;
    case 'tags':
      Property({ type: TextList, columnType: 'text[]', nullable } as never)(prototype, name);
      break;
    case 'float':
    case 'nested':
      throw new Error(`${name}: a ${spec.kind} is never stored`);
    default:
      column(columnTypes[spec.kind], { columnType: columnTypes[spec.kind] });
  }
  if (hasSortColumn(spec)) sortColumn(prototype, spec);
}

/** A list of texts with a missing one among them could not be answered. */
const withoutNull = (table: string, column: string) => ({
  name: `${table}_${column}_check`,
  expression: `(array_position(${column}, NULL::text) IS NULL)`,
});

/** The id is what actions write; the relation is for the foreign key, which starts with the organization. */
function reference(prototype: object, spec: PropertySpec): void {
  const { name, nullable = false, reference: target } = spec;
  const { id, record, onDelete, tenant } = target!;
  const column = snakeCase(id);
  // Part of the primary key, so that every change names the organization.
  Property({ type: 'uuid', nullable, primary: ofOrganization(spec) } as never)(prototype, id);
  ManyToOne({
    entity: record,
    nullable,
    persist: false,
    hydrate: false,
    joinColumns: tenant ? ['organization_id', column] : [column],
    referencedColumnNames: tenant ? ['organization_id', 'id'] : ['id'],
    deleteRule: onDelete === 'set null' && tenant ? `set null (${column})` : onDelete,
    updateRule: 'no action',
  } as never)(prototype, name);
}

const generated = (prototype: object, name: string, columnType: string, expression: string, collation?: string) =>
  Property({
    type: 'string',
    columnType,
    collation,
    generated: `(${expression}) stored`,
    nullable: true,
    lazy: true,
    hidden: true,
  } as never)(prototype, name);

function sortColumn(prototype: object, spec: PropertySpec): void {
  const column = columnOf(spec);
  const name = `${spec.name}Sort`;
  if (spec.kind === 'text') generated(prototype, name, 'text', `folded(${column})`, 'und-x-icu');
  if (spec.kind === 'decimal') generated(prototype, name, 'bigint', `((${column} * (100)::numeric))::bigint`);
  if (spec.kind === 'enum') {
    const values = declarationOf(spec.enum!).values.map((value) => `'${value}'::text`);
    generated(prototype, name, 'integer', `array_position(ARRAY[${values.join(', ')}], ${column})`);
  }
}

/**
 * All searched texts in one folded column, phone numbers by their digits and at its end, where the search functions
 * expect them. What separates them cannot be part of a search.
 */
function searchColumn(prototype: object, properties: PropertySpec[]): void {
  const searched = properties.filter(({ search }) => search);
  const filled = (spec: PropertySpec) => (spec.nullable ? `COALESCE(${columnOf(spec)}, ''::text)` : columnOf(spec));
  const texts = searched.filter(({ search }) => search !== 'digits').map(filled);
  const phones = searched.filter(({ search }) => search === 'digits').map(filled);
  const joined = texts.reduce((all, text) => `((${all} || chr(31)) || ${text})`);
  const whole = phones.reduce(
    (all, phone) => `((${all} || chr(30)) || regexp_replace(${phone}, '\\D'::text, ''::text, 'g'::text))`,
    joined,
  );
  generated(prototype, 'searchText', 'text', `folded(${whole})`);
}
