import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
import type { Class } from '../class.js';
import { columnOf, type PropertySpec } from './property.js';

/** Properties in order. In a record of an organization, the organization comes first by itself. */
type Properties = readonly string[];

interface Partial {
  over: Properties;
  /** Rows that it covers, as PostgreSQL prints the condition back. */
  where?: string;
  /** Begins without the organization: for looking rows up across organizations. */
  everywhere?: boolean;
}

interface UniqueSpec extends Partial {
  /** Checked at the end of the transaction. */
  isDeferred?: boolean;
}

/** What the table of a record keeps in order, by name: the key `email` of `orders` is `orders_email_key`. */
export interface Constraints {
  keys?: Record<string, Properties | UniqueSpec>;
  indexes?: Record<string, Properties | Partial>;
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
 * Declares keys, indexes and checks. Every record that other systems know has a unique key for that and an index by
 * creation time, every searched column its index, and lists of texts hold no null, which could not be answered.
 */
export function constrain(
  type: Class,
  { table, tenant, search, properties }: Table,
  { keys = {}, indexes = {}, checks = {} }: Constraints,
): void {
  const isExternal = properties.has('externalId');
  const columns = ({ over, everywhere }: Partial) => (tenant && !everywhere ? ['organizationId', ...over] : [...over]);
  for (const [name, key] of Object.entries({ ...(isExternal && { external: ['externalId'] }), ...keys })) {
    const { isDeferred, where, ...rest } = specOf<UniqueSpec>(key);
    Unique<Class, string>({
      name: `${table}_${name}_key`,
      properties: columns(rest),
      ...(where && { where }),
      ...(isDeferred && { deferMode: 'deferred' as const }),
    })(type);
  }
  for (const [name, index] of Object.entries({ ...(isExternal && { created: ['createdAt', 'id'] }), ...indexes })) {
    const { where, ...rest } = specOf<Partial>(index);
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

const specOf = <Spec extends Partial>(declared: Properties | Spec): Spec | (Partial & Omit<Spec, keyof Partial>) =>
  isList(declared) ? ({ over: declared } as Spec) : declared;

const isList = (declared: Properties | Partial): declared is Properties => Array.isArray(declared);

const withoutNulls = (properties: ReadonlyMap<string, PropertySpec>): Record<string, string> =>
  Object.fromEntries(
    [...properties.values()]
      .filter(({ kind }) => kind === 'tags')
      .map((spec) => [columnOf(spec), `(array_position(${columnOf(spec)}, NULL::text) IS NULL)`]),
  );
