import { Enum, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { TextList } from '../database/text-list.js';
import { declarationOf } from '../schema/enums.js';
import { columnOf, hasSortColumn, type PropertySpec, snakeCase } from './property.js';

/** Declares the columns of a record's properties to the ORM, and the generated columns that sort and search. */
export function declareColumns(
  prototype: object,
  properties: readonly PropertySpec[],
  { searched }: { searched: boolean },
): void {
  for (const spec of organizationFirst(properties)) declareColumn(prototype, spec);
  if (searched) searchColumn(prototype, properties);
}

/** Stored properties with the organization first, since their order is that of the primary key's columns. */
function organizationFirst(properties: readonly PropertySpec[]): PropertySpec[] {
  const stored = properties.filter(({ sql }) => !sql);
  return [...stored.filter(ofOrganization), ...stored.filter((spec) => !ofOrganization(spec))];
}

const ofOrganization = ({ reference }: PropertySpec): boolean => reference?.id === 'organizationId';

const columnTypes = {
  id: 'uuid',
  text: 'text',
  zone: 'text',
  int: 'integer',
  boolean: 'boolean',
  date: 'date',
  json: 'jsonb',
} as const;

function declareColumn(prototype: object, spec: PropertySpec): void {
  const { name, nullable = false } = spec;
  const column = (type: string, options = {}) => Property({ type, nullable, ...options })(prototype, name);
  switch (spec.kind) {
    case 'reference':
      reference(prototype, spec);
      break;
    case 'enum':
      if (spec.list) textList(prototype, name);
      else Enum({ items: declarationOf(spec.enum!).values, nullable })(prototype, name);
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
      textList(prototype, name, nullable);
      break;
    case 'float':
    case 'nested':
      throw new Error(`${name}: a ${spec.kind} is never stored`);
    default:
      column(columnTypes[spec.kind], { columnType: columnTypes[spec.kind] });
  }
  if (hasSortColumn(spec)) sortColumn(prototype, spec);
}

const textList = (prototype: object, name: string, nullable = false) =>
  Property({ type: TextList, columnType: 'text[]', nullable, defaultRaw: `'{}'::text[]` })(prototype, name);

/** Declares the id, which actions write, and the relation, which only makes the ORM create the foreign key. */
function reference(prototype: object, spec: PropertySpec): void {
  const { name, nullable = false, reference: target } = spec;
  const { id, record, onDelete, tenant } = target!;
  const column = snakeCase(id);
  // Part of the primary key, so that every change names the organization.
  Property({ type: 'uuid', nullable, primary: ofOrganization(spec) })(prototype, id);
  ManyToOne({
    entity: record,
    nullable,
    persist: false,
    hydrate: false,
    joinColumns: tenant ? ['organization_id', column] : [column],
    referencedColumnNames: tenant ? ['organization_id', 'id'] : ['id'],
    deleteRule: onDelete === 'set null' && tenant ? `set null (${column})` : onDelete,
    updateRule: 'no action',
  })(prototype, name);
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
  })(prototype, name);

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
 * Declares one folded column with all searchable texts. Phone numbers stand at its end by their digits, as the search
 * functions expect. The separators are control characters, which a search text cannot contain.
 */
function searchColumn(prototype: object, properties: readonly PropertySpec[]): void {
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
