import { Entity } from '@mikro-orm/decorators/legacy';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import type { Fragment } from '../database/sql.js';
import { becomes } from '../schema/deprecations.js';
import { DateScalar, DateTimeScalar, DecimalScalar, JSONScalar, TimeZoneScalar } from '../schema/scalars.js';
import { declareColumns } from './columns.js';
import { type Constraints, constrain } from './constraints.js';
import { Node, VersionedNode } from './node.js';
import { type PropertySpec, propertiesOf } from './property.js';

/** A list of other records that refer to this one; filters can use it with `some` and `none`. */
export interface RelatedList {
  record: () => Class;
  /** Property of the other record that refers to this one. */
  by: string;
  description: string;
}

/** A boolean condition of the record's filter that is not one of its properties. */
interface FilterFlag {
  description: string;
  condition: (alias: string, wanted: boolean, viewer: Viewer) => Fragment;
}

export interface RecordSpec {
  type: Class;
  name: string;
  table: string;
  /** Plural noun for descriptions, e.g. `invoices`. */
  plural: string;
  /** Prefix of its numbers, e.g. `ABC` in `ABC-0001`. */
  numbers?: string;
  /** Resource whose read permission a relation filter needs; missing if every member may read the record. */
  resource?: string;
  /** False for users and organizations, which have no organization id; only row-level security restricts them. */
  tenant: boolean;
  properties: Map<string, PropertySpec>;
  lists: Map<string, RelatedList>;
  flags: Map<string, FilterFlag>;
  /**
   * `function` searches by an indexed search function of the database, `columns` compares row by row, and `via`
   * searches a referenced record.
   */
  search?: 'function' | 'columns' | { via: string };
  /** Reference to the record whose name the search function covers as well. */
  searchedReference?: string;
  /** The texts that a search covers, as descriptions name them; the number and the phone number are added. */
  searched?: readonly string[];
  /** Default order; newest first if missing. */
  defaultOrder?: { field: string; direction: 'ASC' | 'DESC' }[];
  /** View that references to the record read instead of its table. */
  referenceView?: ReferenceView;
  /** Whether `table` is a view, which is never written. */
  view?: boolean;
  /** Description of the default order, if the names of its keys do not suffice. */
  defaultOrderText?: string;
  /** Sort keys that are not properties of the record, by name. */
  sortKeys?: Record<string, SortKeySpec>;
}

/**
 * A view that shows the current record to viewers who may still see it, and a snapshot of it to the others. It has a
 * column for every property, including computed ones, and `is_snapshot`.
 */
interface ReferenceView {
  name: string;
  /** Whether the view has a column `organization_id`, which a join must compare as well. */
  byOrganization?: boolean;
  /** Columns that a search covers in addition to the record's searchable properties. */
  searched?: string[];
}

/** A nullable sort key by an SQL expression; without a description, only the default order uses it. */
interface SortKeySpec {
  description?: string;
  /** PostgreSQL type of the value, to cast the text of a cursor. */
  type: string;
  value: (alias: string, viewer: Viewer) => Fragment;
  /** Permission to sort by it. */
  permission?: string;
}

interface RecordOptions extends Partial<Omit<RecordSpec, 'type' | 'properties' | 'lists' | 'flags'>>, Constraints {
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

/** The table or view that references to a record join, and whether the join compares the organization. */
export const targetOf = ({ table, tenant, referenceView }: RecordSpec): { name: string; byOrganization: boolean } => ({
  name: referenceView?.name ?? table,
  byOrganization: tenant || referenceView?.byOrganization === true,
});

export const allRecords = (): RecordSpec[] => [...records.values()];

const byName = new Map<string, RecordSpec>();

/** The record of a GraphQL type. */
export const recordNamed = (name: string): RecordSpec | undefined => byName.get(name);

/** Adds a related list to the filters of `owner`, for a feature that builds on it. */
export function relate(owner: Class, name: string, list: RelatedList): void {
  recordOf(owner).lists.set(name, list);
}

/** Adds a condition that depends on the viewer to the filters of `owner`. */
export function filterableBy(owner: Class, name: string, flag: FilterFlag): void {
  recordOf(owner).flags.set(name, flag);
}

/** Adds a property that SQL computes to `owner`, for a feature that builds on it. */
export function compute(
  owner: Class,
  spec: Pick<
    PropertySpec,
    | 'name'
    | 'kind'
    | 'description'
    | 'nullable'
    | 'type'
    | 'shaped'
    | 'by'
    | 'filter'
    | 'order'
    | 'permission'
    | 'compared'
  > &
    Required<Pick<PropertySpec, 'sql'>>,
): void {
  recordOf(owner).properties.set(spec.name, spec);
  outputField(owner, spec);
}

/** Declares a class as an entity and as a GraphQL type, both from its declared properties. */
export function Record({ policies, description, keys, indexes, checks, ...options }: RecordOptions) {
  // biome-ignore lint/suspicious/noExplicitAny: the signature of class decorators
  return (type: any): void => {
    const properties = propertiesOf(type);
    const name = options.name ?? type.name;
    const spec: RecordSpec = {
      tenant: true,
      ...options,
      type,
      name,
      properties: new Map(properties.map((spec) => [spec.name, spec])),
      lists: new Map(),
      flags: new Map(),
    };
    records.set(type, spec);
    byName.set(name, spec);
    ObjectType(name, {
      description,
      simpleResolvers: true,
      implements: isVersioned(spec) ? [Node, VersionedNode] : Node,
    })(type);
    if (!options.view) Entity({ tableName: options.table, rowLevelSecurity: 'force', policies })(type);
    for (const spec of properties) if (!spec.hidden) outputField(type, spec);
    for (const spec of properties) if (spec.renamed) rename(type, spec, spec.renamed);
    if (!options.view) declareColumns(type.prototype, properties, { searched: options.search === 'function' });
    if (!options.view) constrain(type, recordOf(type), { keys, indexes, checks });
  };
}

/** Whether the record shows the fields of the interface `Record`. */
const isVersioned = ({ properties }: RecordSpec): boolean =>
  ['version', 'createdAt', 'updatedAt'].every((name) => properties.has(name) && !properties.get(name)!.hidden);

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
      return spec.list ? () => [spec.enum!] : () => spec.enum!;
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

/** Shows a property under its regular name as well. */
function rename(type: Class, { name: column, kind, description, nullable }: PropertySpec, name: string): void {
  const spec: PropertySpec = { name, kind, description, nullable, column };
  recordOf(type).properties.set(name, spec);
  outputField(type, spec);
}

function outputField(type: Class, spec: PropertySpec): void {
  const nullable = spec.nullable ?? spec.guarded ?? false;
  const deprecationReason = spec.renamed && becomes(spec.renamed);
  Field(graphqlTypeOf(spec), { description: spec.description, nullable, deprecationReason })(type.prototype, spec.name);
}
