import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
import type { Class } from '../class.js';
import { columnOf, type PropertySpec } from './property.js';

/** Properties in order. Records of an organization get the organization as first column. */
type Properties = readonly string[];

interface IndexSpec {
  over: Properties;
  /** Condition on the rows that it covers, as PostgreSQL prints it back. */
  where?: string;
  /** Begins without the organization, for lookups across organizations. */
  everywhere?: boolean;
}

interface KeySpec extends IndexSpec {
  /** Checked at the end of the transaction. */
  isDeferred?: boolean;
}

/** Constraints of a record's table by short name: the key `email` of `orders` is `orders_email_key`. */
export interface Constraints {
  keys?: Record<string, Properties | KeySpec>;
  indexes?: Record<string, Properties | IndexSpec>;
  /** Conditions as PostgreSQL prints them back. */
  checks?: Record<string, string>;
}

interface Table {
  table: string;
  tenant: boolean;
  search?: unknown;
  properties: ReadonlyMap<string, PropertySpec>;
}

/**
 * Declares keys, indexes and checks. Records with an external id get a key for it and an index by creation time.
 * Records with a search function get a search index, and lists of texts a check against NULL.
 */
export function constrain(
  type: Class,
  { table, tenant, search, properties }: Table,
  { keys = {}, indexes = {}, checks = {} }: Constraints,
): void {
  const isExternal = properties.has('externalId');
  const columns = ({ over, everywhere }: IndexSpec) =>
    tenant && !everywhere ? ['organizationId', ...over] : [...over];
  for (const [name, key] of Object.entries({ ...(isExternal && { external: ['externalId'] }), ...keys })) {
    const { isDeferred, where, ...rest } = specOf(key);
    Unique<Class, string>({
      name: `${table}_${name}_key`,
      properties: columns(rest),
      ...(where && { where }),
      ...(isDeferred && { deferMode: 'deferred' as const }),
    })(type);
  }
  for (const [name, index] of Object.entries({ ...(isExternal && { created: ['createdAt', 'id'] }), ...indexes })) {
    const { where, ...rest } = specOf(index);
    Index<Class, string>({ name: `${table}_${name}_index`, properties: columns(rest), ...(where && { where }) })(type);
  }
  if (search === 'function') {
    const name = `${table}_search_index`;
    const expression = `create index ${name} on ${table} using gin (organization_id, search_text gin_trgm_ops)`;
    Index({ name, expression })(type);
  }
  for (const [name, expression] of Object.entries({ ...withoutNulls(properties), ...checks }))
    Check({ name: `${table}_${name}_check`, expression })(type);
}

const specOf = (declared: Properties | KeySpec): KeySpec => (isList(declared) ? { over: declared } : declared);

const isList = (declared: Properties | KeySpec): declared is Properties => Array.isArray(declared);

/** Refuses lists that contain NULL, which the schema's non-null list items could not return. */
const withoutNulls = (properties: ReadonlyMap<string, PropertySpec>): Record<string, string> =>
  Object.fromEntries(
    [...properties.values()]
      .filter(({ kind }) => kind === 'tags')
      .map((spec) => [columnOf(spec), `(array_position(${columnOf(spec)}, NULL::text) IS NULL)`]),
  );
